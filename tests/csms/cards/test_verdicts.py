"""Verdicts of a charge point: what it knows besides the tags, and that Authorize, StartTransaction and StopTransaction agree."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.cards.unknown_tags import FLOOD, FLOOD_WINDOW
from custom_components.ocpp_csms.csms.cards.verdicts import ALLOWED_ONCE
from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.model import Registration
from tests.csms.central import NOON, Clock
from tests.csms.dialect import Station
from tests.csms.scripted_charge_point import ScriptedChargePoint


@pytest.fixture
async def station() -> AsyncGenerator[Station]:
    """CP1, where only those tags may charge that were entered: Ann's and Ben's, of one family, and one that is lost."""
    station = Station()
    tags = [
        IdTag("ANN", name="Ann", parent="FAMILY"),
        IdTag("BEN", name="Ben", parent="FAMILY", concurrent=1),
        IdTag("LOST", allowed=False),
    ]
    station.authorization = Authorization(tags={tag.id_tag: tag for tag in tags})
    station.connect()
    yield station
    station.disconnect()


def authorize(station: Station, id_tag: str) -> dict[str, Any]:
    """Hold a tag to the charge point; return what it is told."""
    info: dict[str, Any] = station.send("Authorize", {"idTag": id_tag})["idTagInfo"]
    return info


def start(station: Station, id_tag: str, connector: int = 1, **fields: Any) -> tuple[int, dict[str, Any]]:
    """Start a transaction; return its id, and what is said of the tag."""
    payload = {"connectorId": connector, "idTag": id_tag, "meterStart": 1000, "timestamp": station.time()} | fields
    answer = station.send("StartTransaction", payload)
    return answer["transactionId"], answer["idTagInfo"]


def stop(station: Station, transaction_id: int, id_tag: str) -> dict[str, Any]:
    """Stop a transaction with a tag; return what is said of it."""
    info: dict[str, Any] = station.stop(transaction_id, idTag=id_tag)["idTagInfo"]
    return info


@pytest.mark.parametrize(("id_tag", "status"), [("ANN", "Accepted"), ("LOST", "Blocked"), ("STRANGER", "Invalid")])
async def test_authorize_start_and_stop_agree(station: Station, id_tag: str, status: str) -> None:
    """Whatever the verdict, the group is part of it."""
    asked = authorize(station, id_tag)
    transaction, started = start(station, id_tag)
    stopped = stop(station, transaction, id_tag)
    assert asked == started == stopped
    assert asked == {"status": status} | ({"parentIdTag": "FAMILY"} if id_tag == "ANN" else {})


async def test_a_member_of_the_group_may_stop_the_session_of_another(station: Station) -> None:
    """The charge point sees it by the group; the transaction stays that of whom it was."""
    transaction, _ = start(station, "ANN")
    assert authorize(station, "BEN") == {"status": "Accepted", "parentIdTag": "FAMILY"}
    assert stop(station, transaction, "BEN") == {"status": "Accepted", "parentIdTag": "FAMILY"}
    ended = station.charge_point.transaction(str(transaction))
    assert ended is not None
    assert (ended.running, ended.id_tag) == (False, "ANN")


@pytest.mark.parametrize("id_tag", ["LOST", "STRANGER", "", "x" * 1000])
async def test_a_stop_counts_whoever_made_it(station: Station, id_tag: str) -> None:
    """It has happened."""
    transaction, _ = start(station, "ANN")
    station.stop(transaction, idTag=id_tag)
    assert station.charge_point.connectors[1].running_transaction is None


async def test_a_tag_whose_transaction_runs_may_always_stop_it(station: Station) -> None:
    """Also when it was blocked meanwhile; nobody is told so for long, and it starts nothing more."""
    start(station, "ANN")
    station.authorization = Authorization(tags={"ANN": IdTag("ANN", allowed=False)})
    assert authorize(station, "ann") == {"status": "Accepted", "expiryDate": "2026-11-20T12:02:00Z"}
    assert start(station, "ANN", 2)[1] == {"status": "Blocked"}


async def test_a_tag_of_one_transaction_at_a_time_starts_no_second_one(station: Station) -> None:
    """It may be held to the charger all the same; once the first has ended, it may start another."""
    first, _ = start(station, "BEN")
    assert authorize(station, "BEN")["status"] == "Accepted"
    second, info = start(station, "BEN", 2)
    assert info == {"status": "ConcurrentTx", "parentIdTag": "FAMILY"}
    station.stop(first)
    station.stop(second)
    assert start(station, "BEN", 2, meterStart=2000)[1]["status"] == "Accepted"


async def test_a_retried_start_gets_the_verdict_of_the_first_try(station: Station) -> None:
    """The transaction is not counted against itself, nor is one that came later."""
    assert start(station, "BEN")[1]["status"] == "Accepted"
    assert start(station, "BEN", 2)[1]["status"] == "ConcurrentTx"
    assert start(station, "BEN")[1]["status"] == "Accepted"
    assert start(station, "BEN", 2)[1]["status"] == "ConcurrentTx"


async def test_a_start_on_the_same_connector_is_no_second_transaction(station: Station) -> None:
    """The stop of the first one was lost."""
    start(station, "BEN")
    assert start(station, "BEN", meterStart=2000)[1]["status"] == "Accepted"


async def test_only_the_last_verdicts_are_remembered(station: Station) -> None:
    """A charger that starts for ever fills no memory."""
    for meter in range(150):
        start(station, "BEN", meterStart=meter)
    assert start(station, "BEN", 2)[1]["status"] == "ConcurrentTx"


async def test_transactions_at_other_charge_points_count(central: CentralSystem, clock: Clock) -> None:
    """A tag of one transaction at a time charges at one charger of the house."""
    central.authorization = Authorization(tags={"BEN": IdTag("BEN", concurrent=1)})
    for identity in ("CP1", "CP2"):
        central.add(identity, ChargePointSettings(configure=False))
    payload = {"connectorId": 1, "idTag": "BEN", "meterStart": 0, "timestamp": "2026-11-20T12:00:00Z"}
    async with ScriptedChargePoint(central.port, "CP1") as one, ScriptedChargePoint(central.port, "CP2") as two:
        answers = [await point.call("StartTransaction", payload) for point in (one, two)]
    assert [answer["idTagInfo"]["status"] for answer in answers] == ["Accepted", "ConcurrentTx"]


async def test_a_charge_point_has_a_policy_of_its_own() -> None:
    """Where everybody may charge although only some may elsewhere."""
    station = Station(ChargePointSettings(configure=False, id_tag_policy=Policy.ACCEPT_ALL))
    station.authorization = Authorization(Policy.LISTED_ONLY)
    assert authorize(station, "STRANGER") == {"status": "Accepted"}
    assert station.told("id_tag_presented")[0].data["policy"] == "accept_all"


# Allowed once


async def test_a_tag_that_was_allowed_once_starts_one_transaction(station: Station) -> None:
    """And stops it; the charge point is told until when that holds."""
    until = station.charge_point.verdicts.allow_once("GUEST")
    assert until == NOON + ALLOWED_ONCE
    info = {"status": "Accepted", "expiryDate": "2026-11-20T12:10:00Z"}
    assert authorize(station, "guest") == info
    transaction, started = start(station, "GUEST")
    assert started == info
    station.clock.advance(hours=1)
    assert stop(station, transaction, "GUEST")["status"] == "Accepted"
    assert authorize(station, "GUEST") == {"status": "Invalid"}
    assert start(station, "GUEST", meterStart=2000)[1] == {"status": "Invalid"}


async def test_a_retried_start_of_a_tag_that_was_allowed_once_is_accepted(station: Station) -> None:
    """It is the same transaction, also after a restart of ours."""
    station.charge_point.verdicts.allow_once("GUEST")
    transaction, _ = start(station, "GUEST")
    assert start(station, "GUEST") == (transaction, {"status": "Accepted"})
    again = Station(stored=station.snapshot())
    again.authorization = station.authorization
    assert start(again, "GUEST") == (transaction, {"status": "Accepted"})


async def test_a_tag_that_was_allowed_once_must_be_quick(station: Station) -> None:
    """Ten minutes."""
    station.charge_point.verdicts.allow_once("GUEST")
    station.clock.advance(minutes=10, seconds=1)
    assert authorize(station, "GUEST") == {"status": "Invalid"}
    assert start(station, "GUEST")[1] == {"status": "Invalid"}


async def test_a_blocked_tag_can_be_allowed_once(station: Station) -> None:
    """Whoever says so means it."""
    station.charge_point.verdicts.allow_once("LOST")
    assert start(station, "LOST")[1]["status"] == "Accepted"
    assert start(station, "LOST", 2)[1] == {"status": "Blocked"}


async def test_a_remote_start_with_a_tag_that_was_allowed_once_is_the_once(station: Station) -> None:
    """As when somebody is asked about a card and the car is plugged in."""
    station.status("Preparing")
    station.charge_point.verdicts.allow_once("GUEST")
    await station.charge_point.start(1, "GUEST")
    assert start(station, "GUEST")[1]["status"] == "Accepted"
    station.clock.advance(minutes=3)
    assert start(station, "GUEST", 2)[1] == {"status": "Invalid"}


async def test_a_clock_that_is_ahead_does_not_spoil_it(station: Station) -> None:
    """The time until which it holds is that of the charge point's clock."""
    station.status("Available", timestamp="2026-11-20T14:00:00Z")
    station.charge_point.verdicts.allow_once("GUEST")
    assert authorize(station, "GUEST")["expiryDate"] == "2026-11-20T14:10:00Z"


