"""What a charge point tells that matters to its limits. Pure; how evidence is weighed is in `charging.verification`."""

from custom_components.ocpp_csms.charging.verification import Evidence
from custom_components.ocpp_csms.charging.wiring import STANDBY_CURRENT, Wiring
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointSettings
from custom_components.ocpp_csms.csms.model import Connector, Quantity

_PHASE_CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)
_STRAYS = 0.2  # of the nominal voltage, by which a true one is off at most


def wiring_of(connector: Connector, settings: ChargePointSettings) -> Wiring:
    """Return the phases that are in force and their voltage, as it is measured; one that cannot be true counts as not measured."""
    wiring, measured = settings.wiring, connector.readings.get(Quantity.VOLTAGE)
    is_true = measured is not None and abs(measured - wiring.voltage) <= _STRAYS * wiring.voltage
    return Wiring(connector.phases or wiring.phases, measured if measured is not None and is_true else wiring.voltage)


def measured_current(connector: Connector, settings: ChargePointSettings) -> float | None:
    """Return the highest current of any phase in A; from the power, over all phases, where no current is measured."""
    readings = connector.readings
    by_phase = [readings[quantity] for quantity in _PHASE_CURRENTS if quantity in readings]
    if by_phase:
        return max(by_phase)
    if Quantity.CURRENT in readings:
        return readings[Quantity.CURRENT]
    power = readings.get(Quantity.POWER)
    return None if power is None else wiring_of(connector, settings).amperes(power)


def phases_in_use(connector: Connector) -> int:
    """Return how many phases carry current; 0 when none does, or when they are not told apart."""
    return sum(connector.readings.get(quantity, 0.0) > STANDBY_CURRENT for quantity in _PHASE_CURRENTS)


def evidence_of(
    connector: Connector, settings: ChargePointSettings, *, composite: float | None, was_drawing: bool
) -> Evidence:
    """Return what the connector tells about its limit."""
    readings = connector.readings
    offered = readings.get(Quantity.CURRENT_OFFERED)
    if offered is None and (power := readings.get(Quantity.POWER_OFFERED)) is not None:
        offered = wiring_of(connector, settings).amperes(power)
    return Evidence(
        measured=measured_current(connector, settings),
        # Without a transaction some offer nothing, others everything.
        offered=None if connector.running_transaction is None else offered,
        composite=composite,
        was_drawing=was_drawing,
    )


def concerns_a_car(connector: Connector) -> bool:
    """Whether a car is there, as far as is known."""
    return connector.running_transaction is not None or connector.plugged_in is True
