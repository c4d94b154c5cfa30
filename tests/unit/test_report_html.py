"""The page: complete, self-contained, small, and safe whatever names it carries."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
from import_tree_fixture import import_tree, large_tree, node
from odd_results_fixture import HOSTILE, bare_result, hostile_result, mixed_results
from results_fixture import check_result

from headstart.report import as_html, html_imports
from headstart.report.markup import el, text

_VOID = {"meta", "input", "br", "link"}
_BUDGET_BYTES = 400 * 1024


class Page(HTMLParser):
    """The page as a parser sees it: every tag with its attributes, text by element, and whether tags nest."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts, self.unbalanced = [], {}, []
        self._open = []
        self.feed(source)
        self.close()
        self.unbalanced += self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def attributes(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


RESULTS = {
    "full": check_result(),
    "bare": bare_result(),
    "hostile": hostile_result(),
    "large": check_result(large_tree(1_500)),
}


@pytest.fixture(scope="module", params=RESULTS)
def page(request):
    return Page(as_html.render(RESULTS[request.param]))


def test_tags_nest(page):
    assert page.unbalanced == []


def test_nothing_is_loaded_from_anywhere(page):
    for _, attributes in page.tags:
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    css = "".join(page.texts["style"])
    assert "url(" not in css
    assert "@import" not in css


def test_policy_forbids_the_network_and_names_this_very_script(page):
    policy = next(meta["content"] for meta in page.attributes("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for kind, element in (("style-src", "style"), ("script-src", "script")):
        content = page.texts[element][-1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy


def test_tables_have_captions_and_header_cells_and_pictures_have_titles(page):
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption") == names.count("thead")
    assert {cell.get("scope") for cell in page.attributes("th")} <= {"col", "row"}
    assert len(page.attributes("svg")) <= names.count("title") - 1
    assert names.count("h1") == 1


def test_links_within_the_page_lead_somewhere(page):
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {link["href"].removeprefix("#") for link in page.attributes("a")} <= anchors


@pytest.mark.parametrize("modules", [1_500, 12_000])
def test_page_is_small_even_with_many_modules(modules):
    assert len(as_html.render(check_result(large_tree(modules))).encode()) < _BUDGET_BYTES


def test_full_page_says_each_figure_with_n_and_interval():
    source = as_html.render(RESULTS["full"])
    for said in (
        "The one change that matters most",
        "<h2>Import pandas only where it is used</h2>",
        "1,324–1,389, n = 10",
        "95 % interval 38.9–44.3, n = 60",
        "RATES = load_rates",
        "boto3.client",
        "out of memory",
        "cgroup v2, memory.max",
        "other programs took CPU from the function",
        "<code>import pandas as pd</code>",
    ):
        assert said in source


def test_measured_and_model_points_are_drawn_differently():
    classes = [circle["class"] for circle in Page(as_html.render(RESULTS["full"])).attributes("circle")]
    assert classes.count("measured") == 2 * 3
    assert classes.count("modelled") == 2 * 3


@pytest.mark.parametrize("result", mixed_results())
def test_any_part_may_be_empty(result):
    source = as_html.render(result)
    assert Page(source).unbalanced == []
    assert not re.search(r'(width|height)="-|="-?(nan|inf)', source)


def test_hostile_names_stay_text():
    source = as_html.render(RESULTS["hostile"])
    assert "alert('x')" not in source.replace("\\u003c/script\\u003e\\u003cscript\\u003ealert('x')", "")
    parsed = Page(source)
    assert len(parsed.attributes("script")) == 2
    assert HOSTILE in "".join(parsed.texts["h1"])


def test_tree_data_survives_the_script_element():
    data = re.search(r'id="imports-data">(.*?)</script>', as_html.render(RESULTS["hostile"]), re.DOTALL)
    nodes = json.loads(data[1])["nodes"]
    assert nodes[0][1] == HOSTILE
    assert nodes[1][0] == 0


def test_tree_data_has_every_node_after_its_parent():
    roots = import_tree()
    data = html_imports.tree_data(check_result(roots).imports)
    assert data["left_out"] == 0
    assert all(parent < index for index, (parent, *_) in enumerate(data["nodes"]))
    names = [row[1] for row in data["nodes"]]
    assert names[:2] == ["app", "json"]
    pandas = data["nodes"][names.index("pandas")]
    assert data["nodes"][pandas[0]][1] == "app"
    assert (data["importers"][pandas[7]], pandas[8]) == ("app.py", 4)
    assert pandas[6] == 4 | 16
    assert data["nodes"][names.index("xml.etree")][6] & 8


def test_large_trees_lose_their_cheapest_modules_and_say_how_many():
    data = html_imports.tree_data(check_result(large_tree(4_000)).imports)
    assert len(data["nodes"]) <= html_imports.NODES_MAX
    assert data["left_out"] == 4_000 + 1 - len(data["nodes"])
    assert min(row[3] for row in data["nodes"]) > 0.4


def test_one_advice_less_makes_no_first_change():
    without = msgspec.structs.replace(RESULTS["full"], advice=())
    assert "Nothing stands out" in as_html.render(without)


def test_lone_surrogates_do_not_break_the_page():
    source = as_html.render(check_result((node("caf\udce9", 1.0),)))
    assert "caf?" in source.encode().decode()


def test_elements_escape_attributes_and_drop_missing_ones():
    assert el("a", text("<&>"), title='"x"', class_="c", hidden=None, data_to=1.50) == (
        '<a title="&quot;x&quot;" class="c" data-to="1.5">&lt;&amp;&gt;</a>'
    )
