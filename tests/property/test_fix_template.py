"""Whatever a template looks like, an edit changes the one property in it, or is refused and changes nothing."""

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from headstart.audit.fix.template_text import edited
from headstart.errors import EditError
from headstart.model.finding import RemoveProperty, SetProperty

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.none(), TEXTS)
KEYS = st.sampled_from(["A", "B", "C d", "E:f", "Ref2", "on"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
STYLES = st.sampled_from(["block", "flow", "json"])
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(tuple)


def written(template: dict, style: str) -> str:
    if style == "json":
        return json.dumps(template, indent=2)
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = style == "flow"
    yaml.allow_unicode = True
    stream = io.StringIO()
    yaml.dump(template, stream)
    return stream.getvalue()


def read(text: str):
    return YAML(typ="safe", pure=True).load(text)


@settings(deadline=None)
@given(
    resources=st.dictionaries(
        st.sampled_from(["One", "Two"]),
        st.dictionaries(KEYS, VALUES).map(lambda properties: {"Type": "T", "Properties": properties}),
        min_size=1,
    ),
    path=PATHS,
    value=VALUES,
    style=STYLES,
)
def test_setting_a_property_sets_it_and_nothing_else(resources, path, value, style):
    text = written({"Resources": resources}, style)
    name = next(iter(resources))
    try:
        new = edited(text, SetProperty(file="t", id=name, path=path, value=value))
    except EditError:
        return
    wanted = read(text)
    around = wanted["Resources"][name]["Properties"]
    for step in path[:-1]:
        if around.get(step) is None:
            around[step] = {}
        around = around[step]
    around[path[-1]] = value
    assert read(new) == wanted
    assert new.startswith(text[: text.index(name)])


@settings(deadline=None)
@given(properties=st.dictionaries(KEYS, VALUES, min_size=1), data=st.data(), style=STYLES)
def test_removing_a_property_removes_it_and_nothing_else(properties, data, style):
    key = data.draw(st.sampled_from(sorted(properties)))
    text = written({"Resources": {"One": {"Type": "T", "Properties": properties}}}, style)
    new = edited(text, RemoveProperty(file="t", id="One", path=(key,)))
    wanted = read(text)
    del wanted["Resources"]["One"]["Properties"][key]
    assert read(new) == wanted