async def test_only_the_last_few_are_allowed(station: Station) -> None:
    """Nobody allows more in ten minutes."""
    for number in range(25):
        station.charge_point.verdicts.allow_once(f"GUEST{number}")
    assert authorize(station, "GUEST0")["status"] == "Invalid"
    assert authorize(station, "GUEST24")["status"] == "Accepted"


# Remote starts


async def test_a_remote_start_with_a_blocked_tag_is_accepted(station: Station) -> None:
    """Who starts it from Home Assistant has decided."""
    station.status("Preparing")
    await station.charge_point.start(1, "LOST")
    assert authorize(station, "LOST") == {"status": "Accepted"}
    transaction, info = start(station, "LOST")
    assert info == {"status": "Accepted"}
    assert start(station, "LOST") == (transaction, info)
    station.clock.advance(hours=1)
    assert stop(station, transaction, "LOST")["status"] == "Accepted"


async def test_our_own_tag_is_accepted_though_nobody_entered_it(station: Station) -> None:
    """A charge point may start with it by itself."""
    transaction, info = start(station, "HomeAssistant")
    assert info == {"status": "Accepted"}
    assert stop(station, transaction, "HomeAssistant") == {"status": "Accepted"}
    assert station.told("id_tag_presented") == []


# Unknown tags


