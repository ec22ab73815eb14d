"""The energy of a connector: which numbers are believed, and what a session has taken."""

from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
import pytest

from custom_components.ocpp_csms.csms.booking.energy import EnergyMeter

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(minutes=minutes)


def meter(register: float | None = None) -> EnergyMeter:
    """Return a meter that has seen a register an hour before noon."""
    fresh = EnergyMeter()
    if register is not None:
        fresh.feed(register, at(-60))
    return fresh


# Lifetime registers


def test_the_register_is_the_last_value() -> None:
    """A lifetime register is taken as it comes."""
    energy = meter(5200.0)
    energy.feed(5200.5, at(0))
    assert energy.register == 5200.5
    assert energy.session is None


def test_a_session_takes_what_the_register_gains() -> None:
    """From meterStart to the last value."""
    energy = meter(5200.0)
    energy.begin(5200.0, at(0))
    energy.feed(5202.0, at(30))
    assert energy.session == 2.0
    energy.end(5203.1, at(40))
    assert (energy.session, energy.register) == (3.1, 5203.1)


def test_meter_start_alone_gives_the_register() -> None:
    """StartTransaction may be the first that is heard of it."""
    energy = meter()
    energy.begin(2911.45, at(0))
    assert (energy.register, energy.session) == (2911.45, 0.0)


def test_a_session_without_meter_start_counts_from_the_register() -> None:
    """What was known before the session is where it began."""
    energy = meter(100.0)
    energy.begin(None, at(0))
    energy.feed(101.5, at(10))
    assert energy.session == 1.5


def test_a_session_of_which_nothing_is_known_counts_from_its_first_value() -> None:
    """A transaction that was running before us."""
    energy = meter()
    energy.begin(None, at(0))
    assert (energy.session, energy.register) == (0.0, None)
    energy.feed(72.0, at(1))
    energy.feed(73.0, at(10))
    assert energy.session == 1.0


@pytest.mark.parametrize("meter_start", [-1.0, float("nan"), float("inf"), 1e12])
def test_an_absurd_meter_start_is_no_meter_start(meter_start: float) -> None:
    """The register decides."""
    energy = meter(100.0)
    energy.begin(meter_start, at(0))
    energy.feed(101.0, at(10))
    assert (energy.session, energy.register) == (1.0, 101.0)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), 1e12])
def test_an_absurd_value_is_no_value(value: float) -> None:
    """Neither as the first nor later."""
    energy = meter()
    energy.feed(value, at(0))
    assert energy.register is None
    energy.feed(5.0, at(1))
    energy.feed(value, at(2))
    assert energy.register == 5.0


def test_a_first_zero_says_nothing() -> None:
    """It may be a glitch, and then the lifetime register would count as energy."""
    energy = meter()
    energy.feed(0.0, at(0))
    assert energy.register is None


# Glitches


def test_a_drop_to_zero_is_not_believed_and_its_return_not_counted() -> None:
    """The register comes back as if nothing had been."""
    energy = meter(5200.0)
    energy.begin(5200.0, at(0))
    energy.feed(5202.0, at(35))
    energy.feed(0.0, at(40))
    assert (energy.register, energy.session) == (5202.0, 2.0)
    energy.feed(5202.9, at(45))
    assert (energy.register, energy.session) == (5202.9, 2.9)


def test_zeros_without_end_are_never_believed() -> None:
    """They do not rise."""
    energy = meter(2911.45)
    for minute in range(20):
        energy.feed(0.0, at(minute))
    assert energy.register == 2911.45


def test_a_single_high_value_is_not_believed() -> None:
    """No charge point takes 90 MWh in a minute."""
    energy = meter(5200.0)
    energy.feed(95000.0, at(0))
    assert energy.register == 5200.0
    energy.feed(5200.4, at(1))
    assert energy.register == 5200.4


def test_a_long_silence_may_have_taken_much() -> None:
    """A week without a connection."""
    energy = meter(5200.0)
    energy.feed(5900.0, at(7 * 24 * 60))
    assert energy.register == 5900.0


def test_rounding_is_no_fall() -> None:
    """Wh in one message, tenths of a kWh in another."""
    energy = meter(5200.04)
    energy.feed(5200.0, at(0))
    assert energy.register == 5200.04


