"""TC_C_02 to TC_C_49: tokens, the station's cache of them, groups, the master pass."""

import pytest

from tests.conformance.house import BLOCKED, CARD, EXPIRED, FAMILY, SIBLING, STRANGER, House

from .station import Station
from .transaction import Transaction

MASTER = "04AA57E2000001"
MASTERS = "MASTERS"


async def test_tc_c_02_an_unknown_token(charger: Station) -> None:
    """Nobody has entered it."""
    assert (await charger.present(STRANGER))["status"] in {"Invalid", "Unknown"}


async def test_tc_c_06_a_blocked_token(charger: Station) -> None:
    """A person has blocked it."""
    assert (await charger.present(BLOCKED))["status"] == "Blocked"


async def test_tc_c_07_an_expired_token(charger: Station) -> None:
    """Its time is over."""
    assert (await charger.present(EXPIRED))["status"] == "Expired"


async def test_tc_c_08_a_token_from_the_cache_is_confirmed(house: House, charger: Station) -> None:
    """It comes with the transaction and is decided there, though nobody asked before."""
    transaction = await Transaction(charger).plug_in()
    await transaction.accepted("Authorized")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_c_20_a_token_that_is_good_in_the_cache_alone(charger: Station) -> None:
    """The central system knows better."""
    transaction = await Transaction(charger).plug_in()
    answer = await transaction.event("Authorized", card=STRANGER)
    assert answer["idTokenInfo"]["status"] in {"Invalid", "Unknown"}


@pytest.mark.parametrize("card", [BLOCKED, EXPIRED])
async def test_tc_c_20_it_is_refused_as_when_it_is_presented(charger: Station, card: str) -> None:
    """The verdict is the same in both messages."""
    transaction = await Transaction(charger).plug_in()
    answer = await transaction.event("Authorized", card=card)
    assert answer["idTokenInfo"] == await charger.present(card)


async def test_tc_c_37_the_cache_is_cleared(house: House, charger: Station) -> None:
    """On request."""
    assert await house.act("clear_cache") == {"status": "Accepted"}
    assert await charger.heard("ClearCache") == {}


async def test_tc_c_38_clearing_the_cache_is_rejected(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["ClearCache"] = {"status": "Rejected"}
    assert (await house.act("clear_cache"))["status"] == "Rejected"
    assert await charger.heard("ClearCache") == {}


async def test_tc_c_39_a_token_stops_what_another_of_its_group_has_started(house: House, charger: Station) -> None:
    """Both verdicts name the group, wherever they are given."""
    verdicts = [await charger.present(SIBLING)]
    transaction = await Transaction(charger).plug_in()
    verdicts.append(await transaction.accepted("Authorized"))
    await transaction.authorized().charge()
    verdicts.append(await charger.present(SIBLING))
    verdicts.append(await transaction.authorize_stop(SIBLING))
    assert [(info["status"], info["groupIdToken"]["idToken"]) for info in verdicts] == [("Accepted", FAMILY)] * 4
    await transaction.stay()
    await transaction.unplug()
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert event["transaction_id"] == transaction.id


async def test_tc_c_40_tokens_of_a_group_that_the_station_knows_by_its_list(charger: Station) -> None:
    """It asks for neither; the events alone bring the group."""
    transaction = await Transaction(charger).plug_in()
    verdicts = [await transaction.accepted("Authorized")]
    await transaction.authorized().charge()
    verdicts.append(await transaction.authorize_stop(SIBLING))
    assert {info["groupIdToken"]["idToken"] for info in verdicts} == {FAMILY}
    await transaction.stay()
    await transaction.unplug()


async def test_tc_c_43_a_token_that_is_invalid_in_the_list_alone(charger: Station) -> None:
    """The station asks for it, and hears that it is of the group."""
    transaction = await Transaction(charger).plug_in()
    verdicts = [await transaction.accepted("Authorized")]
    await transaction.authorized().charge()
    verdicts.append(await charger.present(SIBLING))
    verdicts.append(await transaction.authorize_stop(SIBLING))
    assert [(info["status"], info["groupIdToken"]["idToken"]) for info in verdicts] == [("Accepted", FAMILY)] * 3
    await transaction.stay()
    await transaction.unplug()


@pytest.fixture
def evses() -> int:
    """Two, for the master pass."""
    return 2


async def _with_a_master_pass(house: House) -> None:
    await house.act("add_id_tag", id_tag=MASTER, name="Caretaker", parent=MASTERS)
    await house.settle()


async def _stops(transaction: Transaction) -> None:
    answer = await transaction.end("StopAuthorized", "MasterPass", card=MASTER)
    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == MASTERS


async def test_tc_c_47_the_master_pass_stops_all_transactions(house: House, charger: Station) -> None:
    """It is a token of the master group as any other token is of its own; each transaction ends."""
    await _with_a_master_pass(house)
    first, second = Transaction(charger, 1), Transaction(charger, 2, card=SIBLING)
    await first.charge()
    await second.charge()
    verdict = await charger.present(MASTER)
    assert (verdict["status"], verdict["groupIdToken"]["idToken"]) == ("Accepted", MASTERS)
    await _stops(first)
    await _stops(second)
    for evse in (1, 2):
        event = await house.tells(f"event.CP1_{evse}_transaction", "stopped")
        assert event["reason"] == "MasterPass"
        await house.shows(f"switch.CP1_{evse}_charge", "off")


async def test_tc_c_48_the_master_pass_stops_one_transaction(house: House, charger: Station) -> None:
    """The other goes on."""
    await _with_a_master_pass(house)
    first, second = Transaction(charger, 1), Transaction(charger, 2, card=SIBLING)
    await first.charge()
    await second.charge()
    assert (await charger.present(MASTER))["groupIdToken"]["idToken"] == MASTERS
    await _stops(first)
    await house.shows("switch.CP1_1_charge", "off")
    await house.shows("switch.CP1_2_charge", "on")


async def test_tc_c_49_the_master_pass_without_a_display(house: House, charger: Station) -> None:
    """The station ends both, with the tokens that they were started with."""
    await _with_a_master_pass(house)
    first, second = Transaction(charger, 1), Transaction(charger, 2, card=SIBLING)
    await first.charge()
    await second.charge()
    assert (await charger.present(MASTER))["status"] == "Accepted"
    for transaction, card in ((first, CARD), (second, SIBLING)):
        answer = await transaction.end("StopAuthorized", "MasterPass", card=card)
        assert answer["idTokenInfo"]["status"] == "Accepted"
    for evse in (1, 2):
        await house.shows(f"switch.CP1_{evse}_charge", "off")
