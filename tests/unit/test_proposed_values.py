"""Values and texts that proposals of events make up."""

import pytest

from headstart.infra.event_proposals.matching_text import matching_text
from headstart.infra.event_proposals.plausible import plausible


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"^c-\d+$", "c-1"), (r"(a|b)?[^a-z]{2}.x*", "a11ax"), (r"\w\s", "a "), (r"(?=z)[A-Z]", None), ("(", None)],
)
def test_a_text_that_matches(pattern, text):
    assert matching_text(pattern) == text


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "number", "multipleOf": 0.25, "minimum": 1.3}, 1.5),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]}, "2026-01-15"),
        ({"type": "array", "items": {"enum": ["x"]}, "minItems": 2}, ["x", "x"]),
        ({"$ref": "#/a"}, "example"),
        ({"type": "object", "properties": {"user_id": {"type": "string"}}}, {"user_id": "1"}),
    ],
)
def test_a_value_that_a_schema_allows(schema, value):
    assert plausible(schema) == value
