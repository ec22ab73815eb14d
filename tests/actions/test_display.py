"""Actions about the display of a charger, over a real socket. Source: OCPP 2.0.1 part 2, O01 to O06."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
import voluptuous as vol

from tests.actions.calls import act, ask
from tests.actions.scripted_station import ScriptedStation


async def test_a_message_is_shown(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """Under a new number, unless it is to replace one."""
    answer = await ask(hass, "show_message", device_id=station_device, content="Free today")
    said = (await station.told("SetDisplayMessage"))["message"]
    assert answer == {"status": "Accepted", "message_id": said["id"]}
    assert said["priority"] == "NormalCycle"
    assert said["message"] == {"format": "UTF8", "content": "Free today"}
    other = await ask(hass, "show_message", device_id=station_device, content="Free today")
    assert other["message_id"] != answer["message_id"]


async def test_a_message_is_shown_when_and_how_it_is_wanted(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """All that can be said of it is said; times without a zone are local."""
    start = dt_util.utcnow().replace(microsecond=0) + timedelta(hours=1)
    answer = await act(
        hass,
        "show_message",
        device_id=station_device,
        content="Free today",
        message_id=7,
        format="ascii",
        language="en",
        priority="in_front",
        state="idle",
        start=dt_util.as_local(start).replace(tzinfo=None).isoformat(),
        end=(start + timedelta(hours=1)).isoformat(),
        transaction_id="T-1",
    )
    assert answer == {"status": "Accepted", "message_id": 7}
    assert await station.told("SetDisplayMessage") == {
        "message": {
            "id": 7,
            "priority": "InFront",
            "state": "Idle",
            "startDateTime": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "endDateTime": (start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "transactionId": "T-1",
            "message": {"format": "ASCII", "language": "en", "content": "Free today"},
        }
    }


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"start": "2099-01-02 00:00:00", "end": "2099-01-01 00:00:00"}, "end before it begins"),
        ({"end": "2020-01-01 00:00:00"}, "over already"),
        ({"content": "Gr\u00fc\u00df Gott", "format": "ascii"}, "characters that this format does not know"),
    ],
)
async def test_a_message_that_makes_no_sense_is_not_sent(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, data: dict[str, Any], problem: str
) -> None:
    """The error says what to do."""
    with pytest.raises(ServiceValidationError, match=problem):
        await act(hass, "show_message", device_id=station_device, **({"content": "Free today"} | data))
    assert not station.was_told("SetDisplayMessage")


@pytest.mark.parametrize("data", [{"content": ""}, {"content": "x" * 513}, {"priority": "loud"}, {"language": "e"}])
async def test_a_message_has_bounds(
    hass: HomeAssistant, station: ScriptedStation, station_device: str, data: dict[str, Any]
) -> None:
    """Those of the specification."""
    with pytest.raises(vol.Invalid):
        await act(hass, "show_message", device_id=station_device, **({"content": "Free today"} | data))


async def test_a_message_that_is_refused_is_not_reported_as_shown(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """The charger says why."""
    station.answers["SetDisplayMessage"] = {"status": "NotSupportedMessageFormat"}
    data: dict[str, Any] = {"device_id": station_device, "content": "Free today"}
    assert await act(hass, "show_message", **data) == {"status": "NotSupportedMessageFormat"}
    with pytest.raises(HomeAssistantError, match="NotSupportedMessageFormat"):
        await act(hass, "show_message", answer=False, **data)


async def test_the_messages_of_a_display_are_listed(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """With local times, those that fit what is asked for."""
    shown = {"id": 7, "priority": "InFront", "state": "Idle", "startDateTime": "2026-11-20T12:00:00Z"}

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        info = {**shown, "message": {"format": "UTF8", "content": "Free today"}}
        station.begin(station.call("NotifyDisplayMessages", {"requestId": payload["requestId"], "messageInfo": [info]}))
        return {"status": "Accepted"}

    station.answers["GetDisplayMessages"] = answer
    filters: dict[str, Any] = {"message_ids": [7], "priority": "in_front", "state": "idle"}
    start = dt_util.parse_datetime("2026-11-20T12:00:00Z", raise_on_error=True)
    assert await ask(hass, "get_messages", device_id=station_device, **filters) == {
        "status": "Accepted",
        "complete": True,
        "messages": [
            {
                "message_id": 7,
                "content": "Free today",
                "format": "utf8",
                "language": None,
                "priority": "in_front",
                "state": "idle",
                "start": dt_util.as_local(start).isoformat(),
                "end": None,
                "transaction_id": None,
            }
        ],
    }
    said = await station.told("GetDisplayMessages")
    assert (said["id"], said["priority"], said["state"]) == ([7], "InFront", "Idle")


async def test_a_display_without_messages_has_none(
    hass: HomeAssistant, station: ScriptedStation, station_device: str
) -> None:
    """Which is an answer."""
    station.answers["GetDisplayMessages"] = {"status": "Unknown"}
    answer = await ask(hass, "get_messages", device_id=station_device)
    assert answer == {"status": "Unknown", "complete": True, "messages": []}


async def test_a_message_is_cleared(hass: HomeAssistant, station: ScriptedStation, station_device: str) -> None:
    """By its number; one that is not there was not cleared."""
    assert await act(hass, "clear_message", device_id=station_device, message_id=7) == {"status": "Accepted"}
    assert await station.told("ClearDisplayMessage") == {"id": 7}
    station.answers["ClearDisplayMessage"] = {"status": "Unknown"}
    assert await act(hass, "clear_message", device_id=station_device, message_id=7) == {"status": "Unknown"}
