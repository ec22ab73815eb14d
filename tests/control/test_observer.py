"""What control is told of a connector: a meter value counts for what was in force when it was taken."""

import pytest

from custom_components.ocpp_csms.control.controlled import Controlled
from custom_components.ocpp_csms.control.observer import _evidence_at
from custom_components.ocpp_csms.csms.charge_point import ChargePoint

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("limit", "told_at", "measured_at", "evidence"),
    [
        (None, None, NOW, NOW),
        (None, None, None, None),
        (16.0, None, NOW, None),
        (16.0, NOW - 10, NOW, None),
        (16.0, NOW + 5, NOW, None),
        (16.0, NOW - 61, NOW, NOW),
    ],
    ids=["no limit", "no meter", "not told", "just told", "told since", "told long ago"],
)
def test_a_meter_value_is_evidence_of_a_limit_that_was_told_long_enough_before(
    charge_point: ChargePoint,
    monkeypatch: pytest.MonkeyPatch,
    limit: float | None,
    told_at: float | None,
    measured_at: float | None,
    evidence: float | None,
) -> None:
    """After a restart of Home Assistant the meter still tells of the fallback; of a charger that has booted nobody knows."""
    charge_point.connectors[1].limit = limit
    monkeypatch.setattr(charge_point.limits, "told_at", lambda _number: told_at)
    assert _evidence_at(Controlled(charge_point, 1, NOW, unlisten=lambda: None), measured_at) == evidence
