"""What a charge point tells that matters to its limits. Pure; how evidence is weighed is in `charging.verification`."""

from collections.abc import Mapping

from custom_components.ocpp_csms.charging.profiles import NOMINAL_VOLTAGE
from custom_components.ocpp_csms.charging.verification import Evidence

from .charge_point_state import ChargePointSettings
from .model import ConfigurationKey, Connector, Quantity
from .quirks import Quirks

_PHASE_CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)
_DRAWS = 1.0  # A: less is standby
_SWITCHING_KEYS = ("connectorswitch3to1phasesupported", "acphaseswitchingsupported")  # of the configuration


def measured_current(connector: Connector, settings: ChargePointSettings) -> float | None:
    """Return the highest current of any phase in A; from the power, over all phases, where no current is measured."""
    readings = connector.readings
    by_phase = [readings[quantity] for quantity in _PHASE_CURRENTS if quantity in readings]
    if by_phase:
        return max(by_phase)
    if Quantity.CURRENT in readings:
        return readings[Quantity.CURRENT]
    power = readings.get(Quantity.POWER)
    return None if power is None else power / (NOMINAL_VOLTAGE * (connector.phases or settings.phases))


def phases_in_use(connector: Connector) -> int:
    """Return how many phases carry current; 0 when none does, or when they are not told apart."""
    return sum(connector.readings.get(quantity, 0.0) > _DRAWS for quantity in _PHASE_CURRENTS)


def evidence_of(
    connector: Connector, settings: ChargePointSettings, *, composite: float | None, was_drawing: bool
) -> Evidence:
    """Return what the connector tells about its limit."""
    readings = connector.readings
    runs = connector.transaction is not None and connector.transaction.running
    offered = readings.get(Quantity.CURRENT_OFFERED)
    if offered is None and (power := readings.get(Quantity.POWER_OFFERED)) is not None:
        offered = power / (NOMINAL_VOLTAGE * (connector.phases or settings.phases))
    return Evidence(
        measured=measured_current(connector, settings),
        offered=offered if runs else None,  # without a transaction some offer nothing, others everything
        composite=composite,
        was_drawing=was_drawing,
    )


def concerns_a_car(connector: Connector) -> bool:
    """Whether a car is there, as far as is known."""
    runs = connector.transaction is not None and connector.transaction.running
    return runs or connector.plugged_in is True


def says_it_switches(configuration: Mapping[str, ConfigurationKey], quirks: Quirks) -> bool:
    """Whether a charge point says, or is known, to charge with one or three phases at will."""
    if quirks.phase_switching is not None:
        return quirks.phase_switching
    values = {key.casefold(): item.value or "" for key, item in configuration.items()}
    return any(values.get(key, "").casefold() == "true" for key in _SWITCHING_KEYS)
