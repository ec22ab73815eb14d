"""The charge point: commands are confirmed before they count, readings are forgotten with the connection, listeners hear of changes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    InvalidRequestError,
    NotConnectedError,
    RefusedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey, ConnectorStatus, ErrorCode, Quantity
from custom_components.ocpp_csms.csms.security.credentials import hash_password
from tests.csms.dialect import CHECKER, Station

type Command = Callable[[ChargePoint], Awaitable[object]]

COMMANDS: dict[str, Command] = {
    "RemoteStartTransaction": lambda point: point.start(1),
    "RemoteStopTransaction": lambda point: point.stop_transaction("5"),
    "SetChargingProfile": lambda point: point.set_limit(1, 10),
    "ChangeAvailability": lambda point: point.set_availability(1, operative=False),
    "UnlockConnector": lambda point: point.unlock(1),
    "Reset": lambda point: point.reset(hard=True),
    "TriggerMessage": lambda point: point.trigger("MeterValues", 1),
    "ChangeConfiguration": lambda point: point.set_configuration("HeartbeatInterval", "60"),
}
ALWAYS_DATA: dict[str, Command] = {
    "GetConfiguration": lambda point: point.get_configuration(["HeartbeatInterval"]),
    "DataTransfer": lambda point: point.data_transfer("Acme", "Hello", "x"),
}


@pytest.fixture
def point(station: Station) -> ChargePoint:
    """CP1 with one connector that is available."""
    station.status("Available")
    return station.charge_point


@pytest.mark.usefixtures("point")
@pytest.mark.parametrize(("action", "command"), (COMMANDS | ALWAYS_DATA).items(), ids=list(COMMANDS | ALWAYS_DATA))
async def test_a_command_is_a_valid_message(station: Station, action: str, command: Command) -> None:
    """By the schema of the ocpp package."""
    await command(station.charge_point)
    assert station.rpc.calls[-1][0] == action
    assert [call for call in station.rpc.calls if CHECKER.check("1.6", *call)] == []


def kept(station: Station) -> dict[str, Any]:
    """Return what must survive, but what was learned about limits from refusals."""
    snapshot = station.snapshot()
    del snapshot["charge_point"]["limits"]
    return snapshot


@pytest.mark.usefixtures("point")
@pytest.mark.parametrize("status", ["Rejected", "NotSupported", "Failed", "rejected", "Nonsense"])
@pytest.mark.parametrize(("action", "command"), COMMANDS.items(), ids=list(COMMANDS))
async def test_a_refusal_names_the_answer(station: Station, action: str, command: Command, status: str) -> None:
    """As the charge point wrote it; nothing counts as done."""
    before = kept(station)
    station.rpc.answers[action] = {"status": status}
    with pytest.raises(RefusedError) as error:
        await command(station.charge_point)
    assert (error.value.action, error.value.status) == (action, status)
    assert kept(station) == before


@pytest.mark.usefixtures("point")
@pytest.mark.parametrize("answer", [{}, [], None, {"status": 5}, {"status": " "}, "Accepted"], ids=str)
@pytest.mark.parametrize(("action", "command"), COMMANDS.items(), ids=list(COMMANDS))
async def test_an_answer_without_status_is_neither_yes_nor_no(
    station: Station, action: str, command: Command, answer: Any
) -> None:
    """And nothing counts as done."""
    station.rpc.answers[action] = answer
    with pytest.raises(UnclearAnswerError):
        await command(station.charge_point)


@pytest.mark.usefixtures("point")
@pytest.mark.parametrize("status", ["accepted", " Accepted ", "ACCEPTED"])
@pytest.mark.parametrize(("action", "command"), COMMANDS.items(), ids=list(COMMANDS))
async def test_a_yes_is_understood_in_any_case(station: Station, action: str, command: Command, status: str) -> None:
    """As some charge points write it."""
    station.rpc.answers[action] = {"status": status}
    await command(station.charge_point)


@pytest.mark.usefixtures("point")
@pytest.mark.parametrize("command", (COMMANDS | ALWAYS_DATA).values(), ids=list(COMMANDS | ALWAYS_DATA))
async def test_a_command_needs_a_connection(station: Station, command: Command) -> None:
    """Offline is an error of its own."""
    station.disconnect()
    with pytest.raises(NotConnectedError):
        await command(station.charge_point)


@pytest.mark.parametrize(
    "command",
    [
        lambda point: point.start(7),
        lambda point: point.start(0),
        lambda point: point.stop(7),
        lambda point: point.set_limit(7, 10),
        lambda point: point.pause(7),
        lambda point: point.resume(7),
        lambda point: point.unlock(7),
        lambda point: point.set_availability(7, operative=True),
    ],
)
async def test_a_connector_that_is_not_there_is_an_error(
    station: Station, point: ChargePoint, command: Command
) -> None:
    """Nothing is sent."""
    with pytest.raises(InvalidRequestError) as error:
        await command(point)
    assert error.value.reason == "unknown_connector"
    assert station.rpc.calls == []


# Starting and stopping


async def test_a_start_names_connector_and_tag(station: Station, point: ChargePoint) -> None:
    """The tag of the settings, or another."""
    await point.start(1)
    await point.start(1, "CARD")
    assert station.rpc.calls == [
        ("RemoteStartTransaction", {"connectorId": 1, "idTag": "HomeAssistant"}),
        ("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD"}),
    ]


async def test_a_tag_is_cut_to_what_the_charge_point_bears(station: Station, point: ChargePoint) -> None:
    """Some spoil what OCPP allows."""
    await point.start(1, "x" * 20)
    point.update_settings(ChargePointSettings(quirks={"id_tag_length": 16}))
    await point.start(1, "x" * 20)
    assert [len(payload["idTag"]) for _, payload in station.rpc.calls] == [20, 16]


async def test_a_tag_that_no_charge_point_takes_is_not_sent(station: Station, point: ChargePoint) -> None:
    """A part of it would be another tag."""
    with pytest.raises(InvalidRequestError, match="id_tag_too_long"):
        await point.start(1, "x" * 21)
    assert not station.rpc.calls


async def test_a_charge_point_that_starts_with_one_tag_only_gets_that(station: Station, point: ChargePoint) -> None:
    """A quirk names the configuration key that holds it."""
    point.update_settings(ChargePointSettings(quirks={"id_tag_key": "PlugAndChargeIdentifier"}))
    await point.start(1)
    point.configuration_read({"PlugAndChargeIdentifier": ConfigurationKey("PlugAndChargeIdentifier", "PNC", True)})
    await point.start(1)
    assert [payload["idTag"] for _, payload in station.rpc.calls] == ["HomeAssistant", "PNC"]


async def test_a_start_while_charging_is_an_error(station: Station, point: ChargePoint) -> None:
    """Nothing is sent."""
    station.start()
    with pytest.raises(InvalidRequestError, match="transaction_running"):
        await point.start(1)
    assert station.rpc.calls == []


async def test_the_start_that_follows_a_remote_start_is_accepted(station: Station, point: ChargePoint) -> None:
    """Whatever became of the tag on the way; and its retry."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    await point.start(1, "GUEST")
    for _ in range(2):
        assert verdict(station, idTag="GUES") == "Accepted"


