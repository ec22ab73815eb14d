"""What the tests of charging control have in common: subentries of chargers, and what the user sees of what is wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.ocpp_csms.const import DOMAIN, SUBENTRY_CHARGE_POINT
from tests.control.house import House
from tests.sites import CURRENTS as CURRENT_SENSORS

type HouseFactory = Callable[..., Awaitable[House]]

FUSE = {"fuse": 25.0, **CURRENT_SENSORS}


def charger(identity: str, **data: Any) -> ConfigSubentryData:
    """Return the subentry of a charge point with 16 A."""
    return ConfigSubentryData(
        data={"charge_point_id": identity, "maximum_current": 16.0, **data},
        subentry_type=SUBENTRY_CHARGE_POINT,
        title=identity,
        unique_id=identity,
    )


def issues(hass: HomeAssistant) -> list[str]:
    """Return what is wrong, as the user sees it."""
    found = ir.async_get(hass).issues.values()
    return sorted(str(issue.translation_key) for issue in found if issue.domain == DOMAIN)


with_fuse = pytest.mark.parametrize("site_data", [FUSE], ids=["fuse"])
