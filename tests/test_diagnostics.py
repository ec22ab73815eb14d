"""Diagnostics tell what helps and no secret."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.strategies import Outcome
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.scripted import NOON, ScriptedDialect, start_transaction

SECRETS = {
    "hash": "scrypt$c2FsdA==$aGFzaA==",
    "key": "4B45594B45594B45594B4559",
    "pin": "PIN-1234",
    "vendor password": "vendor-password",
    "tag": "TAG-04A2B3C4",
    "parent": "PARENT-TAG",
    "name": "Ada's card",
}


@pytest.fixture
def subentries() -> list[dict[str, Any]]:
    """A charge point with a password, and a tag."""
    return [
        {
            "data": {"charge_point_id": "CP1", "credential": SECRETS["hash"], "id_tag": SECRETS["tag"]},
            "subentry_type": "charge_point",
            "title": "CP1",
            "unique_id": "CP1",
        },
        {
            "data": {"id_tag": SECRETS["tag"], "allowed": True, "parent": SECRETS["parent"]},
            "subentry_type": "id_tag",
            "title": SECRETS["name"],
            "unique_id": "id_tag/tag",
        },
    ]


@pytest.fixture
def full_of_secrets(charge_point: ChargePoint) -> ChargePoint:
    """A charge point that has told everything it should not have."""
    charge_point.configuration_read(
        {
            name: ConfigurationKey(name, value, readonly=False)
            for name, value in {
                "AuthorizationKey": SECRETS["key"],
                "ServicePIN": SECRETS["pin"],
                "Vendor_WiFi_Password": SECRETS["vendor password"],
                "FreevendIdTag": SECRETS["tag"],
                "AuthCtrlr.MasterPassGroupId": SECRETS["tag"],
                "WebSocketPingInterval": "30",
                "GetConfigurationMaxKeys": "50",
            }.items()
        }
        | {"Vendor.Code": ConfigurationKey("Vendor.Code", SECRETS["pin"], readonly=False, write_only=True)}
    )
    start_transaction(charge_point, at=NOON, id_tag=SECRETS["tag"])
    charge_point.violation(
        "Authorize", "idTag is too long", f'[2,"1","Authorize",{{"idTag": "{SECRETS["tag"]}", "x": 1}}]'
    )
    charge_point.violation("Authorize", "broken", f'[2,"1","Authorize",{{"idTag":"{SECRETS["tag"]}')
    charge_point.violation("DataTransfer", "no text", f'[2,"1","DataTransfer",{{"data":{SECRETS["key"]}}}]')
    for frame in (
        f'{{"idToken": {{"idToken": "{SECRETS["tag"]}", "type": "Central"}}}}',
        f'{{"idToken": {{"additionalInfo": [{{"additionalIdToken": "{SECRETS["tag"]}"}}], "idToken": "{SECRETS["tag"]}"',
        f'{{"setVariableData": [{{"attributeValue": "{SECRETS["key"]}"}}]}}',
    ):
        charge_point.violation("TransactionEvent", "broken", f'[2,"1","TransactionEvent",{frame}]')
    return charge_point


async def test_an_entry_tells_everything_but_secrets(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    full_of_secrets: ChargePoint,
) -> None:
    """What is needed to understand a charger is there."""
    assert await async_setup_component(hass, "diagnostics", {})
    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, init_integration)
    text = json.dumps(diagnostics)
    assert [name for name, secret in SECRETS.items() if secret in text] == []
    assert diagnostics["id_tags"] == 1
    [charge_point] = diagnostics["charge_points"]
    assert charge_point["identity"] == "CP1"
    assert charge_point["settings"]["has_password"] is True
    assert charge_point["configuration"]["WebSocketPingInterval"]["value"] == "30"
    assert charge_point["configuration"]["GetConfigurationMaxKeys"]["value"] == "50"
    assert charge_point["violation_count"] == 6
    assert charge_point["violations"][0]["problem"] == "idTag is too long"


async def test_a_device_tells_of_its_charge_point_alone(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    full_of_secrets: ChargePoint,
) -> None:
    """The central system's own device is none."""
    assert await async_setup_component(hass, "diagnostics", {})
    devices = dr.async_get(hass)
    found: dict[str, Any] = {}
    for identifier in ("CP1", init_integration.entry_id):
        device = devices.async_get_device_by_identifier((DOMAIN, identifier), init_integration.entry_id)
        assert device is not None
        found[identifier] = await get_diagnostics_for_device(hass, hass_client, init_integration, device)
    assert [item["identity"] for item in found["CP1"]["charge_points"]] == ["CP1"]
    assert [name for name, secret in SECRETS.items() if secret in json.dumps(found)] == []
    assert found[init_integration.entry_id]["charge_points"] == []


async def test_an_entry_that_is_not_loaded_tells_what_is_set(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    full_of_secrets: ChargePoint,
) -> None:
    """Diagnostics are wanted most when something does not start."""
    assert await async_setup_component(hass, "diagnostics", {})
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert device is not None
    await hass.config_entries.async_unload(init_integration.entry_id)
    of_entry: Any = await get_diagnostics_for_config_entry(hass, hass_client, init_integration)
    of_device: Any = await get_diagnostics_for_device(hass, hass_client, init_integration, device)
    assert of_entry["state"] == "not_loaded"
    assert of_entry["charge_points"] == of_device["charge_points"]
    assert [item["identity"] for item in of_entry["charge_points"]] == ["CP1"]
    assert [name for name, secret in SECRETS.items() if secret in json.dumps(of_entry)] == []


