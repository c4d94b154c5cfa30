"""What synth is made of: figures of a check, logical ids, and Python as text."""

import pytest
import results_fixture

from headstart.infra.synth import measured, python_text
from headstart.infra.synth.plan import identifier


@pytest.mark.parametrize(
    ("name", "expected"),
    [("orders", "Orders"), ("order-lines_v2", "OrderLinesV2"), ("my-function", "My"), ("7up", "The7up"), ("_", "The")],
)
def test_logical_ids_begin_with_the_name_of_the_function(name, expected):
    assert identifier(name) == expected


def test_the_figures_of_a_check():
    figures = measured.of_check(results_fixture.check_result())
    assert figures.day == "2026-11-23"
    assert figures.memory_mb == results_fixture.check_result().function.memory_mb


def test_a_call_is_laid_out_by_its_width():
    short = python_text.call("f", python_text.Code("x"), a="ü", b=None, c=(1,))
    assert python_text.statement("y", short) == 'y = f(x, a="ü", c=(1,))'
    long = python_text.call("f", a="x" * 120, comments={"a": "why"})
    assert python_text.statement("", long) == f'f(\n    # why\n    a="{"x" * 120}",\n)'
