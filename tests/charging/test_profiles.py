"""A limit as a charging profile: never more than was asked for, in the same place each time, with its dead man."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import (
    DEAD_MAN,
    ChargingProfile,
    Expiry,
    Kind,
    Limit,
    Period,
    Purpose,
    Running,
    Strategy,
    Unit,
    build_ceiling,
    build_fallback,
    build_profile,
    cut,
    under_ceiling,
)
from custom_components.ocpp_csms.charging.wiring import Wiring

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
A_MINUTE_AGO = NOW - timedelta(seconds=60)
RUNNING = Running("7", NOW - timedelta(seconds=300))

CURRENTS = st.floats(0, 80).map(lambda value: round(value, 1))
STRATEGIES = st.builds(
    Strategy,
    purpose=st.sampled_from(Purpose),
    kind=st.sampled_from(Kind),
    stack_level=st.integers(0, 20),
    unit=st.sampled_from(Unit),
    number_phases=st.booleans(),
    expiry=st.sampled_from(Expiry),
    whole=st.booleans(),
    pause=st.sampled_from([0.0, 0.1, 5.9]),
    coarse=st.booleans(),
)
LIMITS = st.builds(
    Limit,
    current=CURRENTS,
    phases=st.sampled_from([None, 1, 2, 3]),
    fallback=st.none() | CURRENTS,
)
STARTS = st.integers(-100, 100_000).map(lambda seconds: Running("7", NOW - timedelta(seconds=seconds)))


def build(limit: Limit, running: Running | None = None, *, wired_phases: int = 3, **changes: object) -> ChargingProfile:
    """Build the profile of connector 2 as of `NOW`."""
    strategy = replace(Strategy(stack_level=3), **changes)  # type: ignore[arg-type]  # fields of any type
    return build_profile(strategy, limit, connector=2, now=NOW, running=running, wiring=Wiring(wired_phases))


def test_the_plainest_profile_is_an_absolute_default_in_amperes() -> None:
    """It starts a minute ago: the clock of the charge point may be behind ours."""
    assert build(Limit(13.0)) == ChargingProfile(
        profile_id=6203,
        connector=2,
        purpose=Purpose.TX_DEFAULT,
        kind=Kind.ABSOLUTE,
        stack_level=3,
        unit=Unit.AMPERES,
        periods=(Period(0, 13.0),),
        start=A_MINUTE_AGO,
    )


def test_the_fallback_follows_when_nobody_refreshes_the_limit() -> None:
    """As a second period, 15 minutes from now on the schedule's clock."""
    assert build(Limit(13.0, fallback=6.0)).periods == (Period(0, 13.0), Period(60 + DEAD_MAN, 6.0))


def test_a_limit_that_is_the_fallback_needs_no_second_period() -> None:
    """Some charge points refuse two alike."""
    assert build(Limit(6.0, fallback=6.0)).periods == (Period(0, 6.0),)


@pytest.mark.parametrize(
    ("expiry", "valid_to", "duration", "offline"),
    [
        (Expiry.PERIODS, None, None, None),
        (Expiry.VALID_TO, NOW + timedelta(seconds=DEAD_MAN), None, None),
        (Expiry.DURATION, None, 60 + DEAD_MAN, None),
        (Expiry.OFFLINE, None, None, DEAD_MAN),
        (Expiry.NONE, None, None, None),
    ],
)
def test_a_limit_ends_by_itself_in_the_way_that_the_charge_point_knows(
    expiry: Expiry, valid_to: datetime | None, duration: int | None, offline: int | None
) -> None:
    """And in no other."""
    profile = build(Limit(13.0, fallback=6.0), expiry=expiry)
    assert (profile.valid_to, profile.duration, profile.max_offline_duration) == (valid_to, duration, offline)
    assert len(profile.periods) == (2 if expiry is Expiry.PERIODS else 1)


@pytest.mark.parametrize("expiry", list(Expiry))
def test_a_limit_without_fallback_never_ends(expiry: Expiry) -> None:
    """A pause holds until it is over."""
    profile = build(Limit(0.0), expiry=expiry)
    ends = (profile.valid_to, profile.duration, profile.max_offline_duration)
    assert (ends, len(profile.periods)) == ((None, None, None), 1)


def test_a_relative_profile_counts_from_the_start_of_the_transaction() -> None:
    """Five minutes of it have passed already."""
    profile = build(Limit(13.0, fallback=6.0), RUNNING, kind=Kind.RELATIVE)
    assert profile.start is None
    assert profile.periods[1].start == 300 + DEAD_MAN