async def test_a_remote_start_opens_for_one_transaction_only(station: Station, point: ChargePoint) -> None:
    """The next tag is looked at again."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    await point.start(1, "GUEST")
    assert verdict(station, idTag="GUES") == "Accepted"
    assert verdict(station, idTag="STRANGER") == "Invalid"


async def test_a_remote_start_opens_one_connector_only(station: Station, point: ChargePoint) -> None:
    """Not its neighbour."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    station.status("Available", 2)
    await point.start(1, "GUEST")
    assert verdict(station, connectorId=2, idTag="STRANGER") == "Invalid"


async def test_a_remote_start_that_is_not_followed_is_forgotten(station: Station, point: ChargePoint) -> None:
    """After two minutes."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    await point.start(1, "GUEST")
    assert station.send("Authorize", {"idTag": "GUEST"})["idTagInfo"]["status"] == "Accepted"
    station.clock.advance(minutes=3)
    assert station.send("Authorize", {"idTag": "GUEST"})["idTagInfo"]["status"] == "Invalid"
    assert verdict(station, idTag="GUEST") == "Invalid"


async def test_a_remote_start_that_is_refused_opens_nothing(station: Station, point: ChargePoint) -> None:
    """Nor one whose answer is an error."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    station.rpc.answers["RemoteStartTransaction"] = CallFailedError("RemoteStartTransaction", "InternalError")
    with pytest.raises(CallFailedError):
        await point.start(1, "GUEST")
    assert verdict(station, idTag="GUEST") == "Invalid"


async def test_a_blocked_tag_is_blocked_whoever_sends_it(station: Station, point: ChargePoint) -> None:
    """What the user entered decides, also about the tag of our own starts."""
    station.authorization = Authorization(tags={"x": IdTag("HomeAssistant", allowed=False)})
    assert station.send("Authorize", {"idTag": "HomeAssistant"})["idTagInfo"]["status"] == "Blocked"


