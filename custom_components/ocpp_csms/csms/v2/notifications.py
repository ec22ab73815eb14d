"""What a charging station tells beside its transactions and variables: limits of others, what a car needs, reservations that end.

Source: OCPP 2.0.1 part 2, K11…K14 (external limits), K15, K17 (needs and schedules of cars, ISO 15118), H04 (reservations); OCPP 2.1.
"""

from collections.abc import Mapping
from typing import Any

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.limiting.composite_schedules import UNITS
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample
from custom_components.ocpp_csms.csms.model import Event, ExternalLimit, Reading
from custom_components.ocpp_csms.csms.reservations import ReservationStatus
from custom_components.ocpp_csms.csms.wire.fields import connector_number, folded, nested, positive, text

_RESERVATION_ENDS = {
    "expired": ReservationStatus.EXPIRED,
    "removed": ReservationStatus.DROPPED,
    "notransaction": ReservationStatus.DROPPED,
}


def external_limit(payload: Mapping[str, Any]) -> ExternalLimit:
    """Return the limit that a NotifyChargingLimit tells of: the first period of its first schedule is what holds now."""
    said = nested(payload.get("chargingLimit"))
    schedule = _first(payload.get("chargingSchedule"))
    limit = _amount(_first(schedule.get("chargingSchedulePeriod")).get("limit"))
    unit = UNITS.get(folded(schedule.get("chargingRateUnit")))
    critical = said.get("isGridCritical")
    return ExternalLimit(
        source=text(said.get("chargingLimitSource")) or "Other",
        limit=limit if unit is not None else None,
        unit=unit.value if limit is not None and unit is not None else None,
        grid_critical=critical if isinstance(critical, bool) else None,
    )


def limit_told(charge_point: ChargePoint, payload: Mapping[str, Any]) -> str | None:
    """Take a NotifyChargingLimit (K12); without an EVSE it is about the whole station. Return what is wrong with it, if anything."""
    evse = connector_number(payload.get("evseId"))
    if evse is None:
        return "no such EVSE"
    charge_point.externally_limited(evse, external_limit(payload))
    return None


def limit_cleared(charge_point: ChargePoint, payload: Mapping[str, Any]) -> str | None:
    """Take a ClearedChargingLimit (K13); without an EVSE nothing of that source is left. Return what is wrong with it, if anything."""
    evse, source = connector_number(payload.get("evseId")), folded(payload.get("chargingLimitSource"))
    if evse is None:
        return "no such EVSE"
    for number in [evse] if evse else list(charge_point.connectors):
        known = charge_point.connector(number).external_limit
        if known is not None and (not source or folded(known.source) == source):
            charge_point.externally_limited(number, None)
    return None


def needs_told(charge_point: ChargePoint, payload: Mapping[str, Any]) -> str | None:
    """Take a NotifyEVChargingNeeds (K15): the state of charge is a reading, the rest an event. Return what is wrong with it, if anything."""
    evse = connector_number(payload.get("evseId"))
    if not evse:
        return "no such EVSE"
    needs = nested(payload.get("chargingNeeds"))
    ac, dc = nested(needs.get("acChargingParameters")), nested(needs.get("dcChargingParameters"))
    v2x = nested(needs.get("v2xChargingParameters"))
    data = {
        "energy_transfer": text(needs.get("requestedEnergyTransfer")),
        "departure": text(needs.get("departureTime")),
        "energy": _amount(ac.get("energyAmount") or dc.get("energyAmount") or v2x.get("evTargetEnergyRequest")),  # Wh
        "minimum_current": _amount(ac.get("evMinCurrent")),  # A
        "maximum_current": _amount(ac.get("evMaxCurrent") or dc.get("evMaxCurrent")),
        "maximum_power": _amount(dc.get("evMaxPower")),  # W
        "battery_capacity": _amount(dc.get("evEnergyCapacity")),  # Wh
        "soc": _amount(dc.get("stateOfCharge")),  # %
        "full_soc": _amount(dc.get("fullSoC")),
    }
    soc = data["soc"]
    if isinstance(soc, float) and soc <= 100:
        reading = Reading("SoC", soc, "Percent", location="EV")
        charge_point.sampled(evse, [MeterSample(None, (reading,))], None)
    said = {name: value for name, value in data.items() if value is not None}
    charge_point.announce(Event("charging_needs", "charging_needs", evse, said))
    return None


def reservation_ended(charge_point: ChargePoint, payload: Mapping[str, Any]) -> str | None:
    """Take a ReservationStatusUpdate (H04). Return what is wrong with it, if anything."""
    reservation_id = positive(payload.get("reservationId"))
    status = _RESERVATION_ENDS.get(folded(payload.get("reservationUpdateStatus")))
    if reservation_id is None or status is None:
        return "no such reservation" if reservation_id is None else "unknown status"
    charge_point.reserving.ended(reservation_id, status)
    return None


def _first(value: Any) -> Mapping[str, Any]:
    """Return the first object of a list, or an object that stands where a list should."""
    return nested(value[0] if isinstance(value, list) and value else value)


def _amount(value: Any) -> float | None:
    """Return a number that can be one of A, W, Wh or %, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return float(value)
