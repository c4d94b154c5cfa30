"""X-Ray's trace header in the form that OpenTelemetry and W3C's Trace Context know."""

from __future__ import annotations

import re

# Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader (2026-11-25)
_ROOT = r"1-([0-9a-f]{8})-([0-9a-f]{24})"
_SPAN = r"[0-9a-f]{16}"


class TraceIds:
    """A trace, 32 hexadecimal digits, and the span in it that called, 16 of them or, where it is not known, none."""

    __slots__ = ("is_sampled", "span_id", "trace_id")

    def __init__(self, trace_id: str, span_id: str, *, is_sampled: bool) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.is_sampled = is_sampled

    @property
    def traceparent(self) -> str:
        """The header that hands the trace on over HTTP; empty without a span.

        Source: https://www.w3.org/TR/trace-context/#traceparent-header (2026-11-25).
        """
        return f"00-{self.trace_id}-{self.span_id}-0{self.is_sampled:d}" if self.span_id else ""

    def __repr__(self) -> str:
        return f"TraceIds({self.trace_id!r}, {self.span_id!r}, is_sampled={self.is_sampled})"


def from_xray(header: str | None) -> TraceIds | None:
    """The ids in ``_X_AMZN_TRACE_ID``, such as ``Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8``;
    None where it has no root that X-Ray could have made."""
    fields = dict(part.strip().partition("=")[::2] for part in (header or "").split(";"))
    root = re.fullmatch(_ROOT, fields.get("Root", ""))
    if root is None:
        return None
    parent = fields.get("Parent", "")
    span_id = parent if re.fullmatch(_SPAN, parent) else ""
    return TraceIds(root[1] + root[2], span_id, is_sampled=fields.get("Sampled") == "1")
