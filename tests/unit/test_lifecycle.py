"""The life of an execution environment: every phase and signal of the table."""

import itertools

import pytest

from headstart.model.lifecycle import TRANSITIONS, Phase, Signal, after, as_diagram


@pytest.mark.parametrize(("phase", "signal"), list(itertools.product(Phase, Signal)))
def test_every_phase_and_signal(phase, signal):
    if (phase, signal) in TRANSITIONS:
        assert after(phase, signal) is TRANSITIONS[phase, signal]
    else:
        with pytest.raises(KeyError):
            after(phase, signal)


def live(*signals: Signal) -> list[Phase]:
    phases = [Phase.NEW]
    for signal in signals:
        phases.append(after(phases[-1], signal))
    return phases[1:]


def test_a_good_life():
    found = live(Signal.START, Signal.NEXT, Signal.EVENT, Signal.ANSWERED, Signal.EVENT, Signal.ANSWERED, Signal.CLOSE)
    assert found == [Phase.INIT, Phase.READY, Phase.INVOKE, Phase.READY, Phase.INVOKE, Phase.READY, Phase.CLOSED]


def test_a_failed_init_is_run_again_inside_the_invocation():
    found = live(Signal.START, Signal.FAILED, Signal.EVENT, Signal.NEXT, Signal.ANSWERED)
    assert found == [Phase.INIT, Phase.RESET, Phase.SUPPRESSED_INIT, Phase.INVOKE, Phase.READY]


def test_after_a_failed_invocation_the_next_pays_an_init():
    found = live(Signal.START, Signal.NEXT, Signal.EVENT, Signal.FAILED, Signal.EVENT, Signal.FAILED, Signal.EVENT)
    assert found[3:] == [Phase.RESET, Phase.SUPPRESSED_INIT, Phase.RESET, Phase.SUPPRESSED_INIT]


def test_every_phase_can_be_reached_and_closed():
    reached = {Phase.NEW}
    while more := {after for (before, _), after in TRANSITIONS.items() if before in reached} - reached:
        reached |= more
    assert reached == set(Phase)
    for phase in set(Phase) - {Phase.CLOSED}:
        assert after(phase, Signal.CLOSE) is Phase.CLOSED
    assert not [pair for pair in TRANSITIONS if pair[0] is Phase.CLOSED]


def test_a_runtime_runs_only_where_there_is_one():
    """An event is handled only after a successful init: INVOKE follows READY or SUPPRESSED_INIT, nothing else."""
    assert {before for (before, _), after in TRANSITIONS.items() if after is Phase.INVOKE} == {
        Phase.READY,
        Phase.SUPPRESSED_INIT,
    }


def test_the_diagram_has_every_row():
    lines = as_diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == len(TRANSITIONS) + 1
    assert "    suppressed-init --> invoke: next" in lines