async def test_a_stop_names_the_transaction_that_runs(station: Station, point: ChargePoint) -> None:
    """On the connector."""
    running = station.start()
    await point.stop(1)
    assert station.rpc.calls == [("RemoteStopTransaction", {"transactionId": running})]


async def test_a_stop_without_a_transaction_is_an_error(station: Station, point: ChargePoint) -> None:
    """Before the first, and after the last."""
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="no_transaction"):
            await point.stop(1)
        station.stop(station.start())
    assert station.rpc.calls == []


async def test_a_transaction_that_we_do_not_know_can_be_stopped(station: Station, point: ChargePoint) -> None:
    """By its number; a text is none."""
    await point.stop_transaction("4711")
    assert station.rpc.calls == [("RemoteStopTransaction", {"transactionId": 4711})]
    for text in ("abc", "-1", "", "1.5"):
        with pytest.raises(InvalidRequestError, match="no_transaction"):
            await point.stop_transaction(text)


# Availability, unlocking, restarting


@pytest.mark.parametrize("connector", [0, 1])
async def test_availability_counts_when_it_is_accepted(station: Station, point: ChargePoint, connector: int) -> None:
    """At once, before the status that follows."""
    assert await point.set_availability(connector, operative=False) == "Accepted"
    assert station.rpc.calls == [("ChangeAvailability", {"connectorId": connector, "type": "Inoperative"})]
    assert point.connectors[connector].operative is False
    await point.set_availability(connector, operative=True)
    assert point.connectors[connector].operative is True


async def test_availability_that_is_scheduled_is_not_there_yet(station: Station, point: ChargePoint) -> None:
    """It comes with the status after the transaction."""
    station.rpc.answers["ChangeAvailability"] = {"status": "Scheduled"}
    assert await point.set_availability(1, operative=False) == "Scheduled"
    assert point.connectors[1].operative is True
    station.status("Unavailable")
    assert point.connectors[1].operative is False


async def test_a_charge_point_that_breaks_on_change_availability_is_spared(
    station: Station, point: ChargePoint
) -> None:
    """A quirk."""
    point.update_settings(ChargePointSettings(quirks={"change_availability": False}))
    with pytest.raises(InvalidRequestError, match="not_supported"):
        await point.set_availability(0, operative=False)
    assert station.rpc.calls == []


@pytest.mark.parametrize("status", ["Unlocked", "unlocked", "Accepted"])
async def test_a_plug_is_released(station: Station, point: ChargePoint, status: str) -> None:
    """Some answer Accepted instead of Unlocked."""
    station.rpc.answers["UnlockConnector"] = {"status": status}
    await point.unlock(1)


@pytest.mark.parametrize("status", ["UnlockFailed", "NotSupported"])
async def test_a_plug_that_is_not_released_is_an_error(station: Station, point: ChargePoint, status: str) -> None:
    """With the reason."""
    station.rpc.answers["UnlockConnector"] = {"status": status}
    with pytest.raises(RefusedError, match=status):
        await point.unlock(1)


@pytest.mark.parametrize(("hard", "type_"), [(True, "Hard"), (False, "Soft")])
async def test_a_reset_is_hard_or_soft(station: Station, point: ChargePoint, type_: str, *, hard: bool) -> None:
    """As asked."""
    await point.reset(hard=hard)
    assert station.rpc.calls == [("Reset", {"type": type_})]


# Configuration and raw messages


async def test_the_configuration_is_read_as_charge_points_write_it(station: Station, point: ChargePoint) -> None:
    """Numbers for texts, texts for truth, entries that are none."""
    station.rpc.answers["GetConfiguration"] = {
        "configurationKey": [
            {"key": "HeartbeatInterval", "value": 300, "readonly": "false"},
            {"key": " AuthorizationKey ", "readonly": False},
            {"key": "NumberOfConnectors", "value": "2", "readonly": "True"},
            {"key": ""},
            {"value": "x"},
            "nonsense",
        ],
        "unknownKey": "Other",
    }
    known, unknown = await point.get_configuration(["HeartbeatInterval", "Other"])
    assert known == {
        "HeartbeatInterval": ConfigurationKey("HeartbeatInterval", "300", readonly=False),
        "AuthorizationKey": ConfigurationKey("AuthorizationKey", None, readonly=False),
        "NumberOfConnectors": ConfigurationKey("NumberOfConnectors", "2", readonly=True),
    }
    assert unknown == ["Other"]
    assert point.configuration == known
    assert station.rpc.calls == [("GetConfiguration", {"key": ["HeartbeatInterval", "Other"]})]


