"""How a charger's list of ID tags is shown, and brought in step by a button."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.csms.cards.local_list import ListSupport, LocalListState
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.requests import Answer
from tests.actions.calls import act
from tests.conftest import SimulatorFactory
from tests.scripted import ScriptedDialect, entity_id, state
from tests.waiting import until


@pytest.fixture
async def listing(hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect) -> ChargePoint:
    """CP1, which says that it can keep a list."""
    far_end.list_support = ListSupport(supported=True, enabled=False)
    far_end.answers["GetLocalListVersion"] = Answer("", items=(0,))
    charge_point.local_list.due()
    await hass.async_block_till_done()
    return charge_point


async def press(hass: HomeAssistant) -> None:
    """Press the button."""
    target = {"entity_id": entity_id(hass, "button", "CP1_0_sync_local_list")}
    await hass.services.async_call("button", "press", target, blocking=True)


async def test_a_charger_without_a_list_has_no_entities_of_it(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """They would never say anything."""
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    for platform, key in (("sensor", "local_list"), ("sensor", "local_list_version"), ("button", "sync_local_list")):
        assert registry.async_get_entity_id(platform, "ocpp_csms", f"CP1_0_{key}") is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_sensors_follow_the_list(hass: HomeAssistant, listing: ChargePoint) -> None:
    """From nothing to keep, over a list that is off, to one that is in step."""
    assert state(hass, "sensor", "CP1_0_local_list") == "unused"
    assert state(hass, "sensor", "CP1_0_local_list_version") == "unknown"
    await act(hass, "add_id_tag", id_tag="04A2B3")
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_local_list") == "disabled"
    await press(hass)
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_local_list") == "in_step"
    assert state(hass, "sensor", "CP1_0_local_list_version") == "1"


async def test_the_button_tells_what_went_wrong(
    hass: HomeAssistant, listing: ChargePoint, far_end: ScriptedDialect
) -> None:
    """A refusal, and a charger that has no list after all."""
    await act(hass, "add_id_tag", id_tag="04A2B3")
    await hass.async_block_till_done()
    far_end.answers["SendLocalList"] = RefusedError("SendLocalList", "Failed")
    with pytest.raises(HomeAssistantError, match="CP1 refused SendLocalList: it answered Failed"):
        await press(hass)
    assert state(hass, "sensor", "CP1_0_local_list") == "failed"
    far_end.answers["GetLocalListVersion"] = Answer("", items=(-1,))
    with pytest.raises(ServiceValidationError, match="CP1 keeps no list of ID tags"):
        await press(hass)


async def test_a_charger_knows_the_tags_without_a_connection(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """Over a real socket: what is entered in Home Assistant arrives in the charger, and what is removed goes."""
    await act(hass, "add_id_tag", id_tag="04A2B3", parent="Family")
    await act(hass, "add_id_tag", id_tag="04C5D6", allowed=False)
    simulated = await simulator("CP1")
    charge_point: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]

    def is_in_step() -> bool:
        return charge_point.local_list.state is LocalListState.IN_STEP and charge_point.local_list.version == version

    version = 1
    await until(charge_point, ("local_list",), is_in_step)
    listed = simulated._station.authorization.listed  # noqa: SLF001 what a charger has in its memory
    assert {id_tag: (info.status, info.parent_id_tag) for id_tag, info in listed.items()} == {
        "04A2B3": ("Accepted", "Family"),
        "04C5D6": ("Blocked", None),
    }
    version = 2
    await act(hass, "remove_id_tag", id_tag="04C5D6")
    await until(charge_point, ("local_list",), is_in_step)
    assert list(simulated._station.authorization.listed) == ["04A2B3"]  # noqa: SLF001 as above