def test_a_profile_for_a_transaction_names_it() -> None:
    """By its id."""
    profile = build(Limit(13.0), RUNNING, purpose=Purpose.TX)
    assert (profile.purpose, profile.transaction_id) == (Purpose.TX, "7")


def test_without_a_transaction_one_for_transactions_is_a_default() -> None:
    """It holds for the next one."""
    profile = build(Limit(13.0), purpose=Purpose.TX)
    assert (profile.purpose, profile.transaction_id) == (Purpose.TX_DEFAULT, None)


def test_a_default_names_no_transaction() -> None:
    """OCPP 1.6 §3.13.1 allows that in a TxProfile only."""
    assert build(Limit(13.0), RUNNING).transaction_id is None


@pytest.mark.parametrize("changes", [{"whole": True}, {"purpose": Purpose.STATION_MAX}])
def test_what_is_for_the_whole_charge_point_goes_to_connector_0(changes: dict[str, object]) -> None:
    """Under the id of the connector all the same, so that it replaces the one before."""
    profile = build(Limit(13.0), None, **changes)  # type: ignore[arg-type]  # fields of any type
    assert (profile.connector, profile.profile_id) == (0, 6203)


@pytest.mark.parametrize(("phases", "wired", "watts"), [(None, 1, 2300), (None, 3, 6900), (1, 3, 2300), (3, 1, 6900)])
def test_watts_count_over_the_phases_in_use(phases: int | None, wired: int, watts: float) -> None:
    """10 A at nominal voltage."""
    profile = build(Limit(10.0, phases), wired_phases=wired, unit=Unit.WATTS)
    assert profile.periods == (Period(0, watts, phases),)


def test_the_number_of_phases_is_said_to_those_who_want_it() -> None:
    """Also where nobody asked for a number."""
    assert build(Limit(10.0), number_phases=True).periods[0].phases == 3
    assert build(Limit(10.0)).periods[0].phases is None


def test_a_pause_is_what_the_charge_point_takes_for_one() -> None:
    """Some refuse 0."""
    assert build(Limit(0.0), pause=0.1).periods == (Period(0, 0.1),)


def test_a_fallback_of_nothing_is_a_pause_too() -> None:
    """What refuses 0 refuses it in any period."""
    assert build(Limit(10.0, fallback=0.0), pause=0.1).periods[1].limit == 0.1


def test_a_coarse_charge_point_gets_whole_amperes() -> None:
    """Cut, not rounded."""
    assert [period.limit for period in build(Limit(10.9, fallback=6.9), coarse=True).periods] == [10, 6]


@given(STRATEGIES, LIMITS, st.none() | STARTS, st.sampled_from([1, 2, 3]))
def test_periods_rise_from_0_and_allow_no_more_than_was_asked_for(
    strategy: Strategy, limit: Limit, running: Running | None, wired_phases: int
) -> None:
    """But for the current that pauses where 0 is refused."""
    profile = build_profile(strategy, limit, connector=1, now=NOW, running=running, wiring=Wiring(wired_phases))
    starts = [period.start for period in profile.periods]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    for period, asked in zip(profile.periods, (limit.current, limit.fallback), strict=False):
        assert asked is not None
        per_ampere = 1.0 if strategy.unit is Unit.AMPERES else Wiring(wired_phases).watts(1.0, limit.phases)
        assert 0 <= period.limit / per_ampere <= max(asked, strategy.pause) + 1e-6
        assert round(period.limit * 10) == pytest.approx(period.limit * 10)


@given(STRATEGIES, LIMITS, st.none() | STARTS)
def test_the_same_limit_is_the_same_profile(strategy: Strategy, limit: Limit, running: Running | None) -> None:
    """To tell it again changes nothing; a later one stands in the same place."""
    first, again, later = (
        build_profile(strategy, limit, connector=1, now=now, running=running, wiring=Wiring())
        for now in (NOW, NOW, NOW + timedelta(seconds=60))
    )
    assert first == again
    assert (first.profile_id, first.stack_level, first.connector) == (
        later.profile_id,
        later.stack_level,
        later.connector,
    )


@given(STRATEGIES, LIMITS)
def test_a_limit_expires_exactly_when_its_profile_says_so(strategy: Strategy, limit: Limit) -> None:
    """Nothing is refreshed for nothing, and nothing lapses unseen."""
    profile = build_profile(strategy, limit, connector=1, now=NOW, wiring=Wiring())
    ends = len(profile.periods) > 1 or profile.valid_to is not None or profile.duration is not None
    assert strategy.expires(limit) is ends


