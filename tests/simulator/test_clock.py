"""Simulated time and what falls due in it."""

from datetime import UTC, datetime

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


def test_duties_run_when_due_and_only_once() -> None:
    done: list[str] = []
    agenda = Agenda()
    agenda.set("late", 20, lambda: done.append("late"))
    agenda.set("early", 10, lambda: done.append("early"))
    agenda.run(9.9)
    assert done == []
    agenda.run(20)
    agenda.run(20)
    assert done == ["early", "late"]


def test_a_duty_that_is_set_again_moves() -> None:
    done: list[int] = []
    agenda = Agenda()
    agenda.set("duty", 10, lambda: done.append(1))
    agenda.set("duty", 30, lambda: done.append(2))
    agenda.run(20)
    assert done == []
    agenda.run(30)
    assert done == [2]


def test_a_duty_can_be_cancelled_by_an_earlier_one() -> None:
    done: list[str] = []
    agenda = Agenda()
    agenda.set("first", 1, lambda: agenda.cancel("second"))
    agenda.set("second", 2, lambda: done.append("second"))
    agenda.run(5)
    assert done == []