def test_an_old_value_from_the_queue_lowers_nothing() -> None:
    """Out of order after a lost connection, and no proof of a fall."""
    energy = meter()
    energy.begin(70.0, at(-10))
    energy.feed(71.2, at(2))
    for minute in (-8, -6, -4, -2, 0):
        energy.feed(70.6 + minute / 20, at(minute))
    assert (energy.register, energy.session) == (71.2, 1.2)


def test_a_replaced_meter_is_believed_after_three_rising_values() -> None:
    """The register goes on from where it was."""
    energy = meter(5200.0)
    energy.feed(1.0, at(0))
    energy.feed(1.5, at(10))
    assert energy.register == 5200.0
    energy.feed(2.0, at(20))
    assert energy.register == 5201.0
    energy.feed(2.5, at(30))
    assert energy.register == 5201.5


def test_low_values_that_do_not_rise_together_prove_nothing() -> None:
    """Noise is no meter."""
    energy = meter(5200.0)
    for minute, value in enumerate([3.0, 1.0, 2.0, 0.5, 0.5, 0.2]):
        energy.feed(value, at(minute))
    assert energy.register == 5200.0


def test_a_counter_that_restarts_within_a_session_goes_on() -> None:
    """What was taken before stays."""
    energy = meter(5200.0)
    energy.begin(5200.0, at(0))
    energy.feed(5202.0, at(10))
    for minute, value in ((20, 0.1), (30, 0.6), (40, 1.1)):
        energy.feed(value, at(minute))
    assert (energy.register, energy.session) == (5203.0, 3.0)


# Meter start and stop that cannot be true


def test_a_register_that_has_lost_a_little_goes_on_from_the_meter_start() -> None:
    """Some keep it only now and then: after a restart in a session the next one begins lower, though not by far."""
    energy = meter(17.5)
    energy.begin(17.80, at(0))
    energy.feed(17.93, at(1))  # and the power fails, with 17.80 kept
    energy.end(None, at(1))
    energy.begin(17.80, at(3))
    energy.feed(17.86, at(3.2))
    energy.end(20.80, at(12))
    assert energy.session == 3.0
    assert energy.register == 20.93


def test_a_meter_start_of_zero_before_a_lifetime_register_is_not_believed() -> None:
    """Two minutes do not take 2911 kWh."""
    energy = meter()
    energy.begin(0.0, at(0))
    energy.feed(2911.45, at(2))
    assert (energy.register, energy.session) == (2911.45, 0.0)
    energy.feed(2911.95, at(8))
    assert energy.session == 0.5


def test_a_meter_start_of_zero_after_a_known_register_is_not_believed() -> None:
    """The register goes on where it was."""
    energy = meter(2911.40)
    energy.begin(0.0, at(0))
    energy.feed(2911.45, at(2))
    assert (energy.register, energy.session) == (2911.45, 0.05)
    assert not energy.session_relative


def test_a_meter_stop_below_the_start_changes_nothing() -> None:
    """The last good value decides."""
    energy = meter(63.0)
    energy.begin(63.0, at(0))
    energy.feed(65.5, at(50))
    energy.end(0.0, at(60))
    assert (energy.session, energy.register) == (2.5, 65.5)


def test_a_session_may_end_without_meter_stop() -> None:
    """Some never say."""
    energy = meter(63.0)
    energy.begin(63.0, at(0))
    energy.feed(65.5, at(50))
    energy.end(None, at(60))
    assert energy.session == 2.5


def test_values_after_the_end_change_only_the_register() -> None:
    """The session is over."""
    energy = meter(3112.4)
    energy.begin(3112.4, at(0))
    energy.end(3118.42, at(150))
    energy.feed(3118.4264, at(151))
    assert (energy.session, energy.register) == (6.02, 3118.4264)


def test_a_second_end_counts_nothing() -> None:
    """StopTransaction comes twice from some."""
    energy = meter(200.0)
    energy.begin(200.0, at(0))
    energy.end(204.41, at(60))
    energy.end(204.41, at(60))
    energy.end(209.0, at(70))
    assert energy.session == 4.41


def test_a_start_that_is_told_late_counts_the_values_that_came_first() -> None:
    """Live values overtake the queue after a lost connection."""
    energy = meter()
    energy.feed(3475.0, at(60))
    energy.begin(3471.906, at(0))
    assert energy.session == 3.094


