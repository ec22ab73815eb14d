"""TC_019, TC_021, TC_040: reading and writing configuration keys."""

from typing import Any

import pytest

from tests.conformance.house import House

from .station import Station

INTERVAL = {"key": "MeterValueSampleInterval", "readonly": False, "value": "60"}
CONNECTORS = {"key": "NumberOfConnectors", "readonly": True, "value": "1"}


@pytest.fixture
def charger(charger: Station) -> Station:
    """CP1 with two configuration keys."""

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        wanted = payload.get("key") or [INTERVAL["key"], CONNECTORS["key"]]
        return {"configurationKey": [key for key in (INTERVAL, CONNECTORS) if key["key"] in wanted]}

    charger.answers["GetConfiguration"] = answer
    return charger


async def test_tc_019_1_all_configuration_keys_are_read(house: House, charger: Station) -> None:
    """No key is named; all come back."""
    answer = await house.act("get_configuration")
    assert not (await charger.heard("GetConfiguration")).get("key")
    assert answer["configuration"] == {
        "MeterValueSampleInterval": {"value": "60", "readonly": False},
        "NumberOfConnectors": {"value": "1", "readonly": True},
    }


async def test_tc_019_2_one_configuration_key_is_read(house: House, charger: Station) -> None:
    """Only that is named."""
    answer = await house.act("get_configuration", keys=["NumberOfConnectors"])
    assert ("GetConfiguration", {"key": ["NumberOfConnectors"]}) in charger.calls
    assert answer["configuration"] == {"NumberOfConnectors": {"value": "1", "readonly": True}}


async def test_tc_021_a_configuration_key_is_changed(house: House, charger: Station) -> None:
    """Key and value go as they are."""
    answer = await house.act("set_configuration", key="MeterValueSampleInterval", value="90")
    assert answer == {"status": "Accepted"}
    assert ("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "90"}) in charger.calls


async def test_tc_040_1_a_configuration_key_that_is_not_supported(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["ChangeConfiguration"] = {"status": "NotSupported"}
    assert (await house.act("set_configuration", key="NoSuchKey", value="123"))["status"] == "NotSupported"
    assert ("ChangeConfiguration", {"key": "NoSuchKey", "value": "123"}) in charger.calls


async def test_tc_040_2_a_value_that_is_invalid(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["ChangeConfiguration"] = {"status": "Rejected"}
    answer = await house.act("set_configuration", key="MeterValueSampleInterval", value="often")
    assert answer["status"] == "Rejected"
    assert ("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "often"}) in charger.calls
