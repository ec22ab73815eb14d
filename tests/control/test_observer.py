"""What control is told of a connector: a meter value counts for what was in force when it was taken."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ocpp_csms.control.controlled import Controlled
from custom_components.ocpp_csms.control.observer import _is_closed, _shows_limit, energy_age
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector, ConnectorStatus

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("limit", "told_at", "measured_at", "shows"),
    [
        (None, None, NOW, True),
        (None, None, None, False),
        (16.0, None, NOW, False),
        (16.0, NOW - 10, NOW, False),
        (16.0, NOW + 5, NOW, False),
        (16.0, NOW - 61, NOW, True),
    ],
    ids=["no limit", "no meter", "not told", "just told", "told since", "told long ago"],
)
def test_a_meter_value_is_evidence_of_a_limit_that_was_told_long_enough_before(
    charge_point: ChargePoint,
    monkeypatch: pytest.MonkeyPatch,
    limit: float | None,
    told_at: float | None,
    measured_at: float | None,
    shows: bool,
) -> None:
    """After a restart of Home Assistant the meter still tells of the fallback; of a charger that has booted nobody knows."""
    charge_point.connectors[1].limit = limit
    monkeypatch.setattr(charge_point.limits, "told_at", lambda _number: told_at)
    assert _shows_limit(Controlled(charge_point, 1, NOW, unlisten=lambda: None), measured_at) is shows


@pytest.mark.parametrize(
    ("metered", "behind", "age"), [(-60.0, 0.0, 60.0), (-3660.0, 3600.0, 60.0), (3600.0, -3600.0, -3600.0)]
)
def test_energy_is_as_old_as_its_meter_value_by_our_clock(
    charge_point: ChargePoint, metered: float, behind: float, age: float
) -> None:
    """A charger whose clock is behind tells nothing late; what one that is ahead tells is of now."""
    now = datetime.fromtimestamp(NOW, UTC)
    charge_point.clock_skew.value = -timedelta(seconds=behind)
    transaction = Transaction("1", 1, now, metered=now + timedelta(seconds=metered))
    charge_point.connectors[1].transaction = transaction
    assert energy_age(Controlled(charge_point, 1, NOW, unlisten=lambda: None), NOW) == age


def test_no_energy_has_no_age(charge_point: ChargePoint) -> None:
    """Neither without a transaction, nor before its first meter value."""
    controlled = Controlled(charge_point, 1, NOW, unlisten=lambda: None)
    charge_point.connectors[1].transaction = None
    assert energy_age(controlled, NOW) == 0.0
    charge_point.connectors[1].transaction = Transaction("1", 1, datetime.fromtimestamp(NOW, UTC))
    assert energy_age(controlled, NOW) == 0.0


@pytest.mark.parametrize(
    ("status", "id_tag", "reason", "closed"),
    [
        (ConnectorStatus.PREPARING, "CARD", None, False),
        (ConnectorStatus.PREPARING, None, None, True),
        (ConnectorStatus.PREPARING, "CARD", "Remote", True),
        (ConnectorStatus.SUSPENDED_EVSE, "CARD", "Local", True),
        (ConnectorStatus.SUSPENDED_EV, None, None, False),
        (ConnectorStatus.CHARGING, "CARD", "Local", False),
    ],
)
def test_a_transaction_in_which_nobody_may_charge_is_none(
    status: ConnectorStatus, id_tag: str | None, reason: str | None, closed: bool
) -> None:
    """Some begin with the cable and end with it: whoever is not authorized, or has ended charging, draws no current."""
    transaction = Transaction("1", 1, datetime.fromtimestamp(NOW, UTC), id_tag=id_tag, reason=reason)
    assert _is_closed(Connector(1, status=status, transaction=transaction)) is closed


@pytest.mark.parametrize(("status", "closed"), [(ConnectorStatus.PREPARING, True), (ConnectorStatus.CHARGING, False)])
def test_a_status_tells_of_a_transaction_that_is_not_known(status: ConnectorStatus, closed: bool) -> None:
    """It began before we were there."""
    assert _is_closed(Connector(1, status=status)) is closed
