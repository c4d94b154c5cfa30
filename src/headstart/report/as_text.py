"""A result as one screen of a terminal: what it costs, where the time goes, what to do."""

from collections.abc import Iterator

from rich.console import ConsoleRenderable
from rich.padding import Padding
from rich.text import Text

from headstart.model.results import CheckResult
from headstart.report import digest, figures
from headstart.report.terminal import Screen
from headstart.report.text_sections import caveats, cold_start, cost, cpu, imports, memory, title
from headstart.report.text_snapstart import snapstart

_ADVICE_SHOWN = 5
_DETAILS_SHOWN = 2


def render(result: CheckResult) -> Screen:
    """The whole result on one screen, about 50 lines at 100 columns."""
    sections = (
        _headline(result),
        cold_start(result.cold_start),
        imports(result),
        memory(result.memory),
        cpu(result.cpu, result.function.memory_mb),
        cost(result.cost),
        snapstart(result.snapstart) if result.snapstart else (),
        _what_to_do(result),
        caveats(digest.doubts(result)),
    )
    return Screen(line for section in sections for line in section)


def headline_advice(result: CheckResult) -> str:
    """One sentence: the one change that matters most, with its figure."""
    if not result.advice:
        return "Nothing stands out: no change that Headstart knows would make this function faster or cheaper."
    first = result.advice[0]
    place = f" ({first.place})" if first.place else ""
    saved = digest.words(digest.savings(first))
    gain = f", which saves {saved} ({digest.basis(first)})" if saved else ""
    return f"The one change that matters most: {first.title.rstrip('.')}{place}{gain}."


def _headline(result: CheckResult) -> Iterator[ConsoleRenderable]:
    function, cold = result.function, result.cold_start
    yield Text.assemble((function.name, "bold"), f"  {function.handler}")
    facts = (
        function.runtime,
        f"{function.memory_mb:,} MB",
        function.architecture.value,
        function.region,
        f"package {figures.mb(function.package_mb)}",
        f"{figures.count(cold.environments, 'cold start')}, {figures.count(len(function.events), 'event')}",
    )
    yield Text(" · ".join(facts), "dim")
    for failure in cold.failures[:_DETAILS_SHOWN]:
        yield Text.assemble(("failed  ", "bold red"), failure)


def _what_to_do(result: CheckResult) -> Iterator[ConsoleRenderable]:
    yield from title("What to do", "savings overlap" if result.advice else "nothing stands out")
    for rank, advice in enumerate(result.advice[:_ADVICE_SHOWN], start=1):
        saved = " · ".join(f"−{part}" for part in digest.savings(advice)) or "no time or money by itself"
        place = f"  {advice.place}" if advice.place else ""
        yield Text.assemble((f"{rank}. ", "bold"), (advice.title, "bold"), (place, "cyan"))
        gains = Text.assemble((saved, "green"), (f" ({digest.basis(advice)})", "dim"), f"  {advice.evidence}")
        yield Padding(gains, (0, 0, 0, 3))
    hidden = len(result.advice) - _ADVICE_SHOWN
    if hidden > 0:
        yield Text(f"   and {hidden} more in the report", "dim")
