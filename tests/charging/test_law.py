"""The solar law of one connector: what it asks for, and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
import math

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ocpp_csms.charging import advantage
from custom_components.ocpp_csms.charging.law import (
    DEADBAND,
    LIMIT_PATIENCE,
    MODE_PATIENCE,
    PAUSE,
    WRITE_GAP,
    LawConfig,
    LawSample,
    LawState,
    Setpoint,
    current_for,
    in_steps,
    step,
)
from custom_components.ocpp_csms.charging.surplus import (
    SETTLE,
    SETTLE_AFTER_START,
    ChargerDraw,
    SurplusState,
    estimate_surplus,
)

MINUTE = 60.0
HOUR = 3600.0
ONE_PHASE = LawConfig(phase_modes=(0, 1))
THREE_PHASES = LawConfig(phase_modes=(0, 3))
SWITCHING = LawConfig(phase_modes=(0, 1, 3))


@dataclass
class Connector:
    """A connector that obeys at once, in a surplus that is known but while it settles; keeps what was written and when."""

    config: LawConfig
    limit: float = 0.0
    phases: int = 0
    now: float = 0.0
    state: LawState = field(default_factory=LawState)
    written: list[tuple[float, Setpoint]] = field(default_factory=list)
    settles: float = -math.inf
    known: float = 0.0

    def run(self, seconds: float, surplus: float | Callable[[float], float], interval: float = 10.0) -> None:
        """Let so many seconds pass, with a sample at each interval."""
        end = self.now + seconds
        while self.now < end:
            self.now += interval
            self.sample(surplus(self.now) if callable(surplus) else surplus)

    def sample(self, surplus: float) -> None:
        """Tell the law of a surplus, and obey."""
        settled = self.now >= self.settles
        self.known = surplus if settled else self.known
        sample = LawSample(
            now=self.now,
            surplus=self.known,
            settled=settled,
            limit=self.limit,
            phases=self.phases,
            offset=0.0,
        )
        self.state, setpoint = step(self.state, sample, self.config)
        if setpoint is not None:
            starting = setpoint.phases not in {0, self.phases}
            self.settles = self.now + SETTLE + (SETTLE_AFTER_START if starting else 0.0)
            self.limit, self.phases = setpoint.current, setpoint.phases
            self.written.append((self.now, setpoint))

    @property
    def power(self) -> float:
        """Return what the car is offered, in W."""
        return self.limit * self.phases * self.config.voltage


def charging(config: LawConfig, surplus: float) -> Connector:
    """Return a connector that has long been charging in a steady surplus."""
    connector = Connector(config)
    connector.run(HOUR, surplus)
    assert connector.phases
    return connector


def test_it_starts_when_the_sun_is_enough() -> None:
    """Within minutes, with the current that the sun gives."""
    connector = Connector(ONE_PHASE)
    connector.run(5 * MINUTE, 3000.0)
    assert connector.phases == 1
    assert connector.power == pytest.approx(3000, abs=230 * DEADBAND)


def test_it_does_not_start_when_most_would_come_from_the_grid() -> None:
    """500 W of sun are 36 % of what a car takes at least."""
    connector = Connector(ONE_PHASE)
    connector.run(3 * HOUR, 500.0)
    assert connector.written == []


@pytest.mark.parametrize(("share", "charges"), [(0.5, True), (0.9, False)])
def test_the_share_of_sun_decides_whether_it_charges(share: float, charges: bool) -> None:
    """1000 W of sun are 72 % of what a car takes at least."""
    connector = Connector(replace(ONE_PHASE, share=share))
    connector.run(HOUR, 1000.0)
    assert bool(connector.phases) is charges


def test_a_share_of_nothing_charges_without_any_sun() -> None:
    """As min_solar does: the grid weighs nothing, once there is sun at all."""
    connector = Connector(replace(ONE_PHASE, share=0.0))
    connector.run(HOUR, 100.0)
    assert connector.phases == 1


def test_a_share_of_all_is_possible() -> None:
    """It charges in plenty of sun, and does not divide by nothing."""
    connector = Connector(replace(ONE_PHASE, share=1.0))
    connector.run(HOUR, 3000.0)
    assert connector.phases == 1


@pytest.mark.parametrize(("config", "surplus"), [(ONE_PHASE, 2500.0), (THREE_PHASES, 6000.0)])
def test_a_kettle_never_stops_a_session(config: LawConfig, surplus: float) -> None:
    """2 kW for 150 s: the current goes down and comes back."""
    connector = charging(config, surplus)
    connector.written.clear()
    connector.run(150.0, surplus - 2000)
    connector.run(10 * MINUTE, surplus)
    assert PAUSE not in [setpoint for _, setpoint in connector.written]
    assert connector.power == pytest.approx(surplus, abs=230 * DEADBAND * connector.phases)


@pytest.mark.parametrize(("share", "minutes"), [(0.5, 10), (0.75, 4)])
def test_a_large_import_acts_within_a_minute(share: float, minutes: int) -> None:
    """9 kW are gone: the minimum at the next sample; a pause when the loss is worth it, the sooner the more the grid weighs."""
    connector = charging(replace(THREE_PHASES, share=share), 7000.0)
    connector.run(20.0, -2000.0)
    assert connector.limit == 6
    connector.run(minutes * MINUTE, -2000.0)
    assert connector.limit == 0


def test_a_small_deficit_is_held_for_long() -> None:
    """A quarter of an hour at 200 W short is dearer to change than to bear; whole hours are not."""
    connector = charging(ONE_PHASE, 1500.0)
    connector.run(15 * MINUTE, 590.0)
    assert connector.limit == 6
    connector.run(4 * HOUR, 590.0)
    assert connector.limit == 0


def test_it_takes_three_phases_when_one_is_not_enough() -> None:
    """And the current that suits them."""
    connector = charging(SWITCHING, 2500.0)
    assert connector.phases == 1
    connector.run(20 * MINUTE, 6000.0)
    assert connector.phases == 3
    assert connector.power == pytest.approx(6000, abs=690 * DEADBAND)


def test_it_goes_back_to_one_phase_when_three_are_too_many() -> None:
    """Without a pause between."""
    connector = charging(SWITCHING, 6000.0)
    assert connector.phases == 3
    connector.written.clear()
    connector.run(20 * MINUTE, 1600.0)
    assert connector.phases == 1
    assert PAUSE not in [setpoint for _, setpoint in connector.written]


def test_passing_clouds_do_not_change_the_phases() -> None:
    """Two minutes of cloud in every six: it stays with three phases."""
    connector = charging(SWITCHING, 6500.0)
    connector.written.clear()
    connector.run(2 * HOUR, lambda now: 2500.0 if now % 360 < 120 else 6500.0)
    assert {setpoint.phases for _, setpoint in connector.written} == {3}


def test_what_may_not_pause_starts_at_once_and_never_pauses() -> None:
    """A charger in min_solar has no mode 0."""
    connector = Connector(LawConfig(phase_modes=(1, 3)))
    connector.run(10.0, -2000.0)
    assert (connector.limit, connector.phases) == (6.0, 1)
    connector.run(5 * HOUR, lambda now: -3000.0 if now % 900 < 450 else 7000.0)
    assert all(setpoint.phases for _, setpoint in connector.written)


def test_nothing_but_a_pause_is_possible_without_a_mode_that_charges() -> None:
    """A connector that another one's turn keeps paused."""
    connector = Connector(LawConfig(phase_modes=(0,)), limit=8.0, phases=1)
    connector.run(10.0, 5000.0)
    assert [setpoint for _, setpoint in connector.written] == [PAUSE]
    connector.run(HOUR, 5000.0)
    assert len(connector.written) == 1


