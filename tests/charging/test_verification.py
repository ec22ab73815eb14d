"""Whether a limit is followed: what is measured counts most, and nobody is blamed for a current that is low enough."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.verification import (
    PERSISTENCE,
    SETTLE,
    TOLERANCE,
    Evidence,
    LimitVerdict,
    Watch,
    highest_tolerated,
    judge,
)

WATCH = Watch(10.0, 0.0)
PAUSE = Watch(0.0, 0.0)

CURRENTS = st.floats(0, 40)
EVIDENCE = st.builds(
    Evidence,
    measured=st.none() | CURRENTS,
    offered=st.none() | CURRENTS,
    composite=st.none() | CURRENTS,
    was_drawing=st.booleans(),
)
SAMPLES = st.lists(st.tuples(st.floats(0, 60), EVIDENCE), max_size=10)


def verdict(watch: Watch, evidence: Evidence) -> LimitVerdict:
    """Return the verdict on two samples that say the same, once all has settled."""
    watch, _ = judge(watch, evidence, SETTLE)
    return judge(watch, evidence, SETTLE + PERSISTENCE)[1]


def test_a_current_may_take_its_time_to_come_down() -> None:
    """For a quarter of a minute nothing is said."""
    assert judge(WATCH, Evidence(measured=32.0), SETTLE - 1) == (WATCH, LimitVerdict.OPEN)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(measured=32.0), LimitVerdict.CONTRADICTED),
        (Evidence(offered=32.0), LimitVerdict.CONTRADICTED),
        (Evidence(composite=32.0), LimitVerdict.CONTRADICTED),
        # What is measured counts most, what is offered counts before what is said.
        (Evidence(measured=32.0, offered=10.0, composite=10.0), LimitVerdict.CONTRADICTED),
        (Evidence(offered=32.0, composite=10.0), LimitVerdict.CONTRADICTED),
        (Evidence(measured=9.7, offered=32.0), LimitVerdict.FOLLOWED),
        (Evidence(measured=9.7), LimitVerdict.FOLLOWED),
        (Evidence(offered=10.0), LimitVerdict.FOLLOWED),
        (Evidence(composite=10.0), LimitVerdict.FOLLOWED),
        (Evidence(measured=0.0, offered=10.0), LimitVerdict.FOLLOWED),
        # What stays far below says nothing.
        (Evidence(measured=4.0), LimitVerdict.OPEN),
        (Evidence(measured=0.0, offered=32.0), LimitVerdict.OPEN),
        (Evidence(offered=0.0), LimitVerdict.OPEN),
        (Evidence(composite=6.0), LimitVerdict.OPEN),
        (Evidence(), LimitVerdict.OPEN),
    ],
)
def test_evidence_is_weighed(evidence: Evidence, expected: LimitVerdict) -> None:
    """Against 10 A."""
    assert verdict(WATCH, evidence) is expected


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(measured=0.2, was_drawing=True), LimitVerdict.FOLLOWED),
        (Evidence(measured=0.0), LimitVerdict.OPEN),  # nothing flowed before either
        (Evidence(measured=6.0, was_drawing=True), LimitVerdict.CONTRADICTED),
        (Evidence(offered=0.0), LimitVerdict.FOLLOWED),
        (Evidence(offered=6.0), LimitVerdict.CONTRADICTED),
    ],
)
def test_a_pause_is_weighed(evidence: Evidence, expected: LimitVerdict) -> None:
    """No current that flowed before must flow."""
    assert verdict(PAUSE, evidence) is expected


def test_less_than_the_minimum_may_be_the_minimum() -> None:
    """Some charge points offer 6 A for 3."""
    assert verdict(Watch(3.0, 0.0), Evidence(measured=6.5)) is LimitVerdict.OPEN
    assert verdict(Watch(3.0, 0.0), Evidence(offered=6.0)) is LimitVerdict.FOLLOWED
    assert verdict(Watch(3.0, 0.0), Evidence(measured=8.0)) is LimitVerdict.CONTRADICTED


def test_one_sample_condemns_nobody() -> None:
    """Some charge points jump for a moment when a profile comes."""
    watch, first = judge(WATCH, Evidence(measured=32.0), 20.0)
    _, soon = judge(watch, Evidence(measured=32.0), 20.0 + PERSISTENCE - 1)
    assert (first, soon) == (LimitVerdict.OPEN, LimitVerdict.OPEN)


def test_a_jump_that_has_passed_is_forgotten() -> None:
    """The next one counts anew."""
    watch, _ = judge(WATCH, Evidence(measured=32.0), 20.0)
    watch, _ = judge(watch, Evidence(measured=9.8), 25.0)
    watch, again = judge(watch, Evidence(measured=32.0), 40.0)
    assert (again, watch.exceeded_since) == (LimitVerdict.OPEN, 40.0)


def test_an_offer_that_lies_is_not_believed_again() -> None:
    """It said 32 A while the car was held at 10."""
    watch, _ = judge(WATCH, Evidence(measured=9.8, offered=32.0), 20.0)
    assert watch.offer_lies
    assert verdict(watch, Evidence(offered=32.0)) is LimitVerdict.OPEN
    assert verdict(watch, Evidence(offered=32.0, composite=10.0)) is LimitVerdict.FOLLOWED


@given(
    st.floats(0, 40),
    st.lists(st.tuples(st.floats(0, 200), st.floats(0, 1), EVIDENCE), max_size=10).map(
        lambda items: sorted(items, key=lambda item: item[0])
    ),
)
def test_a_current_within_the_limit_is_never_a_contradiction(
    limit: float, samples: list[tuple[float, float, Evidence]]
) -> None:
    """Whatever is offered or said."""
    watch = Watch(limit, 0.0)
    for now, share, evidence in samples:
        watch, said = judge(watch, replace(evidence, measured=limit * share), now)
        assert said is not LimitVerdict.CONTRADICTED


@given(CURRENTS, SAMPLES)
def test_the_same_samples_give_the_same_verdict(limit: float, samples: list[tuple[float, Evidence]]) -> None:
    """Nothing is remembered but the watch."""
    first = second = Watch(limit, 0.0)
    for now, evidence in samples:
        first, said = judge(first, evidence, now)
        second, again = judge(second, evidence, now)
        assert (first, said) == (second, again)


@given(st.floats(0, 80), st.floats(0, 80))
def test_a_higher_limit_allows_no_less(limit: float, other: float) -> None:
    """And none allows less than itself."""
    low, high = sorted((limit, other))
    assert highest_tolerated(low) >= low + TOLERANCE
    if high - low >= 6 or low >= 1.0:
        assert highest_tolerated(low) <= highest_tolerated(high)