async def test_unknown_tags_can_be_adopted(central: CentralSystem) -> None:
    """They are remembered with the charge point where they were presented; known ones and strangers' are not."""
    central.authorization = Authorization(tags={"ANN": IdTag("ANN")})
    central.add("CP1", ChargePointSettings(configure=False))
    async with ScriptedChargePoint(central.port, "CP1") as point, ScriptedChargePoint(central.port, "NEW") as stranger:
        for id_tag in ("ANN", "GUEST", ""):
            await point.call("Authorize", {"idTag": id_tag})
        await stranger.call("Authorize", {"idTag": "STRANGER"})
        assert central.charge_points["NEW"].registration is Registration.PENDING
    assert [(tag.id_tag, tag.charge_point) for tag in central.unknown_tags.recent()] == [("GUEST", "CP1")]


async def test_a_thousand_unknown_tags_a_minute_are_answered_and_not_told(station: Station) -> None:
    """Everybody who shows a state is told once that it has begun."""
    floods: list[bool] = []
    verdicts = station.charge_point.verdicts
    station.charge_point.listen(0, ("unknown_tags",), lambda: floods.append(verdicts.is_flooded))
    for number in range(1000):
        station.clock.advance(seconds=0.06)
        assert authorize(station, f"TAG{number}") == {"status": "Invalid"}
    assert len(station.told("id_tag_presented")) == FLOOD - 1
    assert floods == [True]
    station.clock.now += FLOOD_WINDOW + timedelta(seconds=1)
    assert not verdicts.is_flooded
    assert authorize(station, "ANN")["status"] == "Accepted"
    assert station.told("id_tag_presented")[-1].data["name"] == "Ann"


async def test_nothing_stays_of_the_flood_at_a_charge_point_that_was_removed(central: CentralSystem) -> None:
    """Its successor begins anew."""
    point = central.add("CP1", ChargePointSettings(configure=False))
    for number in range(FLOOD):
        point.authorize(f"TAG{number}")
    assert point.verdicts.is_flooded
    central.remove("CP1")
    assert not central.add("CP1", ChargePointSettings(configure=False)).verdicts.is_flooded