def test_the_fallback_stands_below_all_else_for_ever() -> None:
    """On the connector, whatever the dynamic limit does."""
    assert build_fallback(Strategy(stack_level=3), 6.0, connector=2, now=NOW, wiring=Wiring()) == ChargingProfile(
        profile_id=6403,
        connector=2,
        purpose=Purpose.TX_DEFAULT,
        kind=Kind.ABSOLUTE,
        stack_level=0,
        unit=Unit.AMPERES,
        periods=(Period(0, 6.0),),
        start=A_MINUTE_AGO,
    )


def test_a_relative_fallback_has_no_start() -> None:
    """It counts from the start of each transaction."""
    relative = Strategy(kind=Kind.RELATIVE, stack_level=3)
    assert build_fallback(relative, 6.0, connector=1, now=NOW, wiring=Wiring()).start is None


def test_the_ceiling_is_absolute_and_for_the_whole_charge_point() -> None:
    """OCPP 1.6 §3.13.1 allows no relative one."""
    assert build_ceiling(Unit.WATTS, 16.0, now=NOW, wiring=Wiring()) == ChargingProfile(
        profile_id=6100,
        connector=0,
        purpose=Purpose.STATION_MAX,
        kind=Kind.ABSOLUTE,
        stack_level=0,
        unit=Unit.WATTS,
        periods=(Period(0, 11040.0),),
        start=A_MINUTE_AGO,
    )


@pytest.mark.parametrize(
    ("changes", "occupied"),
    [
        ({"stack_level": 1}, False),
        ({"stack_level": 0}, True),
        ({"purpose": Purpose.TX, "stack_level": 0}, False),
        # What holds beside it would hold the current down for ever.
        ({"purpose": Purpose.STATION_MAX, "stack_level": 3}, True),
        # A default of the connector goes before one for all.
        ({"whole": True, "stack_level": 3}, True),
    ],
)
def test_a_fallback_needs_room_below(changes: dict[str, object], occupied: bool) -> None:
    """Else the dynamic limit carries it."""
    assert replace(Strategy(), **changes).occupies_fallback is occupied  # type: ignore[arg-type]  # fields of any type


@given(STRATEGIES)
def test_a_strategy_survives_being_kept(strategy: Strategy) -> None:
    """As JSON."""
    assert Strategy.from_stored(strategy.as_stored()) == strategy


@pytest.mark.parametrize(
    "stored", [{}, {"purpose": "horses"}, {**Strategy().as_stored(), "kind": 1}, {**Strategy().as_stored(), "more": 1}]
)
def test_what_is_no_strategy_is_an_error(stored: dict[str, object]) -> None:
    """The search begins anew then."""
    with pytest.raises((KeyError, ValueError, TypeError)):
        Strategy.from_stored(stored)


def test_a_strategy_can_be_read() -> None:
    """By the user, in diagnostics."""
    assert str(Strategy(stack_level=3)) == "tx_default absolute level 3, A, periods"
    odd = Strategy(purpose=Purpose.TX, whole=True, number_phases=True, pause=0.1, coarse=True, unit=Unit.WATTS)
    assert str(odd) == "tx for all absolute level 0, W, periods, phases named, pauses at 0.1 A, whole amperes"


@given(st.floats(0, 100))
def test_a_current_is_cut_to_tenths(amperes: float) -> None:
    """Never more than it was, but for what arithmetic leaves, and never a tenth less."""
    told = cut(amperes)
    assert told == round(told, 1)
    assert amperes - 0.1 < told <= amperes + 1e-6


@pytest.mark.parametrize(("amperes", "told"), [(15.75, 15.7), (0.3, 0.3), (6900 / 690, 10), (4.6, 4.6), (10.09, 10)])
def test_arithmetic_takes_no_tenth_away(amperes: float, told: float) -> None:
    """10 A stay 10 A."""
    assert cut(amperes) == told


@given(st.floats(0, 32), st.none() | st.floats(0, 32), st.floats(0, 32), st.integers(0, 9), st.integers(0, 9))
def test_a_limit_of_the_whole_charge_point_stays_under_its_ceiling(
    current: float, fallback: float | None, ceiling: float, level: int, highest: int
) -> None:
    """And above it in level, where there is one."""
    strategy = Strategy(purpose=Purpose.STATION_MAX, stack_level=level)
    beside, limit = under_ceiling(strategy, Limit(current, 1, fallback), ceiling, highest)
    assert limit.current == min(current, ceiling)
    assert limit.fallback is None or limit.fallback <= ceiling
    assert beside.stack_level == max(level, min(highest, 1))


def test_other_limits_leave_the_ceiling_to_the_charge_point() -> None:
    """It takes the lowest of all purposes."""
    assert under_ceiling(Strategy(), Limit(20), 16, 3) == (Strategy(), Limit(20))
