"""Data that packages ship and that a function needs only if it asks for it by a name."""

import pytest
from bundle_fixture import distribution, gone, listed, write

from headstart.model.bundle import BundleSettings
from headstart.optimize.bundle import known_data, pruning

# As matplotlib 3.5 to 3.11 are laid out.
FONT = "matplotlib/mpl-data/fonts/afm/cmr10.afm"
STYLE = "matplotlib/mpl-data/stylelib/ggplot.mplstyle"
EXAMPLE = "matplotlib/mpl-data/sample_data/goog.npz"
STAYS = [
    FONT,
    "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
    "matplotlib/mpl-data/stylelib/fast.mplstyle",
    "matplotlib/mpl-data/matplotlibrc",
    "matplotlib/mpl-data/images/home.png",
]
MODULE = "import matplotlib\nstyle.use('ggplot') or get_sample_data('goog.npz')\n"


@pytest.fixture
def root(tmp_path):
    data = dict.fromkeys((STYLE, EXAMPLE, *STAYS), b"")
    return distribution(tmp_path, "matplotlib", {"matplotlib/__init__.py": MODULE, **data}, version="3.11.0")


@pytest.mark.parametrize(
    "module",
    [
        "",
        "import matplotlib as mpl\nmpl.rcParams['svg.hashsalt'] = 'x'\nplt.plot(x, linestyle='--', style='b')\n",
        "with plt.rc_context():\n    frame.style.format('{:.2f}')\n",
    ],
)
def test_what_nothing_asks_for_goes(root, module):
    write(root, {"app.py": module})
    assert set(gone(root)) == {STYLE, EXAMPLE}


@pytest.mark.parametrize(
    ("text", "stays"),
    [
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
    assert {STYLE, EXAMPLE} - plan.reasons.keys() == stays
    assert [each.because for each in plan.spared] == ["charts/app.py"]


@pytest.mark.parametrize(
    ("module", "stays"),
    [
        ("import matplotlib.pyplot as plt\nplt.style.use('ggplot')\n", {STYLE}),
        ("path = 'mine.mplstyle'\n", set()),
    ],
)
def test_of_other_distributions_what_speaks_of_the_package_is_asked(root, module, stays):
    distribution(root, "seaborn", {"seaborn/core.py": module})
    assert {STYLE, EXAMPLE} - gone(root).keys() == stays


@pytest.mark.parametrize("name", ["matplotlibrc", "styles/print.mplstyle"])
@pytest.mark.parametrize("is_own", [True, False])
def test_settings_ask_too(root, name, is_own):
    settings = {name: "# after ggplot.mplstyle\n"}
    if is_own:
        write(root, settings)
    else:
        distribution(root, "print", settings)
    assert {STYLE, EXAMPLE} - gone(root).keys() == {STYLE}


def test_what_is_kept_stays_and_each_reason_is_told(root):
    [example] = [known for known in known_data.KNOWN if known.paths.fullmatch(EXAMPLE)]
    assert gone(root, BundleSettings(keep=("*/stylelib/*",))) == {EXAMPLE: example.why}
    folder = distribution(root / "other", "charts", {STYLE: b""})
    assert gone(folder) == {}, "a file of that name that another distribution brought along"
