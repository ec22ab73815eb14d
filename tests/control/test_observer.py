"""What control is told of a connector: a meter value counts for what was in force when it was taken."""

import pytest

from custom_components.ocpp_csms.control.controlled import Controlled
from custom_components.ocpp_csms.control.observer import _shows_limit
from custom_components.ocpp_csms.csms.charge_point import ChargePoint

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