@pytest.mark.parametrize(("modes", "phases"), [((0, 1), 1), ((0, 3), 3)])
def test_phases_that_it_may_not_use_are_left_at_once(modes: tuple[int, ...], phases: int) -> None:
    """Somebody else set two of them."""
    connector = Connector(LawConfig(phase_modes=modes), limit=10.0, phases=2)
    connector.run(10.0, 5000.0)
    assert connector.phases == phases


def test_modes_can_change_while_it_runs() -> None:
    """The user lets it switch phases from now on."""
    connector = charging(ONE_PHASE, 6500.0)
    connector.config = SWITCHING
    connector.run(30 * MINUTE, 6500.0)
    assert connector.phases == 3


def test_a_small_error_is_not_written() -> None:
    """50 W are a fifth of an ampere."""
    connector = charging(ONE_PHASE, 2300.0)
    connector.written.clear()
    connector.run(HOUR, 2350.0)
    assert connector.written == []


def test_an_error_that_changes_its_sign_is_not_written() -> None:
    """Half an ampere to and fro is cheaper than a write each time."""
    connector = charging(ONE_PHASE, 2300.0)
    connector.written.clear()
    connector.run(HOUR, lambda now: 2450.0 if now % 20 < 10 else 2150.0)
    assert connector.written == []


