"""A transaction is started for a car that waits for one, a few times at most, and never against who has ended the last one."""

from datetime import UTC, datetime

import pytest

from custom_components.ocpp_csms.control.start_attempts import StartAttempts
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.model import Connector, ConnectorStatus

STARTED = datetime(2026, 6, 1, tzinfo=UTC)
WAITING = Connector(1, status=ConnectorStatus.PREPARING)


def ended(reason: str, status: ConnectorStatus = ConnectorStatus.FINISHING) -> Connector:
    """Return a connector whose transaction has ended."""
    return Connector(1, status=status, transaction=Transaction("7", 1, STARTED, stopped=STARTED, reason=reason))


def first_due(starts: StartAttempts, connector: Connector, *, since: int = 0) -> int | None:
    """Return when a start is due for a car that is wanted to charge, within five minutes; None: never."""
    return next((now for now in range(since, since + 300) if starts.is_due(connector, wanted=True, now=now)), None)


def test_a_charge_point_has_twenty_seconds_to_start_by_itself() -> None:
    """Many do, without a card."""
    assert first_due(StartAttempts(), WAITING) == 20


def test_a_car_that_is_not_wanted_to_charge_does_not_wait() -> None:
    """The twenty seconds begin once it is."""
    starts = StartAttempts()
    assert not starts.is_due(WAITING, wanted=False, now=0)
    assert first_due(starts, WAITING, since=100) == 120


def test_three_times_are_enough() -> None:
    """A charge point that does not start then needs a person."""
    starts, made = StartAttempts(), []
    for now in range(600):
        if starts.is_due(WAITING, wanted=True, now=now):
            starts.made(now)
            made.append(now)
    assert made == [20, 40, 60]


@pytest.mark.parametrize("forget", [lambda starts: starts.car_left(), lambda starts: starts.mode_chosen(WAITING)])
def test_the_next_car_and_a_mode_that_is_chosen_have_new_attempts(forget: object) -> None:
    """It may be another, or the user has seen to it."""
    starts = StartAttempts(count=3)
    assert first_due(starts, WAITING) is None
    assert callable(forget)
    forget(starts)
    assert first_due(starts, WAITING, since=300) is not None


@pytest.mark.parametrize(
    "status", [ConnectorStatus.AVAILABLE, ConnectorStatus.CHARGING, ConnectorStatus.FINISHING, None]
)
def test_only_a_car_that_has_just_come_waits(status: ConnectorStatus | None) -> None:
    """All others have their transaction, or had it."""
    assert first_due(StartAttempts(), Connector(1, status=status)) is None


@pytest.mark.parametrize("reason", ["Local", "Remote", "DeAuthorized", "EmergencyStop", "UnlockCommand"])
def test_what_was_ended_by_hand_is_not_begun_again(reason: str) -> None:
    """Until the user chooses a mode."""
    starts, connector = StartAttempts(), ended(reason)
    assert first_due(starts, connector) is None
    starts.mode_chosen(connector)
    assert first_due(starts, connector, since=300) == 320


def test_what_ended_by_itself_is_begun_again() -> None:
    """A charge point that has restarted, say, once the car waits."""
    assert first_due(StartAttempts(), ended("Reboot", ConnectorStatus.PREPARING)) == 20


def test_a_transaction_that_runs_when_a_mode_is_chosen_may_be_ended_by_hand_later() -> None:
    """That was after the choice."""
    connector = Connector(1, status=ConnectorStatus.CHARGING, transaction=Transaction("7", 1, STARTED))
    starts = StartAttempts()
    starts.mode_chosen(connector)
    assert first_due(starts, ended("Local")) is None


def test_charging_that_was_ended_by_hand_is_not_begun_again_while_its_transaction_waits_for_the_cable() -> None:
    """Until the user chooses a mode."""
    transaction = Transaction("7", 1, STARTED, id_tag="CARD", reason="Local")
    starts, connector = StartAttempts(), Connector(1, status=ConnectorStatus.PREPARING, transaction=transaction)
    assert first_due(starts, connector) is None
    starts.mode_chosen(connector)
    assert first_due(starts, connector, since=300) == 320
