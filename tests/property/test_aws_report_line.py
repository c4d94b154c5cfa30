"""What is read from a log is what was written, wherever in the log it stands and wherever the log was cut."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from headstart.aws import report_line
from headstart.aws.report_line import ReportLine
from headstart.engine.platform_log import ReportFigures, platform_log
from headstart.model.function import FunctionSpec, LogFormat

ID = "0b1f4a52-2f5e-4a3e-9f62-6d0f0a4a1f11"
FORMATS = st.sampled_from(list(LogFormat))
DURATIONS_MS = st.integers(1, 90_000_000).map(lambda hundredths: hundredths / 100)
FIGURES = st.builds(
    ReportFigures,
    duration_ms=DURATIONS_MS,
    billed_ms=st.integers(1, 900_000),
    memory_size_mb=st.integers(128, 10_240),
    max_memory_mb=st.integers(1, 10_240),
    init_ms=st.none() | DURATIONS_MS,
    status=st.none() | st.just("timeout"),
)
LINES = st.lists(st.text().filter(lambda text: ID not in text), max_size=5)


def written(figures: ReportFigures, log_format: LogFormat) -> str:
    spec = FunctionSpec(name="f", code=Path(), handler="app.handler", log_format=log_format)
    return platform_log(spec, environment_id="e", runtime_id="r").report(0.0, ID, figures=figures)


@given(FIGURES, FORMATS, LINES, LINES)
def test_a_report_is_read_back_from_among_any_lines(
    figures: ReportFigures, log_format: LogFormat, before: list[str], after: list[str]
):
    log = "\n".join([*before, written(figures, log_format), *after])
    assert report_line.find(log, ID) == ReportLine(
        request_id=ID,
        duration_ms=figures.duration_ms,
        billed_ms=figures.billed_ms,
        memory_size_mb=figures.memory_size_mb,
        max_memory_mb=figures.max_memory_mb,
        init_ms=figures.init_ms,
        status=figures.status,
    )


@given(FIGURES, FORMATS, st.integers(1, 5000))
def test_a_tail_gives_the_whole_report_or_none(figures: ReportFigures, log_format: LogFormat, kept: int):
    whole = written(figures, log_format)
    found = report_line.find(whole[-kept:], ID)
    assert found in (None, report_line.find(whole, ID))
    if kept >= len(whole):
        assert found is not None


@given(st.text(), st.text())
def test_no_log_makes_it_fail(log: str, request_id: str):
    report_line.find(log, request_id)