async def test_a_password_is_not_read(station: Station, point: ChargePoint) -> None:
    """Some charge points show what is meant to be write-only; that the key exists is no secret."""
    reported = [
        {"key": "authorizationKEY", "readonly": False, "value": "736563726574"},
        {"key": "Long", "readonly": True, "value": "x" * 10_000},
    ]
    station.rpc.answers["GetConfiguration"] = {"configurationKey": reported}
    known, _unknown = await point.get_configuration()
    assert known["authorizationKEY"] == ConfigurationKey("authorizationKEY", None, readonly=False)
    assert "736563726574" not in str(point.configuration)
    assert len(str(point.configuration["Long"].value)) == 2000


async def test_what_a_full_reading_does_not_tell_any_more_is_gone(station: Station, point: ChargePoint) -> None:
    """A reading of some keys leaves the others."""
    for keys, told in (((), ("A", "B")), (("C",), ("C",)), ((), ("A",))):
        station.rpc.answers["GetConfiguration"] = {"configurationKey": [{"key": key, "value": "1"} for key in told]}
        await point.get_configuration(keys)
        assert point.configuration.keys() == ({"A", "B", "C"} if keys else set(told))


@pytest.mark.parametrize("answer", ["Accepted", "RebootRequired"])
async def test_a_password_is_set_as_hex_digits(station: Station, point: ChargePoint, answer: str) -> None:
    """Whitepaper, A.5.2; it is not kept. The answer says from when on it is used."""
    station.rpc.answers["ChangeConfiguration"] = {"status": answer}
    assert await point.set_password("secret") == answer
    assert station.rpc.calls == [("ChangeConfiguration", {"key": "AuthorizationKey", "value": "736563726574"})]
    assert point.configuration == {}


@pytest.mark.parametrize("key", ["AuthorizationKey", " authorizationkey"])
async def test_a_password_is_not_written_like_any_key(station: Station, point: ChargePoint, key: str) -> None:
    """We would go on expecting the old one: the charge point would be locked out."""
    with pytest.raises(InvalidRequestError, match="password_key"):
        await point.set_configuration(key, "736563726574")
    assert station.rpc.calls == []


@pytest.mark.parametrize("answer", [{}, [], None, "x", {"configurationKey": None}], ids=str)
async def test_a_configuration_that_is_none_is_empty(station: Station, point: ChargePoint, answer: Any) -> None:
    """Not an error; all keys are asked for without naming one."""
    station.rpc.answers["GetConfiguration"] = answer
    assert await point.get_configuration() == ({}, [])
    assert station.rpc.calls == [("GetConfiguration", {})]


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
async def test_a_key_that_was_written_is_known(station: Station, point: ChargePoint, status: str) -> None:
    """With the new value."""
    station.rpc.answers["ChangeConfiguration"] = {"status": status}
    assert await point.set_configuration("HeartbeatInterval", "60") == status
    assert point.configuration["HeartbeatInterval"].value == "60"


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "UnknownMessageId"])
async def test_every_status_of_vendor_data_is_a_result(station: Station, point: ChargePoint, status: str) -> None:
    """What it means is the vendor's business; what is not said is not sent."""
    station.rpc.answers["DataTransfer"] = {"status": status, "data": 5}
    assert await point.data_transfer("Acme") == (status, "5")
    assert station.rpc.calls == [("DataTransfer", {"vendorId": "Acme"})]


async def test_vendor_data_without_a_status_is_unclear(station: Station, point: ChargePoint) -> None:
    """Neither yes nor no."""
    station.rpc.answers["DataTransfer"] = {}
    with pytest.raises(UnclearAnswerError):
        await point.data_transfer("Acme")


@pytest.mark.parametrize(("answer", "result"), [({"a": 1}, {"a": 1}), ([1], {"payload": [1]})], ids=str)
async def test_any_action_can_be_called(station: Station, point: ChargePoint, answer: Any, result: Any) -> None:
    """With a raw payload."""
    station.rpc.answers["Anything"] = answer
    assert await point.call("Anything", {"x": 1}) == result
    assert station.rpc.calls == [("Anything", {"x": 1})]


async def test_refreshing_asks_for_configuration_status_and_values(station: Station, point: ChargePoint) -> None:
    """Of all connectors."""
    station.status("Available", 2)
    await point.refresh()
    assert station.rpc.calls == [
        ("GetConfiguration", {}),
        ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
        ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
        ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2}),
    ]


