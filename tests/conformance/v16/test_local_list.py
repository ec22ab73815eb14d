"""TC_042, TC_043: the local authorization list."""

from typing import Any

from tests.conformance.house import BLOCKED, CARD, EXPIRED, FAMILY, SIBLING, House

from .station import Station

NEW_CARD = "04A1A1A1A1A1A1"


class LocalList:
    """The list of a charge point, as far as it tells: its version."""

    def __init__(self, charger: Station, version: int = 0) -> None:
        """Answer for the charge point."""
        self.version = version
        charger.answers["GetLocalListVersion"] = lambda _: {"listVersion": self.version}
        charger.answers["SendLocalList"] = self._update

    def _update(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload["updateType"] == "Differential" and payload["listVersion"] <= self.version:
            return {"status": "VersionMismatch"}
        self.version = payload["listVersion"]
        return {"status": "Accepted"}


def entries_of(update: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a SendLocalList says, by tag."""
    return {entry["idTag"]: entry.get("idTagInfo", {}) for entry in update["localAuthorizationList"]}


async def test_tc_042_1_the_version_of_a_list_that_is_not_supported(house: House, charger: Station) -> None:
    """It is -1."""
    await _has_version(house, charger, -1)


async def test_tc_042_2_the_version_of_an_empty_list(house: House, charger: Station) -> None:
    """It is 0."""
    await _has_version(house, charger, 0)


async def _has_version(house: House, charger: Station, version: int) -> None:
    LocalList(charger, version)
    assert await house.act("get_local_list_version") == {"version": version}
    assert await charger.heard("GetLocalListVersion") == {}


async def test_tc_043_1_a_list_that_is_not_supported(house: House, charger: Station) -> None:
    """The answer says so."""
    await _is_refused(house, charger, "NotSupported")


async def test_tc_043_3_a_list_that_fails(house: House, charger: Station) -> None:
    """The answer says so."""
    await _is_refused(house, charger, "Failed")


async def _is_refused(house: House, charger: Station, status: str) -> None:
    LocalList(charger)
    charger.answers["SendLocalList"] = {"status": status}
    answer = await house.act("send_local_list", update_type="full")
    assert answer["status"] == status
    assert (await charger.heard("SendLocalList"))["updateType"] == "Full"


async def test_tc_043_4_the_full_list(house: House, charger: Station) -> None:
    """All cards of the house, with their verdicts and their group; its version is greater than zero."""
    LocalList(charger)
    answer = await house.act("send_local_list", update_type="full")
    assert answer["status"] == "Accepted"
    update = await charger.heard("SendLocalList")
    assert update["updateType"] == "Full"
    assert update["listVersion"] == answer["version"] > 0
    entries = entries_of(update)
    assert entries[CARD] == {"status": "Accepted", "parentIdTag": FAMILY}
    assert entries[SIBLING] == {"status": "Accepted", "parentIdTag": FAMILY}
    # A card that may not charge is on the list as such, or not on it.
    for id_tag in (BLOCKED, EXPIRED):
        assert entries.get(id_tag, {}).get("status") != "Accepted"


async def test_tc_043_5_what_has_changed_of_the_list(house: House, charger: Station) -> None:
    """Only the card that is new, with the next version."""
    LocalList(charger)
    version = (await house.act("send_local_list", update_type="full"))["version"]
    await charger.heard("SendLocalList")
    await house.add_tag(NEW_CARD)
    await house.settle()
    answer = await house.act("send_local_list", update_type="differential")
    assert answer["status"] == "Accepted"
    update = await charger.heard("SendLocalList")
    assert (update["updateType"], update["listVersion"]) == ("Differential", version + 1)
    assert entries_of(update) == {NEW_CARD: {"status": "Accepted"}}


async def test_tc_043_5_a_list_is_kept_in_step_by_itself(house: House, station: Station) -> None:
    """Where the charge point says that it has one: it gets all of it, and then what changes."""
    keys = {"SupportedFeatureProfiles": "Core,LocalAuthListManagement", "LocalAuthListEnabled": "true"}
    told = [{"key": key, "readonly": True, "value": value} for key, value in keys.items()]
    station.answers["GetConfiguration"] = {"configurationKey": told}
    local_list = LocalList(station)
    await station.cold_boot()
    full = await station.heard("SendLocalList")
    assert (full["updateType"], CARD in entries_of(full)) == ("Full", True)
    await house.until("sensor.CP1_0_local_list", lambda shown: shown.state == "in_step")
    await house.add_tag(NEW_CARD)
    update = await station.heard("SendLocalList")
    assert (update["updateType"], update["listVersion"]) == ("Differential", full["listVersion"] + 1)
    assert entries_of(update) == {NEW_CARD: {"status": "Accepted"}}
    assert local_list.version == update["listVersion"]
