"""The search for the strategy that a charge point obeys: nothing twice, an end, and what was found is kept."""

from collections.abc import Callable
from dataclasses import replace
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import Expiry, Kind, Limit, Purpose, Strategy, Unit
from custom_components.ocpp_csms.charging.strategies import (
    Capabilities,
    Outcome,
    Search,
    Trial,
    better,
    candidates,
    concession,
    next_strategy,
)

FIRST = Strategy(stack_level=8)
CAPABILITIES = Capabilities(highest_stack_level=8)
TWO_CONNECTORS = replace(CAPABILITIES, connectors=2)

CAPABILITIES_DRAWN = st.builds(
    Capabilities,
    highest_stack_level=st.integers(0, 9),
    units=st.sampled_from([(), (Unit.AMPERES,), (Unit.WATTS,), (Unit.AMPERES, Unit.WATTS)]),
    periods=st.sampled_from([None, 1, 24]),
    connectors=st.sampled_from([1, 2]),
)
FIRSTS = st.builds(
    Strategy,
    purpose=st.sampled_from(Purpose),
    kind=st.sampled_from(Kind),
    stack_level=st.sampled_from([0, 8]),
    unit=st.sampled_from(Unit),
    number_phases=st.booleans(),
    expiry=st.sampled_from(Expiry),
)
FAILURES = st.sampled_from([Outcome.REFUSED, Outcome.IGNORED])


def search(*trials: tuple[Strategy, Outcome], **changes: object) -> Search:
    """Return a search with this history."""
    history = [Trial(strategy, outcome) for strategy, outcome in trials]
    return Search(FIRST, CAPABILITIES, history, **changes)  # type: ignore[arg-type]  # fields of any type


def tries(obeys: Callable[[Strategy], bool], first: Strategy = FIRST, **capabilities: object) -> int:
    """Return how many strategies are tried until one is obeyed."""
    told = replace(CAPABILITIES, **capabilities)  # type: ignore[arg-type]  # fields of any type
    options = candidates(first, told)
    return next(count for count, option in enumerate(options, 1) if obeys(option))


# Which, and in which order


@given(FIRSTS, CAPABILITIES_DRAWN)
def test_the_best_guess_comes_first_and_none_twice(first: Strategy, capabilities: Capabilities) -> None:
    """What is known of the charge point goes before all else."""
    options = candidates(first, capabilities)
    assert options[0] == first
    assert len(options) == len(set(options))


@given(FIRSTS, CAPABILITIES_DRAWN)
def test_a_unit_that_the_charge_point_does_not_know_is_not_tried(first: Strategy, capabilities: Capabilities) -> None:
    """But for the first, which may be the user's own."""
    known = {first.unit, *(capabilities.units or Unit)}
    assert {option.unit for option in candidates(first, capabilities)} <= known


@given(FIRSTS, CAPABILITIES_DRAWN)
def test_with_several_connectors_none_is_limited_through_the_whole(first: Strategy, capabilities: Capabilities) -> None:
    """It would limit the others too."""
    rest = candidates(first, replace(capabilities, connectors=2))[1:]
    assert not [option for option in rest if option.whole]
    if first.purpose is not Purpose.STATION_MAX:
        assert not [option for option in rest if option.purpose is Purpose.STATION_MAX]


@pytest.mark.parametrize(
    "obeys",
    [
        lambda strategy: True,
        lambda strategy: strategy.kind is Kind.RELATIVE,
        lambda strategy: strategy.stack_level == 0,
        lambda strategy: strategy.expiry is Expiry.NONE,
        lambda strategy: strategy.purpose is Purpose.TX,
        lambda strategy: strategy.unit is Unit.WATTS,
        lambda strategy: strategy.stack_level == 0 and strategy.kind is Kind.ABSOLUTE,
        lambda strategy: strategy.expiry is Expiry.NONE and strategy.kind is Kind.ABSOLUTE,
    ],
    ids=["all", "relative", "level 0", "no expiry", "transaction", "watts", "absolute level 0", "absolute for ever"],
)
def test_one_oddity_takes_no_more_than_three_tries(obeys: Callable[[Strategy], bool]) -> None:
    """Each try differs from the one before in several ways at once."""
    assert tries(obeys) <= 3


@given(FIRSTS, CAPABILITIES_DRAWN, st.data())
def test_no_failed_strategy_is_tried_again_and_the_search_ends(
    first: Strategy, capabilities: Capabilities, data: st.DataObject
) -> None:
    """Whatever becomes of each."""
    found = Search(first, capabilities, [])
    seen: list[Strategy] = []
    while not found.exhausted:
        current = found.current
        assert current is not None
        assert current not in seen
        seen.append(current)
        found.note(current, data.draw(FAILURES))
    assert set(seen) == set(found.options)
    ignored = [trial.strategy for trial in found.history if trial.outcome is Outcome.IGNORED]
    assert found.current == (None if not ignored else min(ignored, key=seen.index))


