"""What an action is about: a charge point, and the connector of it that was named. Nothing here does anything to it."""

from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.service import async_get_device_and_config_entry
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.devices import locate
from custom_components.ocpp_csms.runtime import OcppConfigEntry, OcppRuntime

from .fields import invalid

ATTR_CONNECTOR: Final = "connector"

CONNECTOR: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_CONNECTOR): vol.All(vol.Coerce(int), vol.Range(min=1))}
"""The field of an action about one connector."""

ANY_CONNECTOR: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_CONNECTOR): vol.All(vol.Coerce(int), vol.Range(min=0))
}
"""The field of an action about a connector, or about the whole charger or any connector of it (0)."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is about: a charge point and the connector of it that the caller named, or whose device the caller chose."""

    hass: HomeAssistant
    runtime: OcppRuntime
    charge_point: ChargePoint
    named: int | None

    @property
    def connector(self) -> int:
        """The connector; it may go unnamed where there is only one. Raises InvalidRequestError."""
        if self.named is not None:
            return self.named
        numbers = [number for number in self.charge_point.connectors if number != 0]
        if not numbers:
            raise InvalidRequestError("no_connector_known")
        if len(numbers) > 1:
            raise InvalidRequestError("connector_required")
        return numbers[0]


def find_target(hass: HomeAssistant, device_id: str, named: int | None = None) -> Target:
    """Return the charge point and connector that a device stands for; a connector that was `named` goes first.

    Raises ServiceValidationError for a device that is none of ours or no charge point's, for an entry that is not loaded, and for a
    connector that does not exist.
    """
    entry: OcppConfigEntry
    device, entry = async_get_device_and_config_entry(hass, DOMAIN, device_id)
    identity, connector = locate(device)
    charge_point = entry.runtime_data.central.charge_points.get(identity)
    if charge_point is None:
        raise invalid("not_a_charge_point", device=device.name_by_user or device.name or device_id)
    if named is None:
        named = connector or None
    if named is not None and named not in charge_point.connectors:
        raise invalid("unknown_connector", charge_point=identity, connector=str(named))
    return Target(hass, entry.runtime_data, charge_point, named)