@pytest.mark.parametrize(
    "payload",
    [{"idTag": f"{SECRETS['tag']}-{'x' * 20}"}, {"IDTag": SECRETS["tag"]}, {"idTag": [SECRETS["tag"]]}],
    ids=["too long", "wrong case", "wrong type"],
)
async def test_what_broke_the_specification_is_told_without_the_tag(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, init_integration: MockConfigEntry, payload: Any
) -> None:
    """Neither what is wrong nor the frame names it."""
    assert await async_setup_component(hass, "diagnostics", {})
    async with ScriptedChargePoint(init_integration.runtime_data.central.port, "NEW") as far_end:
        await far_end.call("Authorize", payload)
        told: Any = await get_diagnostics_for_config_entry(hass, hass_client, init_integration)
    (stranger,) = [item for item in told["charge_points"] if item["identity"] == "NEW"]
    (violation,) = stranger["violations"]
    assert violation["action"] == "Authorize"
    assert violation["problem"]
    assert SECRETS["tag"] not in json.dumps(violation)


# Limits and charging control


async def diagnose(hass: HomeAssistant, client: ClientSessionGenerator, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an entry as they are downloaded."""
    assert await async_setup_component(hass, "diagnostics", {})
    told: dict[str, Any] = dict(await get_diagnostics_for_config_entry(hass, client, entry))
    return told


async def test_before_the_first_limit_there_is_nothing_to_tell_of_it(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
) -> None:
    """No way was tried yet; and without a site there is no control."""
    told = await diagnose(hass, hass_client, init_integration)
    (item,) = told["charge_points"]
    assert item["limits"] == {
        "writes": 0,
        "writes_today": 0,
        "ceiling": None,
        "fallbacks": {},
        "can_switch_phases": False,
        "phases_followed": None,
        "offer_lies": False,
        "search": None,
    }
    assert told["site"] is None


async def test_every_way_of_limiting_that_was_tried_is_told(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
) -> None:
    """What is used now, in words and field by field, and what became of all others."""
    await charge_point.set_limit(1, 10.0)
    assert charge_point.limits.search is not None
    ignored = charge_point.limits.search.current
    assert ignored is not None
    charge_point.limits.search.note(ignored, Outcome.IGNORED)
    await charge_point.set_limit(1, 8.0)
    (item,) = (await diagnose(hass, hass_client, init_integration))["charge_points"]
    search = item["limits"]["search"]
    assert search["history"] == [
        {"strategy": search["strategy"], "outcome": "accepted"},
        {"strategy": str(ignored), "outcome": "ignored"},
    ]
    assert (search["outcome"], search["pinned"]) == ("accepted", False)
    assert (search["fields"]["purpose"], search["fields"]["kind"]) == ("tx_default", "relative")
    assert search["has_dead_man"] is False
    assert search["capabilities"]["connectors"] == 1
    assert item["limits"]["writes"] == sum(call[0] == "set_limit" for call in far_end.calls)


async def test_a_charge_point_that_refuses_all_limits_has_no_way(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    far_end: ScriptedDialect,
) -> None:
    """What was tried is told all the same."""
    start_transaction(charge_point, at=NOON)
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(RefusedError):
        await charge_point.set_limit(1, 10.0)
    (item,) = (await diagnose(hass, hass_client, init_integration))["charge_points"]
    search = item["limits"]["search"]
    assert (search["strategy"], search["fields"], search["has_dead_man"], search["outcome"]) == (None,) * 4
    assert len(search["history"]) > 5


class TestSite:
    """What is told of the house."""

    @pytest.fixture
    def subentries(self) -> list[dict[str, Any]]:
        """A charge point and the house."""
        point = {"data": {"charge_point_id": "CP1"}, "subentry_type": "charge_point", "title": "CP1"}
        site = {"data": {"grid_power": "sensor.grid", "fuse": 25.0}, "subentry_type": "site", "title": "Home"}
        return [{**point, "unique_id": "CP1"}, {**site, "unique_id": "site/"}]

    async def test_what_control_does_is_told(
        self,
        hass: HomeAssistant,
        hass_client: ClientSessionGenerator,
        init_integration: MockConfigEntry,
        charge_point: ChargePoint,
    ) -> None:
        """Settings, sensors, and for each connector what is wanted and what is done about it."""
        init_integration.runtime_data.control.set_mode(charge_point, 1, ChargingMode.SOLAR)
        await hass.async_block_till_done()
        site = (await diagnose(hass, hass_client, init_integration))["site"]
        assert site["settings"] == {"grid_power": "sensor.grid", "fuse": 25.0}
        assert site["controlled"] is True
        assert set(site) == {"settings", "controlled", "surplus", "headroom", "grid_sensor", "connectors"}
        assert site["grid_sensor"] == {
            "sign": "undecided",
            "slopes": [],
            "bad_since": site["grid_sensor"]["bad_since"],
            "implausible": False,
            "frozen": False,
            "last_sample": None,
            "median_interval": None,
        }
        assert list(site["connectors"]) == ["CP1/1"]
        connector = site["connectors"]["CP1/1"]
        assert (connector["goals"]["mode"], connector["goals"]["departure"]) == ("solar", "07:00:00")
        assert connector["status"]["reason"]

    async def test_without_control_the_settings_are_told(
        self, hass: HomeAssistant, hass_client: ClientSessionGenerator, init_integration: MockConfigEntry
    ) -> None:
        """Diagnostics are wanted most when something does not start."""
        await hass.config_entries.async_unload(init_integration.entry_id)
        site = (await diagnose(hass, hass_client, init_integration))["site"]
        assert site == {"settings": {"grid_power": "sensor.grid", "fuse": 25.0}, "controlled": False}
