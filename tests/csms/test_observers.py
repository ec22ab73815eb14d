"""Observers: who listens to a key is told once a batch, and nobody else."""

import logging

import pytest

from custom_components.ocpp_csms.csms.model import Event, Quantity
from custom_components.ocpp_csms.csms.observers import Observers


def test_a_listener_is_told_once_for_a_batch() -> None:
    """However many of its keys have changed, and not before the end of the batch."""
    observers, told = Observers(), []
    observers.listen(1, ("status", Quantity.POWER), lambda: told.append("told"))
    observers.mark(1, "status")
    observers.mark(1, Quantity.POWER)
    observers.mark(1, "status")
    assert told == []
    observers.flush()
    observers.flush()
    assert told == ["told"]


@pytest.mark.parametrize(("connector", "key"), [(1, "limit"), (2, "status"), (0, "status")])
def test_other_keys_and_other_connectors_are_not_told(connector: int, key: str) -> None:
    """Direct addressing."""
    observers, told = Observers(), []
    observers.listen(1, ("status",), lambda: told.append("told"))
    observers.mark(connector, key)
    observers.flush()
    assert told == []


def test_who_has_left_is_not_told() -> None:
    """Leaving twice does no harm, and does not take another's place away."""
    observers, told = Observers(), []
    leave = observers.listen(1, ("status",), lambda: told.append("one"))
    observers.listen(1, ("status",), lambda: told.append("two"))
    leave()
    leave()
    observers.mark(1, "status")
    observers.flush()
    assert told == ["two"]


def test_who_leaves_within_a_batch_is_not_told() -> None:
    """Between mark and flush."""
    observers, told = Observers(), []
    leave = observers.listen(1, ("status",), lambda: told.append("told"))
    observers.mark(1, "status")
    leave()
    observers.flush()
    assert told == []


def test_events_reach_all_who_listen_in_order() -> None:
    """Until they leave."""
    observers = Observers()
    one: list[Event] = []
    two: list[Event] = []
    leave = observers.listen_events(one.append)
    observers.listen_events(two.append)
    first, second = Event("boot", "boot"), Event("transaction", "started", 1)
    observers.emit(first)
    observers.emit(second)
    observers.flush()
    leave()
    observers.emit(first)
    observers.flush()
    assert one == [first, second]
    assert two == [first, second, first]


def test_a_listener_that_fails_does_not_keep_others_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged in one line: what failed may come of a charge point's frame. The traceback is for debugging."""
    caplog.set_level(logging.INFO)
    observers, told = Observers(), []

    def fail(*_: object) -> None:
        raise ValueError

    observers.listen(1, ("status",), fail)
    observers.listen(1, ("status",), lambda: told.append("key"))
    observers.listen_events(fail)
    observers.listen_events(lambda event: told.append(event.kind))
    observers.mark(1, "status")
    observers.emit(Event("boot", "boot"))
    observers.flush()
    assert told == ["key", "boot"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert [record.exc_info for record in caplog.records] == [None, None]


def test_what_a_listener_causes_is_told_in_the_next_batch() -> None:
    """A change within a listener is not lost and does not turn in circles."""
    observers, told = Observers(), []

    def change() -> None:
        told.append("status")
        observers.mark(1, "limit")

    observers.listen(1, ("status",), change)
    observers.listen(1, ("limit",), lambda: told.append("limit"))
    observers.mark(1, "status")
    observers.flush()
    assert told == ["status"]
    observers.flush()
    assert told == ["status", "limit"]