def test_start_and_stop_decide_where_the_values_between_count_afresh() -> None:
    """Lifetime in start and stop, by session in between."""
    energy = meter()
    energy.begin(5000.0, at(0))
    energy.feed(0.5, at(5))
    energy.feed(1.0, at(10))
    energy.feed(1.5, at(15))
    assert (energy.register, energy.session) == (5001.5, 1.5)
    energy.end(5003.0, at(30))
    assert (energy.register, energy.session) == (5003.0, 3.0)
    energy.begin(5003.0, at(60))
    energy.feed(0.4, at(65))
    assert (energy.register, energy.session) == (5003.4, 0.4)
    energy.end(5003.7, at(70))
    assert (energy.register, energy.session) == (5003.7, 0.7)


def test_values_that_go_on_over_the_sessions_count_from_where_they_were() -> None:
    """By session in start and stop, over the lifetime of a young meter in between, at 11 kW."""
    energy = meter()
    shown, taken = 0.0, []
    for minute in (0, 10, 20, 30):
        energy.begin(0.0, at(minute))
        for tick in range(1, 10):
            shown += 0.03
            energy.feed(shown, at(minute + tick / 6))
        energy.end(0.27, at(minute + 1.5))
        taken.append(energy.session)
        assert energy.register == pytest.approx(shown)
    assert taken == pytest.approx([0.27] * 4)
    assert not energy.session_relative


def test_a_charge_point_that_was_taken_to_count_by_session_may_have_gone_on() -> None:
    """What its first value would demand of one session is too much, and fits the values before: those without samples count too."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    session(energy, 60, 0.6, 1.25)
    energy.begin(0.0, at(120))
    energy.end(1.0, at(130))
    assert energy.session_relative
    energy = EnergyMeter.from_dict(energy.as_dict())
    energy.begin(0.0, at(180))
    energy.feed(2.28, at(180.2))
    assert (energy.session, energy.register) == (0.03, 3.53)
    assert not energy.session_relative


# Registers that count by session


def session(energy: EnergyMeter, begin: float, *values: float, meter_start: float | None = 0.0) -> None:
    """Charge from a minute on, with values six minutes apart."""
    energy.begin(meter_start, at(begin))
    for number, value in enumerate(values, 1):
        energy.feed(value, at(begin + 6 * number))
    energy.end(values[-1], at(begin + 6 * len(values)))


def test_a_register_by_session_counts_from_its_start() -> None:
    """The first session, and a charge point that nobody knows."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    assert (energy.session, energy.register) == (1.25, 1.25)


def test_the_register_of_a_charge_point_that_counts_by_session_is_the_sum_of_its_sessions() -> None:
    """The session's own number is never the lifetime register."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    session(energy, 60, 0.6, 1.2, 2.0)
    assert (energy.session, energy.register) == (2.0, 3.25)
    session(energy, 120, 0.1)
    assert (energy.session, energy.register) == (0.1, 3.35)


def test_a_charge_point_that_was_seen_to_count_by_session_is_marked() -> None:
    """From the second session on; the first could be a new meter's."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    marks = [energy.session_relative]
    session(energy, 60, 0.6, 1.25)
    marks.append(energy.session_relative)
    assert marks == [False, True]
    assert energy.as_dict()["session_relative"] is True


def test_a_register_by_session_is_told_even_when_it_overtakes_the_last_session() -> None:
    """The meter start of 0 says so."""
    energy = meter()
    session(energy, 0, 1.25)
    session(energy, 60, 2.0)
    assert (energy.session, energy.register) == (2.0, 3.25)


def test_a_register_by_session_that_falls_while_idle_costs_nothing() -> None:
    """The charge point shows 0 between sessions."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    for minute in (20, 30, 40, 50):
        energy.feed(0.0, at(minute))
    session(energy, 60, 0.5)
    assert (energy.session, energy.register) == (0.5, 1.75)


def test_a_known_register_by_session_needs_no_meter_start() -> None:
    """What was learned holds."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    session(energy, 60, 0.6, 1.25)
    session(energy, 120, 0.6, 1.0, meter_start=None)
    assert (energy.session, energy.register) == (1.0, 3.5)


def test_a_session_without_samples_counts_its_meter_stop() -> None:
    """A start of 0 and a believable stop."""
    energy = meter()
    energy.begin(0.0, at(0))
    energy.end(3.87, at(63))
    assert energy.session == 3.87