def test_a_charger_in_whole_amperes_does_not_flap() -> None:
    """Half way between two steps it stays with one of them."""
    connector = charging(replace(ONE_PHASE, step=1.0), 10.5 * 230)
    connector.written.clear()
    connector.run(HOUR, lambda now: (10.4 if now % 60 < 30 else 10.6) * 230)
    assert connector.written == []


@pytest.mark.parametrize(("share", "current"), [(0.5, 11.0), (0.75, 10.0), (0.3, 11.0)])
def test_whole_amperes_are_rounded_by_the_share(share: float, current: float) -> None:
    """At 10.6 A the upper step has 60 % of sun in what it takes more."""
    assert in_steps(10.6, replace(ONE_PHASE, share=share, step=1.0)) == current


def test_a_minimum_between_two_steps_is_never_undercut() -> None:
    """A charger in whole amperes with a minimum of 6.5 A is told 7 A, and no more than its maximum."""
    config = replace(ONE_PHASE, minimum=6.5, maximum=15.5, step=1.0)
    assert in_steps(6.5, config) == 7
    assert in_steps(15.5, config) == 15


def test_a_car_that_draws_less_is_offered_more() -> None:
    """By what it was seen to leave, up to an ampere."""
    assert current_for(2300.0, 1, 0.4, ONE_PHASE) == pytest.approx(10.4)
    assert current_for(2300.0, 1, 5.0, ONE_PHASE) == pytest.approx(11.0)
    assert current_for(2300.0, 1, -1.0, ONE_PHASE) == pytest.approx(10.0)


def test_it_goes_on_from_the_limit_that_a_fuse_allows() -> None:
    """8 A are in force where it asked for 13 A: it asks again, not at each sample; and takes them when it may."""
    connector = charging(ONE_PHASE, 2990.0)
    connector.written.clear()
    for _ in range(60):
        connector.limit = min(connector.limit, 8.0)
        connector.run(10.0, 2990.0)
    times = [now for now, _ in connector.written]
    assert {setpoint.current for _, setpoint in connector.written} == {13.0}
    assert all(later - earlier >= LIMIT_PATIENCE for earlier, later in pairwise(times))
    connector.run(MINUTE, 2990.0)
    assert connector.limit == 13


def refuse(
    state: LawState, config: LawConfig, surplus: float, seconds: float, start: float = 0.0
) -> tuple[LawState, list[float]]:
    """Return the state and the times of what was asked for, while nothing of it is done."""
    asked = []
    for index in range(int(seconds / 10)):
        now = start + 10.0 * index
        sample = LawSample(now=now, surplus=surplus, settled=True, limit=0.0, phases=0, offset=0.0)
        state, setpoint = step(state, sample, config)
        if setpoint is not None:
            asked.append(now)
    return state, asked


def test_a_refused_start_is_asked_for_again_but_not_at_once() -> None:
    """The charger may be busy changing phases."""
    _, asked = refuse(LawState(), ONE_PHASE, 3000.0, HOUR)
    assert len(asked) >= 3
    assert all(later - earlier >= MODE_PATIENCE for earlier, later in pairwise(asked))


