"""TC_007, TC_023, TC_061: who may charge."""

from tests.conformance.house import BLOCKED, EXPIRED, STRANGER, House

from .station import Station


async def test_tc_007_a_card_that_the_charge_point_remembers_need_not_be_asked_for(
    house: House, charger: Station
) -> None:
    """StartTransaction without Authorize: the card is judged then."""
    await charger.report(1, "Preparing")
    await charger.charge_unasked()
    await house.shows("switch.CP1_1_charge", "on")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_023_1_a_card_that_nobody_has_entered_is_invalid(house: House, charger: Station) -> None:
    """Where there are cards, only those may charge."""
    assert await charger.present(STRANGER) == {"status": "Invalid"}
    event = await house.tells("event.CP1_1_id_tag_presented", "rejected")
    assert event["id_tag"] == STRANGER


async def test_tc_023_2_a_card_that_has_expired(house: House, charger: Station) -> None:
    """The verdict says so, with the date."""
    await _is_refused(house, charger, EXPIRED, "Expired")


async def test_tc_023_3_a_card_that_is_blocked(house: House, charger: Station) -> None:
    """The verdict says so."""
    await _is_refused(house, charger, BLOCKED, "Blocked")


async def _is_refused(house: House, charger: Station, id_tag: str, status: str) -> None:
    assert (await charger.present(id_tag))["status"] == status
    assert (await house.tells("event.CP1_1_id_tag_presented", "rejected"))["id_tag"] == id_tag
    answer = await charger.begin(id_tag)
    assert answer["idTagInfo"]["status"] == status


async def test_tc_061_the_authorization_cache_is_cleared(house: House, charger: Station) -> None:
    """By an action."""
    answer = await house.act("clear_cache")
    assert answer["status"] == "Accepted"
    assert await charger.heard("ClearCache") == {}
