"""Data that packages ship and that a function needs only if it asks for it by a name."""

import pytest
from bundle_fixture import distribution, gone, listed, write

from headstart.model.bundle import BundleSettings
from headstart.optimize.bundle import known_data, pruning

# As matplotlib 3.5 to 3.11 are laid out.
FONT = "matplotlib/mpl-data/fonts/afm/cmr10.afm"
CORE_FONT = "matplotlib/mpl-data/fonts/pdfcorefonts/Helvetica.afm"
STYLE = "matplotlib/mpl-data/stylelib/ggplot.mplstyle"
EXAMPLE = "matplotlib/mpl-data/sample_data/goog.npz"
STAYS = [
    "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
    "matplotlib/mpl-data/stylelib/fast.mplstyle",
    "matplotlib/mpl-data/matplotlibrc",
    "matplotlib/mpl-data/images/home.png",
]
MODULE = "import matplotlib\nrcParams['ps.useafm'] or style.use('ggplot') or get_sample_data('goog.npz')\n"


@pytest.fixture
def root(tmp_path):
    data = dict.fromkeys((FONT, CORE_FONT, STYLE, EXAMPLE, *STAYS), b"")
    return distribution(tmp_path, "matplotlib", {"matplotlib/__init__.py": MODULE, **data}, version="3.11.0")


@pytest.mark.parametrize(
    "module",
    [
        "",
        "import matplotlib as mpl\nmpl.rcParams['svg.hashsalt'] = 'x'\nplt.plot(x, linestyle='--', style='b')\n",
        "plt.rc('font', size=8)\nplt.rcParams.update({'font.size': 8})\nwith plt.rc_context({'a': 1}):\n    ...\n",
        "with plt.rc_context(rc={'font.size': 8}), plt.rc_context():\n    frame.style.format('{:.2f}')\n",
    ],
)
def test_what_nothing_asks_for_goes(root, module):
    write(root, {"app.py": module})
    assert set(gone(root)) == {FONT, CORE_FONT, STYLE, EXAMPLE}


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("mpl.rcParams['pdf.use14corefonts'] = True\n", {FONT, CORE_FONT}),
        ("plt.rc('ps', useafm=True)\n", {FONT, CORE_FONT}),
        ("font_manager.findfont('Times', fontext='afm')\n", {FONT, CORE_FONT}),
        ("plt.rcParams.update(settings)\n", {FONT, CORE_FONT}),
        ("mpl.rcParams[name] = value\n", {FONT, CORE_FONT}),
        ("mpl.rcParams |= settings\n", {FONT, CORE_FONT}),
        ("with plt.rc_context(rc=settings):\n    ...\n", {FONT, CORE_FONT}),
        ("font_manager.fontManager.defaultFont['ttf']\n", {FONT, CORE_FONT}),
        ("mpl.rc_file(path)\n", {FONT, CORE_FONT}),
        ("plt.style.use(event['style'])\n", {STYLE}),
        ("from matplotlib import pyplot, style as looks\n", {STYLE}),
        ("import matplotlib.style\n", {STYLE}),
        ("looks = plt.style\n", {STYLE}),
        ("names = style.available\n", {STYLE}),
        ("cbook.get_sample_data('goog.npz')\n", {EXAMPLE}),
    ],
)
def test_what_the_functions_code_may_ask_for_stays_and_is_told(root, text, stays):
    write(root, {"charts/app.py": text})
    plan = pruning.plan(listed(root), BundleSettings())
    assert {FONT, CORE_FONT, STYLE, EXAMPLE} - plan.reasons.keys() == stays
    assert [each.because for each in plan.spared] == ["charts/app.py"]


@pytest.mark.parametrize(
    ("module", "stays"),
    [
        ("import matplotlib.pyplot as plt\nplt.style.use('ggplot')\n", {STYLE}),
        ("import matplotlib\nwith matplotlib.rc_context(rc):\n    ...\n", set()),
        ("fonts = 'x.afm'\n", set()),
    ],
)
def test_of_other_distributions_what_speaks_of_the_package_is_asked(root, module, stays):
    distribution(root, "seaborn", {"seaborn/core.py": module})
    assert {FONT, CORE_FONT, STYLE, EXAMPLE} - gone(root).keys() == stays


@pytest.mark.parametrize("name", ["matplotlibrc", "styles/print.mplstyle"])
@pytest.mark.parametrize("is_own", [True, False])
def test_settings_ask_too(root, name, is_own):
    settings = {name: "pdf.use14corefonts: true\n"}
    if is_own:
        write(root, settings)
    else:
        distribution(root, "print", settings)
    assert {FONT, STYLE} - gone(root).keys() == {FONT}


def test_what_is_kept_stays_and_each_reason_is_told(root):
    left = gone(root, BundleSettings(keep=("*/stylelib/*",)))
    assert left == {
        path: known.why
        for known in known_data.KNOWN
        for path in (FONT, CORE_FONT, EXAMPLE)
        if known.paths.fullmatch(path)
    }
    folder = distribution(root / "other", "fonts", {FONT: b""})
    assert gone(folder) == {}, "a file of that name that another distribution brought along"