def test_a_silence_of_an_hour_counts_for_a_minute() -> None:
    """Nobody knows what happened in it."""
    connector = charging(ONE_PHASE, 1500.0)
    connector.now += HOUR
    connector.run(10.0, 590.0)
    assert connector.limit >= 6


def test_time_that_runs_backwards_counts_for_nothing() -> None:
    """A clock was set; no sample is worth less than nothing."""
    connector = charging(ONE_PHASE, 3000.0)
    connector.now -= HOUR
    connector.run(10.0, 3000.0)
    assert connector.limit == pytest.approx(13.0, abs=DEADBAND)


def test_a_slow_sensor_makes_the_grid_weigh_more() -> None:
    """What is taken between two samples is not seen: at 970 W and 66 % it charges only with a sensor that is fast enough."""
    config = replace(ONE_PHASE, share=0.66)
    fast, slow = Connector(config), Connector(config)
    fast.run(3 * HOUR, 970.0, interval=10.0)
    slow.run(3 * HOUR, 970.0, interval=60.0)
    assert fast.phases == 1
    assert slow.phases == 0


def test_the_sun_is_followed_while_the_charger_settles() -> None:
    """With a PV sensor a cloud is answered at the next sample, and not when the grid can be believed again."""
    state, limit, written = LawState(), 10.0, []
    for now, solar, settled in ((0.0, 3000.0, True), (10.0, 3000.0, True), (20.0, 1900.0, False)):
        sample = LawSample(now=now, surplus=2300.0, settled=settled, limit=limit, phases=1, offset=0.0, solar=solar)
        state, setpoint = step(state, sample, ONE_PHASE)
        written.append(setpoint)
    assert written[:2] == [None, None]
    assert written[2] is not None
    assert written[2].current == pytest.approx(6.0)


@pytest.mark.parametrize("interval", [1, 10])
def test_a_charger_that_takes_ten_seconds_to_obey_does_not_swing(interval: int) -> None:
    """A car that ramps 10 s after it was told, seen by a sensor of 1 s or 10 s: steps of the sun cost a handful of writes."""
    state, surplus_state = LawState(), SurplusState()
    orders: list[tuple[int, float, int]] = []
    limit, phases, drawn, written_at, count = 0.0, 0, 0.0, -math.inf, 0
    for now in range(1800):
        effective = [order for order in orders if order[0] <= now - 10]
        aim = effective[-1][1] * effective[-1][2] * 230 if effective else 0.0
        drawn += max(-1840.0, min(345.0, aim - drawn))
        if now % interval:
            continue
        surplus = 3300.0 if now % 1200 < 600 else 1800.0
        charger = ChargerDraw(
            limit=limit,
            phases=phases,
            measured=None,
            measured_at=None,
            written_at=written_at,
            drawing=True,
            offset=0.0,
        )
        surplus_state = estimate_surplus(surplus_state, float(now), drawn - surplus, 0.0, [charger])
        sample = LawSample(
            now=float(now),
            surplus=surplus_state.surplus,
            settled=surplus_state.settled,
            limit=limit,
            phases=phases,
            offset=0.0,
        )
        state, setpoint = step(state, sample, ONE_PHASE)
        if setpoint is not None:
            written_at = now + (SETTLE_AFTER_START if setpoint.phases not in {0, phases} else 0.0)
            limit, phases, count = setpoint.current, setpoint.phases, count + 1
            orders.append((now, limit, phases))
    assert phases == 1
    assert count <= 10


surpluses = st.floats(min_value=-12_000, max_value=16_000)
configs = st.builds(
    LawConfig,
    phase_modes=st.sampled_from([(0, 1), (0, 3), (0, 1, 3), (1, 3), (0, 2), (1,)]),
    share=st.floats(min_value=0, max_value=1),
    step=st.sampled_from([0.1, 0.5, 1.0]),
    maximum=st.sampled_from([6.0, 16.0, 32.0]),
)
spans = st.lists(
    st.tuples(
        st.floats(min_value=20, max_value=1500),
        surpluses,
        st.sampled_from([5.0, 10.0, 37.0, 90.0]),
        st.none() | surpluses,
    ),
    min_size=1,
    max_size=8,
)