def test_a_charge_point_is_no_longer_taken_to_count_by_session_once_it_goes_on() -> None:
    """New firmware, new habits."""
    energy = meter()
    session(energy, 0, 0.6, 1.25)
    session(energy, 60, 0.6, 1.25)
    marks = [energy.session_relative]
    session(energy, 120, 1.85, 2.25, meter_start=1.25)
    marks.append(energy.session_relative)
    assert marks == [True, False]
    assert (energy.session, energy.register) == (1.0, 3.5)


def test_a_replaced_meter_at_the_begin_of_a_session_goes_on() -> None:
    """The first value bears the new meter's start out."""
    energy = meter(5200.0)
    session(energy, 0, 1.2, 2.2, meter_start=0.2)
    assert (energy.session, energy.register) == (2.0, 5202.0)


def test_a_meter_start_far_above_is_believed_with_the_next_value() -> None:
    """Two messages that agree."""
    energy = meter(5200.0)
    session(energy, 0, 9000.5, 9001.0, meter_start=9000.0)
    assert (energy.session, energy.register) == (1.0, 5201.0)
    assert not energy.session_relative


# Restart


def test_a_meter_survives_a_restart_at_any_point() -> None:
    """Through JSON, after each step, with the same result."""
    kept = meter(0.5)
    restored = EnergyMeter.from_dict(json.loads(json.dumps(kept.as_dict())))
    steps = [(0.6, 6), (1.25, 12), (0.0, 13), (1.3, 14)]
    for energy in (kept, restored):
        energy.begin(0.0, at(0))
    for value, minute in steps:
        kept.feed(value, at(minute))
        restored = EnergyMeter.from_dict(json.loads(json.dumps(restored.as_dict())))
        restored.feed(value, at(minute))
    assert restored.as_dict() == kept.as_dict()
    assert restored.session == 1.3


def test_an_empty_meter_survives_a_restart() -> None:
    """Nothing known, nothing lost."""
    restored = EnergyMeter.from_dict(EnergyMeter().as_dict())
    assert (restored.register, restored.session) == (None, None)


# Whatever comes

numbers = st.one_of(
    st.floats(0, 100),
    st.floats(5000, 5100),
    st.sampled_from([0.0, 0.1, 1.0, 5000.0, 1e8, 1e300, -1.0]),
    st.floats(),
)


class AnyMeter(RuleBasedStateMachine):
    """Begins, values, ends and restarts in any order, at any time."""

    def __init__(self) -> None:
        """Begin with a fresh meter."""
        super().__init__()
        self.energy = EnergyMeter()
        self.register = 0.0
        self.session: float | None = None
        self.running = False

    @rule(value=st.none() | numbers, minute=st.integers(-100, 100))
    def begin(self, value: float | None, minute: int) -> None:
        """A session begins."""
        self.energy.begin(value, at(minute))
        self.session, self.running = 0.0, True

    @rule(value=numbers, minute=st.integers(-100, 100))
    def feed(self, value: float, minute: int) -> None:
        """A value comes."""
        before = self.energy.session
        self.energy.feed(value, at(minute))
        assert self.running or self.energy.session == before

    @precondition(lambda self: self.running)
    @rule(value=st.none() | numbers, minute=st.integers(-100, 100))
    def end(self, value: float | None, minute: int) -> None:
        """The session ends."""
        self.energy.end(value, at(minute))
        self.running = False

    @rule()
    def restart(self) -> None:
        """Home Assistant restarts."""
        self.energy = EnergyMeter.from_dict(json.loads(json.dumps(self.energy.as_dict())))

    @invariant()
    def the_register_never_falls(self) -> None:
        """Not by the least."""
        assert self.energy.register is None or self.energy.register >= self.register
        self.register = self.energy.register or self.register

    @invariant()
    def the_session_never_falls_and_is_never_negative(self) -> None:
        """From begin to end."""
        if self.session is not None:
            assert self.energy.session is not None and self.energy.session >= self.session >= 0
            self.session = self.energy.session


TestAnyMeter = AnyMeter.TestCase


@given(st.lists(st.floats(0, 2), min_size=1, max_size=30), st.floats(0.01, 9000))
def test_an_honest_charge_point_is_followed_exactly(steps: list[float], start: float) -> None:
    """Rises within reason are taken as they are."""
    energy = EnergyMeter()
    energy.begin(start, at(0))
    value = start
    for number, step in enumerate(steps, 1):
        value += step
        energy.feed(value, at(6 * number))
        assert energy.register == pytest.approx(value, abs=1e-5)
        assert energy.session == pytest.approx(value - start, abs=1e-5)
