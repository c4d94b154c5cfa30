"""X-Ray's ids are OpenTelemetry's in another spelling."""

import pytest

from headstart_kit.trace_ids import from_xray

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_the_ids_are_those_of_opentelemetry():
    found = from_xray(HEADER)
    assert found is not None
    assert (found.trace_id, found.span_id, found.is_sampled) == (
        "5759e988bd862e3fe1be46a994272793",
        "53995c3f42cd8ad8",
        True,
    )
    assert found.traceparent == "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"


@pytest.mark.parametrize("more", [";Lineage=1:a87bd80c:0", ";Self=1-67891234-12456789abcdef012345678", "; "])
def test_other_fields_do_not_matter(more: str):
    found = from_xray(HEADER + more)
    assert found is not None
    assert found.traceparent.endswith("-53995c3f42cd8ad8-01")


@pytest.mark.parametrize("sampled", ["0", "?", ""])
def test_a_trace_that_is_not_sampled(sampled: str):
    found = from_xray(f"Root=1-5759e988-bd862e3fe1be46a994272793; Parent=53995c3f42cd8ad8; Sampled={sampled}")
    assert found is not None
    assert found.traceparent.endswith("-00")


def test_a_trace_without_a_span_has_no_traceparent():
    found = from_xray("Root=1-5759e988-bd862e3fe1be46a994272793")
    assert found is not None
    assert (found.span_id, found.traceparent) == ("", "")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Sampled=1",
        "Root=1-5759e988-bd862e3fe1be46a99427279",
        "Root=2-5759e988-bd862e3fe1be46a994272793",
        "=;;=",
    ],
)
def test_what_is_no_header_of_xray_has_no_ids(header: str | None):
    assert from_xray(header) is None
