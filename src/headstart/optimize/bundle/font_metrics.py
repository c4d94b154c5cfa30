"""Leaves the measures of characters out of matplotlib's fonts for PostScript, which it reads for its list of fonts.

It makes that list in each new environment, from the heads of 62 files, and reads them whole. It draws with other fonts,
unless rcParams "ps.useafm" or "pdf.use14corefonts" are set, which they are not by default. The list stays the same.
"""

import re
from collections.abc import Collection
from typing import Final

from headstart.model.bundle import Shrunk, Spared
from headstart.optimize.bundle.known_data import Known, asker_of, paths_of
from headstart.optimize.bundle.listing import Listing
from headstart.optimize.bundle.rewritten import Rewritten, write_anew

_FONTS: Final = Known(
    package="matplotlib",
    why="measures of characters in fonts for PostScript",
    paths=re.compile(r"matplotlib/mpl-data/fonts/(?:afm|pdfcorefonts)/.*\.afm"),
    asked=re.compile(rb"(?i)afm|14corefonts|\.defaultfont\b|(?-i:MATPLOTLIBRC)"),
    may_ask=re.compile(
        rb"(?:rcParams\.update|\brc_context|\brc_file\w*|\brc)\(\s*(?!\{|['\")]|rc=\{)|rcParams(?:\[\s*(?!['\"])|\s*\|=)"
    ),
)
# As Adobe's specification 5004 (1998) has it: heads, the measures, and what is for pairs of characters.
_HEAD: Final = re.compile(
    rb"StartFontMetrics .*?^StartCharMetrics [^\r\n]*(\r?\n)(?=.*^EndCharMetrics)", re.DOTALL | re.MULTILINE
)


def shrink(files: Listing, *, kept: Collection[str] = ()) -> Rewritten:
    """Write the fonts among ``files`` anew, but for those ``kept``, unless something asks for such fonts."""
    paths = [path for path in paths_of(_FONTS, files) if path not in kept]
    if not paths:
        return Rewritten()
    if asker := asker_of(_FONTS, files):
        return Rewritten(spared=(Spared(path=paths[0].rpartition("/")[0], because=asker),))
    saved_bytes = {path: _rewrite(files, path) for path in paths}
    rewritten = {path: path for path, saved in saved_bytes.items() if saved}
    shrunk = Shrunk(
        owner=files.owner(paths[0]), why=_FONTS.why, files=len(rewritten), saved_bytes=sum(saved_bytes.values())
    )
    return Rewritten(paths=rewritten, shrunk=(shrunk,))


def _rewrite(files: Listing, path: str) -> int:
    """By how much it is smaller; 0 where it stays as it is."""
    content = files.read(path)
    head = _HEAD.match(content)
    if head is None:
        return 0
    shrunk = head[0] + b"EndCharMetrics" + head[1] + b"EndFontMetrics" + head[1]
    write_anew(files, path, content=shrunk)
    return len(content) - len(shrunk)
