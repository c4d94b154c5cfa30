"""The REPORT of an invocation, in the forms in which AWS writes it, and what is none."""

import json
from typing import Any

import pytest

from headstart.aws import report_line
from headstart.aws.report_line import ReportLine

ID = "0b1f4a52-2f5e-4a3e-9f62-6d0f0a4a1f11"
OTHER = "0b1f4a52-2f5e-4a3e-9f62-6d0f0a4a1f12"
WARM = (
    f"REPORT RequestId: {ID}\tDuration: 2.46 ms\tBilled Duration: 3 ms\tMemory Size: 1024 MB\tMax Memory Used: 95 MB\t"
)


def record(request_id: str = ID, *, status: str = "success", **metrics: Any) -> str:
    usual = {"durationMs": 2.46, "billedDurationMs": 3, "memorySizeMB": 1024, "maxMemoryUsedMB": 95}
    of_request = {"requestId": request_id, "metrics": usual | metrics, "status": status}
    return json.dumps({"time": "2026-10-08T07:30:28.768Z", "type": "platform.report", "record": of_request})


def line(**changes: Any) -> ReportLine:
    usual = {"duration_ms": 2.46, "billed_ms": 3, "memory_size_mb": 1024, "max_memory_mb": 95}
    return ReportLine(request_id=ID, **(usual | changes))


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (f"START RequestId: {ID} Version: 3\nEND RequestId: {ID}\n{WARM}\n", line()),
        (f"{WARM}Init Duration: 413.61 ms\t\n", line(init_ms=413.61)),
        (WARM.replace("2.46 ms", "12 ms"), line(duration_ms=12.0)),
        (
            f"{WARM}Restore Duration: 204.27 ms\tBilled Restore Duration: 83 ms\t\n",
            line(restore_ms=204.27, billed_restore_ms=83),
        ),
        (f"{WARM}\nXRAY TraceId: 1-6ac7\tSegmentId: 2d54\tSampled: true\t\n", line()),
        (f"{WARM}XRAY TraceId: 1-6ac7\tSegmentId: 2d54\tSampled: true\t\n", line()),
        (f"{WARM}Status: timeout\n\n", line(status="timeout")),
        (
            f"{WARM}Init Duration: 551.73 ms\tStatus: error\tError Type: Runtime.OutOfMemory\n",
            line(init_ms=551.73, status="error", error_type="Runtime.OutOfMemory"),
        ),
        (f"{WARM.replace(ID, OTHER)}\n{WARM}\n{WARM.replace(ID, OTHER)}\n", line()),
        # What a function prints about itself comes before what AWS reports.
        (f"{WARM.replace('2.46', '0.01')}\n{WARM}\n", line()),
        (f"no line ends here{WARM}\n", line()),
        ('{"a log that begins": "like JSON"}\n' + WARM, line()),
        (record(), line()),
        (record(initDurationMs=463.512), line(init_ms=463.512)),
        (record(restoreDurationMs=204.27, billedRestoreDurationMs=83), line(restore_ms=204.27, billed_restore_ms=83)),
        (record(status="timeout"), line(status="timeout")),
        (record(durationMs=12), line(duration_ms=12.0)),
        (f'not JSON\n{{"cut": \n{record(OTHER)}\n{record()}\n', line()),
    ],
)
def test_the_report_of_the_request_is_read(log: str, expected: ReportLine):
    assert report_line.find(log, ID) == expected


@pytest.mark.parametrize(
    "log",
    [
        "",
        f"START RequestId: {ID} Version: 3\nEND RequestId: {ID}\n",
        WARM.replace(ID, OTHER),
        record(OTHER),
        WARM[WARM.index("\t") :],
        WARM[: WARM.index("Max Memory")],
        WARM.replace("2.46", ""),
        WARM.replace("\t", " "),
        record()[10:],
        record()[:-1],
        record().replace("durationMs", "duration"),
        record().replace("platform.report", "platform.runtimeDone"),
        '{"type": "platform.report", "record": "a string, as in 2022"}',
        '{"message": "type platform.report"}',
    ],
)
def test_what_is_not_there_in_full_is_none_and_no_zero(log: str):
    assert report_line.find(log, ID) is None
