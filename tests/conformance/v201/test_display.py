"""TC_O_01 to TC_O_28: messages on the display of a station."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .station import Station
from .transaction import Transaction

TEXT = "Back soon"


async def _is_shown(house: House, charger: Station, **fields: Any) -> Payload:
    """Show a message; return it as the station was told it."""
    answer = await house.act("show_message", content=TEXT, **fields)
    assert answer["status"] == "Accepted"
    return await _told(charger, answer["message_id"])


async def _told(charger: Station, number: int) -> Payload:
    message: Payload = (await charger.heard("SetDisplayMessage"))["message"]
    assert (message["id"], message["message"]["content"]) == (number, TEXT)
    return message


@pytest.mark.parametrize(
    ("priority", "told"),
    [("always_front", "AlwaysFront"), ("in_front", "InFront"), ("normal_cycle", "NormalCycle")],
)
@pytest.mark.parametrize(("text_format", "as_told"), [("ascii", "ASCII"), ("html", "HTML"), ("utf8", "UTF8")])
async def test_tc_o_01_a_message_is_shown(
    house: House, charger: Station, priority: str, told: str, text_format: str, as_told: str
) -> None:
    """With all that can be said of it."""
    message = await _is_shown(house, charger, priority=priority, format=text_format, state="charging")
    assert (message["priority"], message["message"]["format"], message["state"]) == (told, as_told, "Charging")


def message_of(number: int) -> Payload:
    """Return a message as a station reports it."""
    text = {"format": "UTF8", "content": TEXT}
    return {"id": number, "priority": "NormalCycle", "state": "Idle", "message": text}


def reporting(charger: Station, *numbers: int) -> None:
    """Let the station report these messages, each in a part of its own."""

    def answer(request: Payload) -> Payload:
        for place, number in enumerate(numbers, 1):
            part = {"requestId": request["requestId"], "messageInfo": [message_of(number)]}
            charger.soon("NotifyDisplayMessages", part | {"tbc": place < len(numbers)})
        return {"status": "Accepted"}

    charger.answers["GetDisplayMessages"] = answer


async def _are_read(house: House, charger: Station, numbers: list[int], expected: Payload, **filters: Any) -> None:
    reporting(charger, *numbers)
    answer = await house.act("get_messages", **filters)
    request = await charger.heard("GetDisplayMessages")
    assert request == {"requestId": request["requestId"]} | expected
    assert (answer["status"], answer["complete"]) == ("Accepted", True)
    assert [(message["message_id"], message["content"]) for message in answer["messages"]] == [
        (number, TEXT) for number in numbers
    ]


async def test_tc_o_02_all_messages_are_read(house: House, charger: Station) -> None:
    """In two parts."""
    await _are_read(house, charger, [7, 8], {})


async def test_tc_o_03_there_are_no_messages(house: House, charger: Station) -> None:
    """That is an answer too."""
    answer = await house.act("get_messages")
    assert (answer["status"], answer["messages"]) == ("Unknown", [])
    request = await charger.heard("GetDisplayMessages")
    assert request == {"requestId": request["requestId"]}


async def test_tc_o_07_a_message_is_read_by_its_id(house: House, charger: Station) -> None:
    """Nothing else is said."""
    await _are_read(house, charger, [7], {"id": [7]}, message_ids=[7])


async def test_tc_o_08_messages_are_read_by_priority(house: House, charger: Station) -> None:
    """Nothing else is said."""
    await _are_read(house, charger, [7], {"priority": "NormalCycle"}, priority="normal_cycle")


async def test_tc_o_09_messages_are_read_by_state(house: House, charger: Station) -> None:
    """Nothing else is said."""
    await _are_read(house, charger, [7], {"state": "Idle"}, state="idle")


async def test_tc_o_11_a_message_that_nobody_knows_is_read(house: House, charger: Station) -> None:
    """The answer says so."""
    answer = await house.act("get_messages", message_ids=[4711])
    assert (answer["status"], answer["messages"]) == ("Unknown", [])
    assert (await charger.heard("GetDisplayMessages"))["id"] == [4711]


async def test_tc_o_04_a_message_is_cleared(house: House, charger: Station) -> None:
    """By its id."""
    message = await _is_shown(house, charger)
    assert await house.act("clear_message", message_id=message["id"]) == {"status": "Accepted"}
    assert await charger.heard("ClearDisplayMessage") == {"id": message["id"]}


async def test_tc_o_05_a_message_that_is_not_there_is_cleared(house: House, charger: Station) -> None:
    """The answer says so."""
    charger.answers["ClearDisplayMessage"] = {"status": "Unknown"}
    assert (await house.act("clear_message", message_id=4711))["status"] == "Unknown"
    assert await charger.heard("ClearDisplayMessage") == {"id": 4711}


async def test_tc_o_12_a_message_is_replaced(house: House, charger: Station) -> None:
    """By one of the same id."""
    first = await _is_shown(house, charger)
    second = await _is_shown(house, charger, message_id=first["id"], priority="in_front")
    assert (second["id"], second["priority"]) == (first["id"], "InFront")


@pytest.fixture
def later() -> datetime:
    """An hour from now."""
    return (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)


async def test_tc_o_13_a_message_from_a_time_on(house: House, charger: Station, later: datetime) -> None:
    """The time goes as it is."""
    message = await _is_shown(house, charger, start=later.isoformat())
    assert datetime.fromisoformat(message["startDateTime"]) == later
    assert "endDateTime" not in message


async def test_tc_o_14_a_message_until_a_time(house: House, charger: Station, later: datetime) -> None:
    """The time goes as it is."""
    message = await _is_shown(house, charger, end=later.isoformat())
    assert datetime.fromisoformat(message["endDateTime"]) == later
    assert "startDateTime" not in message


async def test_tc_o_25_a_message_for_a_state(house: House, charger: Station) -> None:
    """It is shown while the station is in it."""
    message = await _is_shown(house, charger, message_id=7, state="charging")
    assert (message["id"], message["state"]) == (7, "Charging")


async def _is_refused(house: House, charger: Station, status: str, **fields: Any) -> Payload:
    """Show a message that the station refuses; return it."""
    charger.answers["SetDisplayMessage"] = {"status": status}
    answer = await house.act("show_message", content=TEXT, **fields)
    assert answer["status"] == status
    message: Payload = (await charger.heard("SetDisplayMessage"))["message"]
    return message


async def test_tc_o_17_a_priority_that_is_not_supported(house: House, charger: Station) -> None:
    """The answer says so."""
    message = await _is_refused(house, charger, "NotSupportedPriority", priority="always_front")
    assert message["priority"] == "AlwaysFront"


async def test_tc_o_18_a_state_that_is_not_supported(house: House, charger: Station) -> None:
    """The answer says so."""
    message = await _is_refused(house, charger, "NotSupportedState", state="faulted")
    assert message["state"] == "Faulted"


async def test_tc_o_19_a_format_that_is_not_supported(house: House, charger: Station) -> None:
    """The answer says so."""
    message = await _is_refused(house, charger, "NotSupportedMessageFormat", format="html")
    assert message["message"]["format"] == "HTML"


async def test_tc_o_26_a_message_that_is_rejected(house: House, charger: Station) -> None:
    """The answer says so."""
    message = await _is_refused(house, charger, "Rejected", priority="normal_cycle")
    assert message["priority"] == "NormalCycle"


async def _charging(house: House, charger: Station) -> Transaction:
    transaction = await Transaction(charger).charge()
    await house.shows("switch.CP1_1_charge", "on")
    return transaction


async def test_tc_o_06_a_message_for_a_transaction(house: House, charger: Station) -> None:
    """It is shown as long as that runs."""
    transaction = await _charging(house, charger)
    message = await _is_shown(house, charger, transaction_id=transaction.id, priority="in_front")
    assert (message["transactionId"], message["priority"]) == (transaction.id, "InFront")
    await transaction.finish()
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_o_10_a_message_for_a_transaction_that_the_station_does_not_know(
    house: House, charger: Station
) -> None:
    """The answer says so."""
    transaction = await _charging(house, charger)
    message = await _is_refused(house, charger, "UnknownTransaction", transaction_id=transaction.id)
    assert message["transactionId"] == transaction.id


async def test_tc_o_27_a_message_for_a_transaction_from_a_time_on(
    house: House, charger: Station, later: datetime
) -> None:
    """No state and no end are said."""
    transaction = await _charging(house, charger)
    message = await _is_shown(house, charger, transaction_id=transaction.id, start=later.isoformat())
    assert datetime.fromisoformat(message["startDateTime"]) == later
    assert message["transactionId"] == transaction.id
    assert not message.keys() & {"state", "endDateTime"}


async def test_tc_o_28_a_message_for_a_transaction_until_a_time(
    house: House, charger: Station, later: datetime
) -> None:
    """No state and no start are said."""
    transaction = await _charging(house, charger)
    message = await _is_shown(house, charger, transaction_id=transaction.id, end=later.isoformat())
    assert datetime.fromisoformat(message["endDateTime"]) == later
    assert message["transactionId"] == transaction.id
    assert not message.keys() & {"state", "startDateTime"}
