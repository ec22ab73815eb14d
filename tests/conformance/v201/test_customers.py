"""TC_N_27 to TC_N_32, TC_N_46, TC_N_62, TC_N_63: what a station keeps about a customer."""

from typing import Any

from tests.conformance.checked_station import Payload, moment
from tests.conformance.house import CARD, House

from .station import Station, token

PEOPLE = "Anna has charged twice"


def reporting(charger: Station, *texts: str) -> None:
    """Let the station tell these texts, each in a part of its own."""

    def answer(request: Payload) -> Payload:
        for place, text in enumerate(texts):
            part = {"requestId": request["requestId"], "seqNo": place, "generatedAt": moment(), "data": text}
            charger.soon("NotifyCustomerInformation", part | {"tbc": place + 1 < len(texts)})
        return {"status": "Accepted"}

    charger.answers["CustomerInformation"] = answer


async def _was_asked(charger: Station, *, report: bool, clear: bool, **who: Any) -> None:
    request = await charger.heard("CustomerInformation")
    assert request == {"requestId": request["requestId"], "report": report, "clear": clear} | who


async def test_tc_n_27_what_is_kept_is_read(house: House, charger: Station) -> None:
    """In two parts."""
    reporting(charger, PEOPLE[:9], PEOPLE[9:])
    answer = await house.act("get_customer_information", id_tag=CARD)
    await _was_asked(charger, report=True, clear=False, idToken=token(CARD))
    assert answer == {"status": "Accepted", "complete": True, "information": PEOPLE}


async def test_tc_n_28_nothing_is_kept(house: House, charger: Station) -> None:
    """An empty text comes."""
    reporting(charger, "")
    answer = await house.act("get_customer_information", id_tag=CARD)
    await _was_asked(charger, report=True, clear=False, idToken=token(CARD))
    assert answer == {"status": "Accepted", "complete": True, "information": ""}


async def test_tc_n_29_the_station_tells_nothing(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["CustomerInformation"] = {"status": "Rejected"}
    answer = await house.act("get_customer_information", id_tag=CARD)
    await _was_asked(charger, report=True, clear=False, idToken=token(CARD))
    assert answer["status"] == "Rejected"


async def _is_cleared_and_told(house: House, charger: Station, text: str, **who: Any) -> None:
    reporting(charger, text)
    answer = await house.act("clear_customer_information", report=True, **who)
    assert (answer["status"], answer["complete"], answer["information"]) == ("Accepted", True, text)


async def test_tc_n_30_what_is_kept_is_told_and_cleared(house: House, charger: Station) -> None:
    """By one request."""
    await _is_cleared_and_told(house, charger, PEOPLE, id_tag=CARD)
    await _was_asked(charger, report=True, clear=True, idToken=token(CARD))


async def test_tc_n_31_nothing_is_told_and_cleared(house: House, charger: Station) -> None:
    """By one request."""
    await _is_cleared_and_told(house, charger, "", id_tag=CARD)
    await _was_asked(charger, report=True, clear=True, idToken=token(CARD))


async def test_tc_n_32_what_is_kept_is_cleared(house: House, charger: Station) -> None:
    """Without a report; one that comes all the same is acknowledged."""
    assert (await house.act("clear_customer_information", id_tag=CARD))["status"] == "Accepted"
    await _was_asked(charger, report=False, clear=True, idToken=token(CARD))
    number = next(payload["requestId"] for action, payload in charger.calls if action == "CustomerInformation")
    part = {"requestId": number, "seqNo": 0, "generatedAt": moment(), "data": ""}
    assert await charger.call("NotifyCustomerInformation", part) == {}


async def test_tc_n_46_who_is_cleared_is_taken_off_the_local_list(house: House, charger: Station) -> None:
    """Once the card is removed: it is named without any verdict, with the next version."""
    version = 0

    def update(request: Payload) -> Payload:
        nonlocal version
        version = request["versionNumber"]
        return {"status": "Accepted"}

    charger.answers |= {"GetLocalListVersion": lambda _: {"versionNumber": version}, "SendLocalList": update}
    before = (await house.act("send_local_list", update_type="full"))["version"]
    await _is_cleared_and_told(house, charger, PEOPLE, id_tag=CARD)
    await _was_asked(charger, report=True, clear=True, idToken=token(CARD))
    await house.act("remove_id_tag", id_tag=CARD)
    await house.settle()
    await house.act("send_local_list", update_type="differential")
    sent = await charger.told("SendLocalList", updateType="Differential")
    assert sent["versionNumber"] == before + 1
    assert sent["localAuthorizationList"] == [{"idToken": token(CARD)}]


async def test_tc_n_62_by_the_name_of_the_customer(house: House, charger: Station) -> None:
    """Nothing else says who is meant."""
    await _is_cleared_and_told(house, charger, PEOPLE, customer="OpenChargeAlliance")
    await _was_asked(charger, report=True, clear=True, customerIdentifier="OpenChargeAlliance")


async def test_tc_n_63_by_the_certificate_of_the_customer(house: House, charger: Station) -> None:
    """By its hashes; nothing else says who is meant."""
    certificate = {
        "hash_algorithm": "SHA256",
        "issuer_name_hash": "9f86d081884c7d65",
        "issuer_key_hash": "60303ae22b998861",
        "serial_number": "0A1B",
    }
    told = {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "9f86d081884c7d65",
        "issuerKeyHash": "60303ae22b998861",
        "serialNumber": "0A1B",
    }
    await _is_cleared_and_told(house, charger, PEOPLE, certificate=certificate)
    await _was_asked(charger, report=True, clear=True, customerCertificate=told)