def play(
    config: LawConfig, weather: Sequence[tuple[float, float, float, float | None]]
) -> list[tuple[LawSample, Setpoint | None]]:
    """Return all samples and answers of a connector that obeys at once."""
    state, now, limit, phases, settles, known = LawState(), 0.0, 0.0, 0, 0.0, 0.0
    answers = []
    for seconds, surplus, interval, solar in weather:
        end = now + seconds
        while now < end:
            now += interval
            known = surplus if now >= settles else known
            sample = LawSample(
                now=now,
                surplus=known,
                settled=now >= settles,
                limit=limit,
                phases=phases,
                offset=0.3,
                solar=solar,
            )
            state, setpoint = step(state, sample, config)
            answers.append((sample, setpoint))
            if setpoint is not None:
                settles = now + SETTLE
                limit, phases = setpoint.current, setpoint.phases
    return answers


@settings(max_examples=60, deadline=None)
@given(config=configs, weather=spans)
def test_what_is_asked_for_can_be_done(
    config: LawConfig, weather: list[tuple[float, float, float, float | None]]
) -> None:
    """A pause or a current within the limits, on a step of the charger, with phases that it may use; never not a number."""
    for _, setpoint in play(config, weather):
        if setpoint is None:
            continue
        assert setpoint.phases in config.phase_modes
        assert math.isfinite(setpoint.current)
        assert (setpoint.current == 0) is (setpoint.phases == 0)
        if setpoint.phases:
            assert config.minimum <= setpoint.current <= config.maximum
        assert setpoint.current / config.step == pytest.approx(round(setpoint.current / config.step))


@settings(max_examples=60, deadline=None)
@given(config=configs, weather=spans)
def test_nothing_is_written_within_the_deadband_or_too_often(
    config: LawConfig, weather: list[tuple[float, float, float, float | None]]
) -> None:
    """A write changes the phases, or the current by nearly the deadband (its step may take the rest), and keeps its distance."""
    last = -math.inf
    for sample, setpoint in play(config, weather):
        if setpoint is None:
            continue
        if setpoint.phases == sample.phases:
            assert abs(setpoint.current - sample.limit) >= DEADBAND - config.step / 2
            assert sample.now - last >= WRITE_GAP
        last = sample.now


@settings(max_examples=60, deadline=None)
@given(config=configs, weather=spans)
def test_modes_last(config: LawConfig, weather: list[tuple[float, float, float, float | None]]) -> None:
    """At most thirty changes an hour, whatever the sun does."""
    changes = [
        sample.now
        for sample, setpoint in play(config, weather)
        if setpoint is not None and setpoint.phases != sample.phases
    ]
    assert all(later - earlier >= HOUR / 30 for earlier, later in pairwise(changes))
    shortest = min(advantage.START_DWELL, advantage.STOP_DWELL, advantage.PHASES_DWELL)
    assert all(later - earlier >= shortest for earlier, later in pairwise(changes))


@settings(max_examples=30, deadline=None)
@given(config=configs, weather=spans)
def test_the_same_samples_give_the_same_answers(
    config: LawConfig, weather: list[tuple[float, float, float, float | None]]
) -> None:
    """There is no clock and no chance in it."""
    assert play(config, weather) == play(config, weather)


@settings(max_examples=60, deadline=None)
@given(low=surpluses, more=st.floats(min_value=0, max_value=8000), config=configs)
def test_more_sun_is_never_less_current(low: float, more: float, config: LawConfig) -> None:
    """In the same mode, the sun being steady."""
    config = replace(config, phase_modes=(1,))
    less, greater = (play(config, [(10.0, surplus, 10.0, None)])[-1][1] for surplus in (low, low + more))
    assert less is not None
    assert greater is not None
    assert less.current <= greater.current