async def test_refreshing_spares_a_charge_point_that_cannot_stand_triggers(
    station: Station, point: ChargePoint
) -> None:
    """A quirk."""
    point.update_settings(ChargePointSettings(configure=False, quirks={"trigger": False}))
    await point.refresh()
    assert station.rpc.calls == [("GetConfiguration", {})]


async def test_refreshing_and_new_settings_let_refused_values_be_tried_again(
    station: Station, point: ChargePoint
) -> None:
    """The maximum current is none that the charge point is configured by."""
    point.configuration_refused("A", "1")
    point.update_settings(ChargePointSettings(configure=False, maximum_current=16))
    assert point.refused_configuration == {"A": ["1"]}
    point.update_settings(ChargePointSettings(configure=False, meter_interval=10))
    assert point.refused_configuration == {}
    point.configuration_refused("A", "1")
    await point.refresh()
    assert point.refused_configuration == {}


# What it is, and what survives


async def test_a_connector_says_whether_a_cable_is_in_and_energy_flows(station: Station, point: ChargePoint) -> None:
    """As far as it can be told."""
    seen = {}
    for status in ConnectorStatus:
        point.status_reported(1, status, ErrorCode.NO_ERROR, at=None)
        seen[status] = (point.connectors[1].plugged_in, point.connectors[1].charging)
    assert {status for status, (plugged, _) in seen.items() if plugged is None} == {
        ConnectorStatus.INOPERATIVE,
        ConnectorStatus.FAULTED,
    }
    assert {status for status, (plugged, _) in seen.items() if plugged is False} == {
        ConnectorStatus.AVAILABLE,
        ConnectorStatus.RESERVED,
    }
    assert [status for status, (_, charging) in seen.items() if charging] == [ConnectorStatus.CHARGING]
    station.start()
    assert point.connectors[1].plugged_in is True


async def test_without_a_status_power_says_whether_energy_flows(station: Station) -> None:
    """And nothing is said without either."""
    connector = station.charge_point.connector(1)
    assert (connector.plugged_in, connector.charging, connector.session_energy) == (None, None, None)
    station.sample(power=0)
    assert connector.charging is False
    station.sample(power=50)
    assert connector.charging is True


async def test_power_that_is_never_reported_is_0_only_while_nothing_flows(station: Station) -> None:
    """A charge point may report nothing but its register: what it gives then is not known."""
    readings = station.charge_point.connector(1).readings
    station.status("Available")
    assert readings[Quantity.POWER] == 0
    station.status("Charging")
    station.sample(energy=2000)
    assert Quantity.POWER not in readings
    station.status("Finishing")
    assert readings[Quantity.POWER] == 0


async def test_power_that_is_reported_stays_known(station: Station) -> None:
    """Charging after a pause begins at the 0 that was reported."""
    readings = station.charge_point.connector(1).readings
    station.status("Available")
    station.sample(power=0)
    station.status("Charging")
    assert readings[Quantity.POWER] == 0
    station.sample(power=7000)
    station.status("SuspendedEV")
    station.status("Charging")
    assert readings[Quantity.POWER] == 0


async def test_what_was_learned_survives_a_restart(station: Station, point: ChargePoint) -> None:
    """Who it is, its connectors, its limit, what it refused."""
    station.boot(firmwareVersion="1")
    station.status("Available", 2)
    await point.set_limit(2, 13)
    await point.pause(2)
    point.configuration_refused("A", "1")
    restored = Station(stored=station.snapshot()).charge_point
    assert restored.info == point.info
    assert sorted(restored.connectors) == [0, 1, 2]
    assert (restored.connectors[2].limit, restored.connectors[2].paused) == (13, True)
    assert restored.refused_configuration == {"A": ["1"]}
    assert restored.version == "1.6"


def test_a_snapshot_holds_no_secret() -> None:
    """Passwords are the user's settings, not learned."""
    station = Station(ChargePointSettings(credential=hash_password("secret")))
    assert "scrypt" not in str(station.snapshot())


def test_overrides_that_are_none_any_more_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """An update may drop a quirk that a user had overridden: the charge point goes on."""
    station = Station(ChargePointSettings(quirks={"retired": True, "trigger": False}))
    assert station.charge_point.quirks.trigger is True
    assert [record.message for record in caplog.records] == ["CP1: its overrides are left out, retired is none"]


def verdict(station: Station, **fields: Any) -> str:
    """Let a transaction start and return the verdict on its tag."""
    payload = {"connectorId": 1, "meterStart": 0, "timestamp": "2026-11-20T12:00:00Z"} | fields
    return str(station.send("StartTransaction", payload)["idTagInfo"]["status"])
