"""Network profiles: which are kept, and which is dialled."""

from typing import Any

from ocpp.v201.enums import AttributeEnumType, SetVariableStatusEnumType as Status
import pytest

from custom_components.ocpp_csms.simulator.v2.addresses import Address
from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from custom_components.ocpp_csms.simulator.v2.network_profiles import PRIORITY, NetworkProfiles
from tests.simulator.v2.rooms import ask, small_model

OTHER = {
    "ocppVersion": "OCPP20",
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://other.example/ocpp/",
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
}


@pytest.fixture
def notes() -> list[str]:
    """What was noted."""
    return []


@pytest.fixture
def room(model: DeviceModel, notes: list[str]) -> NetworkProfiles:
    """The room of a station that has the means for profiles up to 2."""
    return NetworkProfiles(model, "ws://first.example/CP%201", means=lambda profile: profile <= 2, note=notes.append)


async def fill(room: NetworkProfiles, slot: int = 2, **others: Any) -> str:
    payload = {"configurationSlot": slot, "connectionData": {**OTHER, **others}}
    return str((await ask(room.handlers, "SetNetworkProfile", payload))["status"])


def order(model: DeviceModel, slots: str) -> Status:
    return model.write(Address.from_text(PRIORITY), AttributeEnumType.actual, slots)


def restart(room: NetworkProfiles, model: DeviceModel) -> None:
    model.apply_pending()
    room.restarted()


async def test_the_order_of_slots_holds_after_a_restart(
    room: NetworkProfiles, model: DeviceModel, notes: list[str]
) -> None:
    """B09.FR.01, B10.FR.01 and FR.04; the identity stays the same."""
    assert await fill(room) == "Accepted"
    assert order(model, "2,1") is Status.reboot_required
    assert room.url == "ws://first.example/CP%201"
    restart(room, model)
    assert room.url == "wss://other.example/ocpp/CP%201"
    assert (room.security_profile, model.integer("SecurityCtrlr.SecurityProfile")) == (2, 2)
    assert model.text("OCPPCommCtrlr.ActiveNetworkProfile") == "2"
    assert notes == ["network profile 2 is dialled"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ocppCsmsUrl": "ws://other.example"},
        {"ocppCsmsUrl": "wss://"},
        {"ocppCsmsUrl": "wss://other.example", "ocppTransport": "SOAP"},
        {"securityProfile": 4},
        {"slot": 9},
    ],
)
async def test_a_profile_that_cannot_work_is_rejected(room: NetworkProfiles, wrong: dict[str, Any]) -> None:
    """B09.FR.02 and FR.05."""
    assert await fill(room, **wrong) == "Rejected"


async def test_a_lower_security_profile_is_rejected(room: NetworkProfiles, model: DeviceModel) -> None:
    """B09.FR.04."""
    model.set("SecurityCtrlr.SecurityProfile", "2")
    assert await fill(room, ocppCsmsUrl="ws://other.example", securityProfile=1) == "Rejected"
    assert await fill(room) == "Accepted"


async def test_the_slot_in_use_is_not_overwritten(room: NetworkProfiles) -> None:
    """B09.FR.03."""
    assert await fill(room, slot=1) == "Failed"


@pytest.mark.parametrize("slots", ["2", "1,3", "3,1", "4"])
async def test_an_order_that_cannot_be_followed_is_rejected(
    room: NetworkProfiles, model: DeviceModel, slots: str
) -> None:
    """B10.FR.02: slot 2 is empty, and for slot 3 the certificate is missing."""
    await fill(room, slot=3, securityProfile=3)
    assert order(model, slots) is Status.rejected


async def test_a_slot_that_leads_nowhere_is_given_up(room: NetworkProfiles, model: DeviceModel) -> None:
    """B10.FR.03 and FR.07: after so many tries the next one, in the end the one that has worked."""
    model.set("OCPPCommCtrlr.NetworkProfileConnectionAttempts", "2")
    room.reached()
    for slot in (2, 3):
        await fill(room, slot=slot, ocppCsmsUrl=f"wss://slot{slot}.example")
    order(model, "2,3")
    restart(room, model)
    dialled = []
    for _ in range(5):
        dialled.append(room.url.split("//")[1].split(".")[0])
        room.failed()
    assert dialled == ["slot2", "slot2", "slot3", "slot3", "first"]
    assert room.security_profile == 0


async def test_what_works_is_where_it_comes_back_to(room: NetworkProfiles, model: DeviceModel) -> None:
    model.set("OCPPCommCtrlr.NetworkProfileConnectionAttempts", "1")
    await fill(room)
    order(model, "2")
    restart(room, model)
    room.reached()
    room.failed()
    assert room.url == "wss://other.example/ocpp/CP%201"


async def test_profiles_survive_a_restart(room: NetworkProfiles, model: DeviceModel, notes: list[str]) -> None:
    await fill(room)
    order(model, "2")
    restart(room, model)
    again = NetworkProfiles(small_model(), "ws://first.example/CP%201", means=lambda _profile: True, note=notes.append)
    again.restore(room.dump())
    assert again.url == "wss://other.example/ocpp/CP%201"
