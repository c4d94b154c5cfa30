"""Doubt that travels with a number: each caveat is a code and the advice that goes with it."""

from enum import StrEnum

import msgspec


class CaveatCode(StrEnum):
    """What limits how far a number can be trusted."""

    TOO_FEW_RUNS = "TOO_FEW_RUNS"
    WIDE_SPREAD = "WIDE_SPREAD"
    CONTENDED_HOST = "CONTENDED_HOST"
    CPU_NOT_LIMITED = "CPU_NOT_LIMITED"
    CPU_BY_GOVERNOR = "CPU_BY_GOVERNOR"
    FEWER_VCPUS = "FEWER_VCPUS"
    MEMORY_NOT_LIMITED = "MEMORY_NOT_LIMITED"
    MEMORY_BY_SAMPLING = "MEMORY_BY_SAMPLING"
    FILES_NOT_ISOLATED = "FILES_NOT_ISOLATED"
    TMP_NOT_LIMITED = "TMP_NOT_LIMITED"
    TMP_IN_MEMORY = "TMP_IN_MEMORY"
    PIDS_NOT_ISOLATED = "PIDS_NOT_ISOLATED"
    FREEZE_BY_SIGNAL = "FREEZE_BY_SIGNAL"
    OTHER_ARCHITECTURE = "OTHER_ARCHITECTURE"
    LOG_TRUNCATED = "LOG_TRUNCATED"
    INVOCATION_FAILED = "INVOCATION_FAILED"
    MODEL = "MODEL"
    NOT_INTERLEAVED = "NOT_INTERLEAVED"
    OTHER_HOST = "OTHER_HOST"
    FORKED = "FORKED"
    VALUES_CUT = "VALUES_CUT"
    LATEST_CHANGED = "LATEST_CHANGED"
    RAN_AS_COPY = "RAN_AS_COPY"
    THROTTLED = "THROTTLED"
    FAILURES_LEFT_OUT = "FAILURES_LEFT_OUT"
    FEW_INVOCATIONS = "FEW_INVOCATIONS"


ADVICE = {
    CaveatCode.TOO_FEW_RUNS: "too few runs for a percentile to mean much; raise --runs",
    CaveatCode.WIDE_SPREAD: "runs differ widely; close other programs and run again, or trust only the median",
    CaveatCode.CONTENDED_HOST: "other programs took CPU from the function; close them and run again",
    CaveatCode.CPU_NOT_LIMITED: "the CPU share was not enforced here; durations are those of a full core",
    CaveatCode.CPU_BY_GOVERNOR: "the CPU share was held by stopping and continuing the processes, about 10 % exact; "
    "run as root or in a systemd user session for the kernel's own limit",
    CaveatCode.FEWER_VCPUS: "this machine has fewer CPUs than the function would see; parallel work is slower here",
    CaveatCode.MEMORY_NOT_LIMITED: "the memory size was watched, not enforced by the kernel",
    CaveatCode.MEMORY_BY_SAMPLING: "memory was sampled over the process tree; short peaks can be missed",
    CaveatCode.FILES_NOT_ISOLATED: "the function could write outside /tmp here; on Lambda it cannot",
    CaveatCode.TMP_NOT_LIMITED: "the size of /tmp was not enforced here",
    CaveatCode.TMP_IN_MEMORY: "files in /tmp count toward the memory size here; on Lambda they do not",
    CaveatCode.PIDS_NOT_ISOLATED: "the function could see other processes of this machine",
    CaveatCode.FREEZE_BY_SIGNAL: "environments were frozen by signals, which a function can notice",
    CaveatCode.OTHER_ARCHITECTURE: "the function's architecture is not this machine's; it ran on this machine's",
    CaveatCode.LOG_TRUNCATED: "the function wrote more log than is kept; the middle of it was dropped",
    CaveatCode.INVOCATION_FAILED: "some invocations failed; the numbers describe those too",
    CaveatCode.MODEL: "computed from a model, not measured",
    CaveatCode.NOT_INTERLEAVED: "the two were measured at different times, and the host may have changed between; "
    "run both in turn with check A --against B",
    CaveatCode.OTHER_HOST: "the two were measured on different machines; only large differences mean anything",
    CaveatCode.FORKED: "threads survive a snapshot on Lambda, but not the fork that stands for one here; what waits "
    "for them fails here only",
    CaveatCode.VALUES_CUT: "the function holds more values than are compared; restores may share others too",
    CaveatCode.LATEST_CHANGED: "the memory size and the description of $LATEST were changed while versions were "
    "published, and put back; --no-publish tunes a copy instead",
    CaveatCode.RAN_AS_COPY: "a copy under another name was measured; what depends on the function's name or on its "
    "policies may differ",
    CaveatCode.THROTTLED: "AWS throttled invocations, which were sent again and not measured; tune when there is less "
    "traffic, or raise the function's reserved concurrency",
    CaveatCode.FAILURES_LEFT_OUT: "some invocations failed; durations and costs are of those that were answered",
    CaveatCode.FEW_INVOCATIONS: "few invocations at a memory size: p90 and p99 are the highest seen; "
    "raise --invocations",
}


class Caveat(msgspec.Struct, frozen=True):
    """One doubt about a number. ``detail`` says what was seen, with its figure."""

    code: CaveatCode
    detail: str = ""

    @property
    def advice(self) -> str:
        """What it means and what to do about it."""
        return ADVICE[self.code]
