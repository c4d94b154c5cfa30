"""The mix of events: proportional to the weights, and every event seen."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.model.invocation import Event
from headstart.model.tally import mix

WEIGHTS = st.lists(st.floats(0, 100), min_size=1, max_size=8)


def events(weights):
    return [Event(b"{}", name=str(i), weight=weight) for i, weight in enumerate(weights)]


@given(WEIGHTS, st.integers(0, 60))
def test_every_event_is_sent_where_the_count_allows(weights, count):
    sent = Counter(event.name for event in mix(events(weights), count))
    assert sent.total() == count
    if count >= len(weights):
        assert len(sent) == len(weights)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_a_full_round_has_exactly_the_weights(weights):
    sent = Counter(event.name for event in mix(events(weights), 4 * sum(weights)))
    for i, weight in enumerate(weights):
        assert sent[str(i)] == pytest.approx(4 * weight, abs=1)


def test_fewer_than_the_events_are_the_heaviest():
    assert [event.name for event in mix(events([1, 5, 3]), 2)] == ["1", "2"]
