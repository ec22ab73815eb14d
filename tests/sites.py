"""The subentries of a house with a charger, for tests of the entities and actions of charging control."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry, ConfigSubentryData
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.const import SUBENTRY_CHARGE_POINT, SUBENTRY_SITE
from custom_components.ocpp_csms.control.controlled import ControlStatus
from custom_components.ocpp_csms.csms.charge_point import ChargePoint

GRID = "sensor.grid_power"
PRICE = "sensor.price"
CURRENTS = {f"phase_{phase}": f"sensor.current_{phase}" for phase in ("l1", "l2", "l3")}


def charger(**data: Any) -> ConfigSubentryData:
    """Return the subentry of CP1."""
    return ConfigSubentryData(
        data={"charge_point_id": "CP1", **data}, subentry_type=SUBENTRY_CHARGE_POINT, title="CP1", unique_id="CP1"
    )


def site(**data: Any) -> ConfigSubentryData:
    """Return the subentry of a house with a grid sensor."""
    return ConfigSubentryData(
        data={"grid_power": GRID, **data}, subentry_type=SUBENTRY_SITE, title="Home", unique_id="site/"
    )


# For tests: CP1 and a house; CP1 that can switch phases, and a house.
with_site = pytest.mark.parametrize("subentries", [[charger(), site()]], ids=["site"])
with_switching = pytest.mark.parametrize(
    "subentries", [[charger(quirks={"phase_switching": True}), site()]], ids=["switching"]
)


async def add_site(hass: HomeAssistant, entry: ConfigEntry, **data: Any) -> ConfigSubentry:
    """Set charging control up, as the user does."""
    given = site(**data)
    subentry = ConfigSubentry(**{**given, "subentry_id": "SITE"})  # type: ignore[arg-type]  # the same keys, and the id
    hass.config_entries.async_add_subentry(entry, subentry)
    await hass.async_block_till_done()
    return subentry


async def remove_site(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove charging control, as the user does."""
    [subentry] = [item for item in entry.subentries.values() if item.subentry_type == SUBENTRY_SITE]
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()


def show_status(entry: ConfigEntry, charge_point: ChargePoint, status: ControlStatus) -> None:
    """Let charging control do this with connector 1."""
    entry.runtime_data.control.loop.of(charge_point, 1).status = status
    charge_point.notify(1, "control")
