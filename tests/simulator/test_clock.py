"""Simulated time and what falls due in it."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ocpp_csms.simulator.clock import Agenda, Clock


def test_no_two_moments_are_the_same() -> None:
    clock = Clock()
    moments = [clock.now() for _ in range(100)]
    assert len(set(moments)) == 100
    assert moments == sorted(moments)


def test_skipped_time_is_added_to_the_wall_clock() -> None:
    clock = Clock()
    clock.advance(3600)
    ahead = (clock.now() - datetime.now(UTC)).total_seconds()
    assert 3599 < ahead <= 3600.2


def test_time_that_has_passed_anyway_is_not_added() -> None:
    clock = Clock()
    clock.advance(10, elapsed=10)
    assert (clock.uptime, clock.skipped) == (10, 0)


class StoppedClock(Clock):
    """A clock whose wall time is a quarter past noon at the start, and stands still but for what is skipped."""

    def now(self) -> datetime:
        """Return the moment at which it stands."""
        return datetime(2026, 1, 1, 12, 15, tzinfo=UTC) + timedelta(seconds=self.skipped)


@pytest.fixture
def clock() -> Clock:
    return StoppedClock()


@pytest.fixture
def agenda(clock: Clock) -> Agenda:
    return Agenda(clock)


def pass_time(clock: Clock, agenda: Agenda, seconds: float) -> None:
    """Let time pass and do what is due."""
    clock.advance(seconds)
    agenda.run()


def test_duties_run_when_due_and_only_once(clock: Clock, agenda: Agenda) -> None:
    done: list[str] = []
    agenda.after("late", 20, lambda: done.append("late"))
    agenda.after("early", 10, lambda: done.append("early"))
    pass_time(clock, agenda, 9.9)
    assert done == []
    pass_time(clock, agenda, 10.1)
    agenda.run()
    assert done == ["early", "late"]


def test_a_duty_that_is_set_again_moves(clock: Clock, agenda: Agenda) -> None:
    done: list[int] = []
    agenda.after("duty", 10, lambda: done.append(1))
    agenda.after("duty", 30, lambda: done.append(2))
    pass_time(clock, agenda, 20)
    assert done == []
    pass_time(clock, agenda, 10)
    assert done == [2]


def test_a_duty_can_be_cancelled_by_an_earlier_one(clock: Clock, agenda: Agenda) -> None:
    done: list[str] = []
    agenda.after("first", 1, lambda: agenda.cancel("second"))
    agenda.after("second", 2, lambda: done.append("second"))
    pass_time(clock, agenda, 5)
    assert done == []


def test_a_periodic_duty_follows_its_interval_until_there_is_none(clock: Clock, agenda: Agenda) -> None:
    done: list[float] = []
    intervals = iter([10.0, 20.0, 0.0])
    agenda.every("duty", lambda: next(intervals), lambda: done.append(clock.uptime))
    for _ in range(10):
        pass_time(clock, agenda, 10)
    assert done == [10, 30]


def test_an_aligned_duty_runs_at_the_multiples_since_midnight(clock: Clock, agenda: Agenda) -> None:
    """The clock shows 12:15 at the start."""
    done: list[float] = []
    agenda.every_aligned("duty", lambda: 3600.0, lambda: done.append(clock.uptime))
    for _ in range(8):
        pass_time(clock, agenda, 900)
    assert done == [2700, 6300]
