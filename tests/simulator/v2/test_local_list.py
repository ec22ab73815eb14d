"""The local authorization list and the cache (C10 to C14, D01 and D02)."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.central import Central, Fail
from tests.simulator.v2.events import events, judge


def entry(id_token: str, status: str | None = "Accepted") -> dict[str, Any]:
    """An entry of the list; without status it takes one away."""
    info = {} if status is None else {"idTokenInfo": {"status": status}}
    return {"idToken": {"idToken": id_token, "type": "ISO14443"}, **info}


async def send(central: Central, version: int, *entries: dict[str, Any], kind: str = "Full") -> str:
    """Send a list and return the status."""
    wire = {"localAuthorizationList": [*entries]} if entries else {}
    answer = await central.call("SendLocalList", {"versionNumber": version, "updateType": kind, **wire})
    return str(answer["status"])


async def version(central: Central) -> int:
    """Return the version that the station has."""
    return int((await central.call("GetLocalListVersion"))["versionNumber"])


async def test_a_list_is_replaced_changed_and_emptied(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await version(central) == 0
    assert await send(central, 3, entry("A"), entry("B")) == "Accepted"
    assert await send(central, 4, entry("A", None), entry("C"), kind="Differential") == "Accepted"
    assert await version(central) == 4
    assert charge_point.configuration("LocalAuthListCtrlr.Entries") == "2"
    assert await send(central, 4, entry("D"), kind="Differential") == "VersionMismatch"
    assert await send(central, 5) == "Accepted"
    assert await version(central) == 0


async def test_a_version_is_positive(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await send(central, 0, entry("A")) == "Failed"


async def test_a_list_has_an_end(central: Central, charge_point: SimulatedChargePoint) -> None:
    longest = int(charge_point.configuration("LocalAuthListCtrlr.ItemsPerMessage"))
    with pytest.raises(Fail, match="OccurrenceConstraintViolation"):
        await send(central, 1, *(entry(f"T{number}") for number in range(longest + 1)))


async def test_a_list_may_be_off(central: Central, charge_point: SimulatedChargePoint) -> None:
    await send(central, 1, entry("A"))
    charge_point.configure("LocalAuthListCtrlr.Enabled", "false")
    assert await version(central) == 0
    assert await send(central, 2, entry("A")) == "Failed"


async def test_a_listed_card_may_be_accepted_without_asking(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await send(central, 1, entry("TAG"))
    charge_point.configure("AuthCtrlr.LocalPreAuthorize", "true")
    await charge_point.plug_in(1)
    assert await charge_point.present_card(1, "TAG")
    assert "Authorize" not in central.actions()
    assert len(events(central, "Started")) == 1


async def test_nobody_may_be_asked_about(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AuthCtrlr.DisableRemoteAuthorization", "true")
    await charge_point.plug_in(1)
    assert not await charge_point.present_card(1, "TAG")
    assert "Authorize" not in central.actions()


async def test_the_cache_knows_who_charged_until_it_is_cleared(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    charge_point.configure("AuthCtrlr.LocalPreAuthorize", "true")
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    assert len(central.payloads("Authorize")) == 1
    assert await central.call("ClearCache") == {"status": "Accepted"}
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    assert len(central.payloads("Authorize")) == 2


async def test_without_a_cache_there_is_none_to_clear(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AuthCacheCtrlr.Enabled", "false")
    assert await central.call("ClearCache") == {"status": "Rejected"}


async def test_a_cached_verdict_ends(central: Central, charge_point: SimulatedChargePoint) -> None:
    charge_point.configure("AuthCtrlr.LocalPreAuthorize", "true")
    central.answers["Authorize"] = judge("Accepted", cacheExpiryDateTime="2020-01-01T00:00:00Z")
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    assert len(central.payloads("Authorize")) == 2


async def test_what_is_known_of_a_customer_is_told_and_forgotten(
    central: Central, charge_point: SimulatedChargePoint
) -> None:
    await charge_point.present_card(1, "TAG")
    token = {"idToken": "TAG", "type": "ISO14443"}
    for number, clear in enumerate((True, False), 1):
        request = {"requestId": number, "report": True, "clear": clear, "idToken": token}
        await central.call("CustomerInformation", request)
        told = await central.wait_call("NotifyCustomerInformation", number)
        assert ("Accepted" in told["data"]) is clear