# What is used now


def test_what_was_borne_out_is_used() -> None:
    """Before what was only accepted."""
    first, second, third = candidates(FIRST, CAPABILITIES)[:3]
    found = search((third, Outcome.ACCEPTED), (second, Outcome.CONFIRMED), (first, Outcome.REFUSED))
    assert found.current == second
    assert found.outcome is Outcome.CONFIRMED


def test_of_two_that_work_the_later_one_counts() -> None:
    """It has the better expiry."""
    first, second = candidates(FIRST, CAPABILITIES)[:2]
    found = search()
    found.note(first, Outcome.CONFIRMED)
    found.note(second, Outcome.CONFIRMED)
    assert found.current == second


def test_silence_is_no_refusal() -> None:
    """The same strategy is used again."""
    assert search((FIRST, Outcome.SILENT)).current == FIRST


def test_when_all_were_refused_nothing_is_used() -> None:
    """There is nothing that works."""
    options = candidates(FIRST, CAPABILITIES)
    found = search(*((option, Outcome.REFUSED) for option in options))
    assert found.current is None
    assert found.outcome is None
    assert found.exhausted
    assert list(found.attempts()) == []


def test_when_all_have_failed_what_was_accepted_is_better_than_nothing() -> None:
    """It may hold all the same."""
    options = candidates(FIRST, CAPABILITIES)
    outcomes = [Outcome.REFUSED, Outcome.IGNORED] + [Outcome.REFUSED] * (len(options) - 2)
    assert next_strategy(options, [Trial(*pair) for pair in zip(options, outcomes, strict=True)]) == options[1]


# What is tried in one go


def test_all_that_did_not_fail_is_tried_in_one_go() -> None:
    """The present one first."""
    first, second, third, *rest = candidates(FIRST, CAPABILITIES)
    found = search((first, Outcome.REFUSED), (second, Outcome.ACCEPTED))
    assert list(found.attempts()) == [second, third, *rest]


def test_a_better_expiry_is_tried_with_a_strategy_that_works() -> None:
    """A limit that goes on for ever is second best."""
    plain = replace(FIRST, expiry=Expiry.NONE)
    found = search((plain, Outcome.CONFIRMED))
    improved = replace(plain, expiry=Expiry.PERIODS)
    assert list(found.attempts())[:2] == [improved, plain]
    # While it is looked into, nothing else is tried.
    found.note(improved, Outcome.ACCEPTED)
    assert next(found.attempts()) == improved
    found.note(improved, Outcome.CONFIRMED)
    assert next(found.attempts()) == improved


def test_no_expiry_is_tried_with_a_strategy_that_is_not_known_to_work() -> None:
    """One thing after the other."""
    plain = replace(FIRST, expiry=Expiry.NONE)
    assert next(search((plain, Outcome.ACCEPTED)).attempts()) == plain
    assert search((plain, Outcome.ACCEPTED)).improved is None
    assert search((plain, Outcome.CONFIRMED), pinned=True).improved is None


@pytest.mark.parametrize(
    ("strategy", "periods", "tried", "expected"),
    [
        (FIRST, None, [], None),
        (replace(FIRST, expiry=Expiry.NONE), None, [], Expiry.PERIODS),
        (replace(FIRST, expiry=Expiry.NONE), 1, [], Expiry.VALID_TO),
        (replace(FIRST, expiry=Expiry.NONE), None, [Expiry.PERIODS], Expiry.VALID_TO),
        (replace(FIRST, expiry=Expiry.NONE), None, [Expiry.PERIODS, Expiry.VALID_TO], Expiry.DURATION),
        (replace(FIRST, expiry=Expiry.NONE), 1, [Expiry.VALID_TO, Expiry.DURATION], None),
        # At a higher level there is room below for what holds once it has vanished.
        (Strategy(expiry=Expiry.NONE), 1, [], Expiry.VALID_TO),
        (Strategy(whole=True, expiry=Expiry.NONE), 1, [], None),
        # Nothing below would hold once it has vanished.
        (Strategy(purpose=Purpose.STATION_MAX, expiry=Expiry.NONE), None, [Expiry.PERIODS], None),
    ],
)
def test_a_dead_man_is_looked_for(
    strategy: Strategy, periods: int | None, tried: list[Expiry], expected: Expiry | None
) -> None:
    """In the order in which it can be relied on; each once."""
    history = [Trial(replace(strategy, expiry=expiry), Outcome.REFUSED) for expiry in tried]
    found = better(strategy, history, Capabilities(periods=periods, highest_stack_level=8))
    assert (found.expiry if found else None) is expected
    assert found is None or expected is Expiry.PERIODS or not found.occupies_fallback


