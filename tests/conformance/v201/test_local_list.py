"""TC_D_01 to TC_D_09: the local authorization list."""

from tests.conformance.checked_station import Payload
from tests.conformance.house import BLOCKED, CARD, EXPIRED, FAMILY, SIBLING, House

from .station import Station

NEW_CARD = "04A1A1A1A1A1A1"


class LocalList:
    """The list of a station, as far as it tells: its version."""

    def __init__(self, charger: Station, version: int = 0) -> None:
        """Answer for the station."""
        self.version = version
        charger.answers["GetLocalListVersion"] = lambda _: {"versionNumber": self.version}
        charger.answers["SendLocalList"] = self._update

    def _update(self, payload: Payload) -> Payload:
        if payload["updateType"] == "Differential" and payload["versionNumber"] <= self.version:
            return {"status": "VersionMismatch"}
        self.version = payload["versionNumber"]
        return {"status": "Accepted"}


def entries_of(update: Payload) -> dict[str, Payload]:
    """Return what a SendLocalList says, by token."""
    return {entry["idToken"]["idToken"]: entry.get("idTokenInfo", {}) for entry in update["localAuthorizationList"]}


async def test_tc_d_01_the_full_list(house: House, charger: Station) -> None:
    """All cards of the house, each with its verdict, and their group; its version is greater than zero."""
    LocalList(charger)
    charger.forget_calls()
    answer = await house.act("send_local_list", update_type="full")
    assert answer["status"] == "Accepted"
    update = await charger.told("SendLocalList", updateType="Full")
    assert update["versionNumber"] == answer["version"] > 0
    assert all(entry["idTokenInfo"]["status"] for entry in update["localAuthorizationList"])
    assert {entry["idToken"]["type"] for entry in update["localAuthorizationList"]} == {"ISO14443"}
    entries = entries_of(update)
    for card in (CARD, SIBLING):
        assert entries[card]["status"] == "Accepted"
        assert entries[card]["groupIdToken"]["idToken"] == FAMILY
    for card in (BLOCKED, EXPIRED):
        assert entries.get(card, {}).get("status") != "Accepted"


async def _in_step(house: House, charger: Station) -> int:
    """Give the station a list and send it all; return its version."""
    LocalList(charger)
    version: int = (await house.act("send_local_list", update_type="full"))["version"]
    charger.forget_calls()
    return version


async def test_tc_d_02_a_token_is_added_to_the_list(house: House, charger: Station) -> None:
    """Only the card that is new, with a higher version."""
    version = await _in_step(house, charger)
    await house.add_tag(NEW_CARD)
    answer = await house.act("send_local_list", update_type="differential")
    assert answer["status"] == "Accepted"
    update = await charger.told("SendLocalList", updateType="Differential")
    assert update["versionNumber"] > version
    assert {card: info["status"] for card, info in entries_of(update).items()} == {NEW_CARD: "Accepted"}


async def test_tc_d_02_a_token_is_added_to_a_list_that_somebody_else_has_written(
    house: House, charger: Station
) -> None:
    """Whatever stands on it: the cards that a person names are added, with a higher version."""
    LocalList(charger, 7)
    answer = await house.act("send_local_list", update_type="differential", id_tags=[CARD, SIBLING])
    assert answer["status"] == "Accepted"
    update = await charger.told("SendLocalList", updateType="Differential")
    assert update["versionNumber"] > 7
    assert {card: info["status"] for card, info in entries_of(update).items()} == dict.fromkeys(
        (CARD, SIBLING), "Accepted"
    )


async def test_tc_d_03_a_token_is_removed_from_the_list(house: House, charger: Station) -> None:
    """It is named without any verdict."""
    version = await _in_step(house, charger)
    await house.act("remove_id_tag", id_tag=CARD)
    await house.settle()
    answer = await house.act("send_local_list", update_type="differential")
    assert answer["status"] == "Accepted"
    update = await charger.told("SendLocalList", updateType="Differential")
    assert update["versionNumber"] > version
    assert update["localAuthorizationList"] == [{"idToken": {"idToken": CARD, "type": "ISO14443"}}]


async def test_tc_d_04_the_list_is_emptied(house: House, charger: Station) -> None:
    """Nobody has a card any more: all of it is replaced by nothing."""
    LocalList(charger)
    for card in (CARD, SIBLING, BLOCKED, EXPIRED):
        await house.act("remove_id_tag", id_tag=card)
    await house.settle()
    charger.forget_calls()
    answer = await house.act("send_local_list", update_type="full")
    assert answer["status"] == "Accepted"
    update = await charger.told("SendLocalList", updateType="Full")
    assert not update.get("localAuthorizationList")


async def test_tc_d_08_the_version_of_the_list(house: House, charger: Station) -> None:
    """As the station tells it."""
    LocalList(charger, 7)
    assert await house.act("get_local_list_version") == {"version": 7}


async def test_tc_d_09_the_version_of_a_list_that_is_not_there(house: House, charger: Station) -> None:
    """It is 0."""
    LocalList(charger, 0)
    assert await house.act("get_local_list_version") == {"version": 0}
