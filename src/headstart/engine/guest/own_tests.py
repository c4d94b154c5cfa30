"""Runs a function's own tests where the function runs, as a handler: the outcome of each test by its name.

With pytest when it is there, else with unittest. The event is ``{"folder": where the tests lie}``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import unittest
    from collections.abc import Iterator
    from typing import Any


def handler(event: dict[str, str], context: object) -> dict[str, str]:
    """``passed``, ``skipped``, or the type and text of what was raised, by the name of the test."""
    folder = event["folder"]
    sys.path.insert(0, folder)
    return _by_pytest(folder) if importlib.util.find_spec("pytest") else _by_unittest(folder)


def _by_pytest(folder: str) -> dict[str, str]:
    pytest = importlib.import_module("pytest")  # of the tests, not of the runtime
    outcomes: dict[str, str] = {}

    class Collect:
        def pytest_collectreport(self, report: Any) -> None:
            if report.failed:
                outcomes[report.nodeid or "collection"] = _last_line(report.longreprtext)

        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.failed:
                crash = getattr(report.longrepr, "reprcrash", None)
                outcomes[report.nodeid] = crash.message.partition("\n")[0] if crash else _last_line(report.longreprtext)
            elif report.when == "call" or report.skipped:
                outcomes.setdefault(report.nodeid, report.outcome)

    quiet = ["-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-o", "addopts="]
    pytest.main([folder, "--rootdir", folder, *quiet], plugins=[Collect()])
    return outcomes


def _by_unittest(folder: str) -> dict[str, str]:
    import unittest

    outcomes: dict[str, str] = {}
    for test in _tests(unittest.TestLoader().discover(folder, top_level_dir=folder)):
        result = unittest.TestResult()
        test.run(result)
        problems = [text for _, text in (*result.errors, *result.failures)]
        outcomes[test.id()] = _last_line(problems[0]) if problems else "skipped" if result.skipped else "passed"
    return outcomes


def _tests(suite: unittest.TestSuite | unittest.TestCase) -> Iterator[unittest.TestCase]:
    import unittest

    if isinstance(suite, unittest.TestCase):
        yield suite
        return
    for each in suite:
        yield from _tests(each)


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
