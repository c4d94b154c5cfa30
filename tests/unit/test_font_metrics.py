"""The fonts for PostScript that matplotlib ships: their heads, which it makes its list of, stay as they are."""

import pytest
from bundle_fixture import distribution, listed, write

from headstart.model.bundle import Spared
from headstart.optimize.bundle import font_metrics

FONT = "matplotlib/mpl-data/fonts/afm/cmr10.afm"
CORE_FONT = "matplotlib/mpl-data/fonts/pdfcorefonts/Helvetica.afm"
OTHER = "matplotlib/mpl-data/fonts/afm/README.afm"
HEAD = b"""StartFontMetrics 2.0
Comment Copyright (c) The Makers.
FontName CMR10
FamilyName Computer Modern
Weight Medium
ItalicAngle 0.0
StartCharMetrics 2
"""
MEASURES = b"""C 32 ; WX 278 ; N space ; B 0 0 0 0 ;
C 33 ; WX 278 ; N exclam ; B 90 0 187 718 ;
EndCharMetrics
StartKernData
StartKernPairs 1
KPX space exclam -30
EndKernPairs
EndKernData
EndFontMetrics
"""
END = b"EndCharMetrics\nEndFontMetrics\n"
MODULE = "import matplotlib\nrcParams['ps.useafm']\n"


def windows(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


@pytest.fixture
def root(tmp_path):
    fonts = {FONT: HEAD + MEASURES, CORE_FONT: windows(HEAD + MEASURES), OTHER: b"StartFontMetrics 2.0\n"}
    return distribution(tmp_path, "matplotlib", {"matplotlib/__init__.py": MODULE, **fonts}, version="3.11.0")


@pytest.mark.parametrize(
    "module",
    [
        "",
        "import matplotlib as mpl\nmpl.rcParams['svg.hashsalt'] = 'x'\nos.environ['MPLCONFIGDIR'] = '/tmp/mpl'\n",
        "plt.rc('font', size=8)\nplt.rcParams.update({'font.size': 8})\nwith plt.rc_context({'a': 1}):\n    ...\n",
        "with plt.rc_context(rc={'font.size': 8}), plt.rc_context():\n    ...\n",
    ],
)
def test_heads_stay_and_measures_that_nothing_asks_for_go(root, module):
    write(root, {"app.py": module})
    found = font_metrics.shrink(listed(root))
    assert (root / FONT).read_bytes() == HEAD + END
    assert (root / CORE_FONT).read_bytes() == windows(HEAD + END)
    assert (root / OTHER).read_bytes() == b"StartFontMetrics 2.0\n", "what is no font stays"
    assert found.paths == {FONT: FONT, CORE_FONT: CORE_FONT}
    [shrunk] = found.shrunk
    saved_bytes = len(MEASURES) - len(END) + len(windows(MEASURES)) - len(windows(END))
    assert (shrunk.owner, shrunk.files, shrunk.saved_bytes) == ("matplotlib==3.11.0", 2, saved_bytes)


@pytest.mark.parametrize(
    "text",
    [
        "mpl.rcParams['pdf.use14corefonts'] = True\n",
        "plt.rc('ps', useafm=True)\n",
        "font_manager.findfont('Times', fontext='afm')\n",
        "plt.rcParams.update(settings)\n",
        "mpl.rcParams[name] = value\n",
        "mpl.rcParams |= settings\n",
        "with plt.rc_context(rc=settings):\n    ...\n",
        "font_manager.fontManager.defaultFont['ttf']\n",
        "mpl.rc_file(path)\n",
        "os.environ['MATPLOTLIBRC'] = '/opt/settings'\n",
    ],
)
def test_fonts_that_the_functions_code_may_ask_for_stay_and_that_is_told(root, text):
    write(root, {"charts/app.py": text})
    found = font_metrics.shrink(listed(root))
    assert (root / FONT).read_bytes() == HEAD + MEASURES
    assert found.spared == (Spared(path=FONT.rpartition("/")[0], because="charts/app.py"),)
    assert (found.paths, found.shrunk) == ({}, ())


@pytest.mark.parametrize(
    ("file", "text", "stays"),
    [
        ("seaborn/core.py", "import matplotlib\nrc('ps', useafm=True)\n", True),
        ("seaborn/core.py", "import matplotlib\nwith matplotlib.rc_context(rc):\n    ...\n", False),
        ("seaborn/core.py", "fonts = 'x.afm'\n", False),
        ("matplotlibrc", "pdf.use14corefonts: true\n", True),
        ("styles/print.mplstyle", "ps.useafm: true\n", True),
    ],
)
def test_of_other_distributions_what_speaks_of_the_package_is_asked(root, file, text, stays):
    distribution(root, "seaborn", {file: text})
    assert bool(font_metrics.shrink(listed(root)).spared) is stays


def test_what_is_kept_stays(root):
    assert font_metrics.shrink(listed(root), kept=(FONT,)).paths == {CORE_FONT: CORE_FONT}
    assert (root / FONT).read_bytes() == HEAD + MEASURES


def test_fonts_of_others_stay(tmp_path):
    root = distribution(tmp_path, "charts", {FONT: HEAD + MEASURES})
    assert font_metrics.shrink(listed(root)).paths == {}