@pytest.mark.parametrize("periods", [1, None])
def test_a_charge_point_of_one_level_gets_no_limit_that_vanishes(periods: int | None) -> None:
    """Nothing would be below it."""
    plain = Strategy(expiry=Expiry.NONE)
    history = [Trial(replace(plain, expiry=Expiry.PERIODS), Outcome.REFUSED)]
    assert better(plain, history, Capabilities(periods=periods)) is None


# Concessions


@pytest.mark.parametrize(
    ("strategy", "limit", "expected"),
    [
        (FIRST, Limit(0.0), replace(FIRST, pause=0.1)),
        (replace(FIRST, pause=0.1), Limit(0.0), None),
        (FIRST, Limit(10.5), replace(FIRST, coarse=True)),
        (FIRST, Limit(10.0, fallback=6.5), replace(FIRST, coarse=True)),
        (replace(FIRST, coarse=True), Limit(10.5), None),
        (FIRST, Limit(10.0, fallback=6.0), None),
    ],
)
def test_a_limit_that_may_be_the_reason_is_conceded(
    strategy: Strategy, limit: Limit, expected: Strategy | None
) -> None:
    """Before another strategy is blamed."""
    assert concession(strategy, limit) == expected


@pytest.mark.parametrize(
    ("known", "then"), [(Outcome.CONFIRMED, Outcome.CONFIRMED), (Outcome.SILENT, Outcome.ACCEPTED)]
)
def test_what_is_known_holds_with_the_concession(known: Outcome, then: Outcome) -> None:
    """The strategy without is not used any more."""
    conceding = replace(FIRST, pause=0.1)
    found = search((FIRST, known))
    found.conceded(FIRST, conceding)
    assert found.current == conceding
    assert found.history == [Trial(conceding, then)]


# Kept


@pytest.mark.parametrize("failure", [Outcome.REFUSED, Outcome.IGNORED])
def test_a_pinned_strategy_stays(failure: Outcome) -> None:
    """Whatever becomes of it."""
    found = search((FIRST, Outcome.ACCEPTED), pinned=True)
    found.note(FIRST, failure)
    assert list(found.attempts()) == [FIRST]


@given(FIRSTS, CAPABILITIES_DRAWN, st.lists(st.tuples(FIRSTS, st.sampled_from(Outcome)), max_size=5), st.booleans())
def test_what_was_learned_survives_being_kept(
    first: Strategy, capabilities: Capabilities, trials: list[tuple[Strategy, Outcome]], pinned: bool
) -> None:
    """As JSON."""
    found = Search(first, capabilities, [Trial(*trial) for trial in trials], pinned)
    assert Search.from_stored(json.loads(json.dumps(found.as_stored()))) == found


@pytest.mark.parametrize("spoilt", [{}, {"first": {}}, {"history": [[{}, "accepted"]]}, {"history": [["x"]]}])
def test_what_cannot_be_read_is_an_error(spoilt: dict[str, object]) -> None:
    """The search begins anew then."""
    stored = {**search().as_stored(), **spoilt} if spoilt else {}
    with pytest.raises((KeyError, ValueError, TypeError)):
        Search.from_stored(stored)


def test_two_connectors_are_not_limited_as_one() -> None:
    """With one, a limit for the whole is one for it."""
    assert len(candidates(FIRST, TWO_CONNECTORS)) < len(candidates(FIRST, CAPABILITIES))


@pytest.mark.parametrize(("offline", "expiry"), [(True, Expiry.OFFLINE), (False, Expiry.PERIODS)])
def test_a_limit_that_ends_offline_is_the_best_dead_man(offline: bool, expiry: Expiry) -> None:
    """Nobody has to refresh it; only a charge point that can count how long it is alone is asked for it."""
    plain = Strategy(stack_level=8, expiry=Expiry.NONE)
    found = better(plain, [Trial(plain, Outcome.CONFIRMED)], replace(CAPABILITIES, offline=offline))
    assert found == replace(plain, expiry=expiry)


def test_what_has_a_dead_man_gets_the_one_that_nobody_refreshes() -> None:
    """Where there is room for a fallback below, and until it fails."""
    capabilities = replace(CAPABILITIES, offline=True)
    alone = replace(FIRST, expiry=Expiry.OFFLINE)
    assert better(FIRST, [], capabilities) == alone
    assert better(FIRST, [Trial(alone, Outcome.REFUSED)], capabilities) is None
    assert better(alone, [Trial(alone, Outcome.CONFIRMED)], capabilities) is None
    assert better(Strategy(), [], capabilities) is None


def test_that_a_charge_point_counts_offline_time_is_remembered() -> None:
    """What was learned survives a restart; what was kept before that was known is taken as no."""
    search = Search(FIRST, replace(CAPABILITIES, offline=True), [])
    stored = json.loads(json.dumps(search.as_stored()))
    assert Search.from_stored(stored).capabilities.offline
    del stored["offline"]
    assert not Search.from_stored(stored).capabilities.offline
