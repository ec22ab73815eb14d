"""What a charging station is told in 2.x, and what its answers mean; the far end is a script."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from custom_components.ocpp_csms.charging.profiles import Period
from custom_components.ocpp_csms.csms.booking.ledger import Ledger
from custom_components.ocpp_csms.csms.cards.authorization import Authorization
from custom_components.ocpp_csms.csms.cards.remote_starts import RemoteStart
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointEnvironment, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import (
    REFUSALS,
    CallFailedError,
    InvalidRequestError,
    NotConnectedError,
    RefusedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.extended_requests import GetBaseReport, ReportBase
from custom_components.ocpp_csms.csms.model import ConfigurationKey, ConnectorStatus
from custom_components.ocpp_csms.csms.requests import ClearCache, GetCompositeSchedule, GetDiagnostics
from custom_components.ocpp_csms.csms.v2.commands import V2Commands
from custom_components.ocpp_csms.csms.v2.reports import Reports
from custom_components.ocpp_csms.csms.wire.rpc import RpcConnection
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker, rounded
from tests.csms.central import NOON, Clock, surroundings
from tests.csms.dialect import ScriptedRpc
from tests.scripted import report, start_transaction

CHECKER = SchemaChecker()
CHECKER.load(("2.0.1", "2.1"))
STATUS_OF_TRANSACTION = "GetTransactionStatus"


class FarEnd:
    """A charging station CP1 with one EVSE, and the calls that it gets: each has to be sound by its schema."""

    def __init__(self, version: str) -> None:
        """Connect nothing: a command is what is tried here."""
        self.clock = Clock()
        self.rpc = ScriptedRpc()
        authorization = Authorization()
        ledger = Ledger(None, lambda urgent: None, NOON)
        environment = ChargePointEnvironment(ledger, lambda: authorization, self.clock, lambda urgent: None)
        self.point = ChargePoint("CP1", ChargePointSettings(configure=False), environment)
        self.reports = Reports()
        self.version = version
        self.commands = V2Commands(
            self.point,
            cast("RpcConnection", self.rpc),
            surroundings(self.clock, CHECKER),
            version=version,
            reports=self.reports,
        )
        report(self.point, 1, ConnectorStatus.AVAILABLE)

    def answers(self, action: str, answer: Any) -> None:
        """Let calls of an action be answered so; an exception is raised."""
        self.rpc.answers[action] = answer

    def told(self, action: str) -> list[dict[str, Any]]:
        """Return what it was told by an action; all that was told is sound."""
        for name, payload in self.rpc.calls:
            assert CHECKER.check(self.version, name, rounded(payload)) is None, name
        return [payload for name, payload in self.rpc.calls if name == action]

    def knows(self, *keys: str) -> None:
        """Let the inventory be known, as far as it counts."""
        self.point.configuration_keys_read({key: ConfigurationKey(key, "1", readonly=True) for key in keys})


@pytest.fixture(params=["2.0.1", "2.1"])
def far_end(request: pytest.FixtureRequest) -> FarEnd:
    """The far end, in each version."""
    return FarEnd(request.param)


# Transactions


async def test_a_transaction_is_started_on_an_evse(far_end: FarEnd) -> None:
    """With a tag, and an id by which the transaction can be told."""
    await far_end.commands.start(RemoteStart(1, "04A2B3C4D5E6F7", NOON, 5))
    (told,) = far_end.told("RequestStartTransaction")
    assert (told["evseId"], told["idToken"]) == (1, {"idToken": "04A2B3C4D5E6F7", "type": "ISO14443"})
    assert told["remoteStartId"] == 5


async def test_a_start_that_is_rejected_is_an_error(far_end: FarEnd) -> None:
    """With what the station said."""
    far_end.answers("RequestStartTransaction", {"status": "Rejected"})
    with pytest.raises(RefusedError) as refused:
        await far_end.commands.start(RemoteStart(1, "CARD", NOON, 5))
    assert refused.value.status == "Rejected"


async def test_a_transaction_is_stopped_by_the_id_of_the_station(far_end: FarEnd) -> None:
    """Whatever it looks like."""
    await far_end.commands.stop("9ea1c3c8-2d9c-4bd0-91ba-2f4be1a5c0de")
    assert far_end.told("RequestStopTransaction") == [{"transactionId": "9ea1c3c8-2d9c-4bd0-91ba-2f4be1a5c0de"}]


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ({"ongoingIndicator": False, "messagesInQueue": False}, False),
        ({"ongoingIndicator": False, "messagesInQueue": True}, True),
        ({"ongoingIndicator": True, "messagesInQueue": False}, True),
        ({"messagesInQueue": False}, True),
        (CallFailedError(STATUS_OF_TRANSACTION, "NotImplemented"), True),
    ],
)
async def test_a_stop_that_is_rejected_is_looked_into(far_end: FarEnd, said: Any, runs: bool) -> None:
    """A transaction that the station knows nothing of any more has ended; it was refused all the same."""
    running = start_transaction(far_end.point)
    far_end.answers("RequestStopTransaction", {"status": "Rejected"})
    far_end.answers(STATUS_OF_TRANSACTION, said)
    with pytest.raises(RefusedError):
        await far_end.commands.stop(running.transaction_id)
    assert running.running is runs


async def test_who_stops_what_has_ended_has_what_they_want(far_end: FarEnd) -> None:
    """The station refuses, and says that it knows nothing of it any more: that is no error."""
    running = start_transaction(far_end.point)
    far_end.answers("RequestStopTransaction", {"status": "Rejected"})
    far_end.answers(STATUS_OF_TRANSACTION, {"ongoingIndicator": False, "messagesInQueue": False})
    far_end.point.attach(far_end.commands, "192.0.2.1")
    await far_end.point.stop(1)
    assert not running.running
    far_end.point.detach(far_end.commands)


async def test_after_a_connection_what_runs_is_looked_into(far_end: FarEnd) -> None:
    """Then its state is asked for: status by plug, meter values by EVSE, the transaction's own event."""
    running = start_transaction(far_end.point)
    far_end.answers(STATUS_OF_TRANSACTION, {"ongoingIndicator": True, "messagesInQueue": False})
    await far_end.commands.request_state()
    assert far_end.told(STATUS_OF_TRANSACTION) == [{"transactionId": running.transaction_id}]
    assert far_end.told("TriggerMessage") == [
        {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}},
        {"requestedMessage": "TransactionEvent"},
        {"requestedMessage": "MeterValues", "evse": {"id": 1}},
    ]
    assert running.running


async def test_an_evse_that_does_not_say_what_it_is_is_what_it_was(far_end: FarEnd) -> None:
    """A station tells a status that has changed while it was offline, and need not obey a trigger (B04)."""
    evse = far_end.point.connector(1)
    evse.status, evse.status_before = None, ConnectorStatus.PREPARING
    await far_end.commands.request_state()
    assert evse.status is None
    far_end.answers("TriggerMessage", {"status": "Rejected"})
    await far_end.commands.request_state()
    assert evse.status is ConnectorStatus.PREPARING


async def test_without_a_transaction_none_is_asked_for(far_end: FarEnd) -> None:
    """Nor is there one to look into."""
    await far_end.commands.request_state()
    assert [told["requestedMessage"] for told in far_end.told("TriggerMessage")] == [
        "StatusNotification",
        "MeterValues",
    ]
    assert far_end.told(STATUS_OF_TRANSACTION) == []


# Limits


async def test_a_profile_that_is_gone_is_cleared(far_end: FarEnd) -> None:
    """Unknown is as good as Accepted."""
    far_end.answers("ClearChargingProfile", {"status": "Unknown"})
    await far_end.commands.clear_profile(6202)
    assert far_end.told("ClearChargingProfile") == [{"chargingProfileId": 6202}]


async def test_the_composite_schedule_is_an_item_of_the_answer(far_end: FarEnd) -> None:
    """In no version's words."""
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 13}]}
    far_end.answers("GetCompositeSchedule", {"status": "Accepted", "schedule": schedule})
    answer = await far_end.commands.request(GetCompositeSchedule(connector=1, duration=600))
    (read,) = answer.items
    assert read.periods == (Period(0, 13.0),)


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {}])
async def test_no_composite_schedule_is_a_refusal(far_end: FarEnd, answer: dict[str, Any]) -> None:
    """Nothing is made up."""
    far_end.answers("GetCompositeSchedule", answer)
    with pytest.raises(REFUSALS):
        await far_end.commands.request(GetCompositeSchedule(connector=1, duration=600))


async def test_only_2_1_counts_how_long_it_is_offline(far_end: FarEnd) -> None:
    """If it says so: a profile of 2.0.1 has no such field."""
    assert not (await far_end.commands.limit_capabilities()).offline
    key = "SmartChargingCtrlr.SupportsMaxOfflineDuration"
    far_end.point.configuration_keys_read({key: ConfigurationKey(key, "true", readonly=True)})
    assert (await far_end.commands.limit_capabilities()).offline is (far_end.version == "2.1")


# Operation


@pytest.mark.parametrize(
    ("connector", "operative", "payload"),
    [
        (0, False, {"operationalStatus": "Inoperative"}),
        (1, True, {"operationalStatus": "Operative", "evse": {"id": 1}}),
    ],
)
async def test_an_evse_or_all_is_taken_out_of_service(
    far_end: FarEnd, connector: int, operative: bool, payload: dict[str, Any]
) -> None:
    """Without an EVSE it is the station; what comes later is told."""
    far_end.answers("ChangeAvailability", {"status": "Scheduled"})
    assert await far_end.commands.set_availability(connector, operative=operative) == "Scheduled"
    assert far_end.told("ChangeAvailability") == [payload]


@pytest.mark.parametrize(("known", "plug"), [((), 1), (("Connector(1,2).AvailabilityState",), 2)])
async def test_a_plug_is_released_by_its_number(far_end: FarEnd, known: tuple[str, ...], plug: int) -> None:
    """The first that the inventory knows."""
    far_end.knows(*known)
    far_end.answers("UnlockConnector", {"status": "Unlocked"})
    await far_end.commands.unlock(1)
    assert far_end.told("UnlockConnector") == [{"evseId": 1, "connectorId": plug}]


@pytest.mark.parametrize("status", ["UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"])
async def test_a_plug_that_stays_locked_is_an_error(far_end: FarEnd, status: str) -> None:
    """With what the station said."""
    far_end.answers("UnlockConnector", {"status": status})
    with pytest.raises(RefusedError) as refused:
        await far_end.commands.unlock(1)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("hard", "connector", "payload"),
    [(True, 0, {"type": "Immediate"}), (False, 1, {"type": "OnIdle", "evseId": 1})],
)
async def test_a_restart_waits_or_does_not(
    far_end: FarEnd, hard: bool, connector: int, payload: dict[str, Any]
) -> None:
    """A hard one is immediate, a soft one waits until nothing charges."""
    far_end.answers("Reset", {"status": "Scheduled"})
    assert await far_end.commands.reset(hard=hard, connector=connector) == "Scheduled"
    assert far_end.told("Reset") == [payload]


@pytest.mark.parametrize(
    ("message", "connector", "payload"),
    [
        ("BootNotification", None, {"requestedMessage": "BootNotification"}),
        ("DiagnosticsStatusNotification", None, {"requestedMessage": "LogStatusNotification"}),
        ("SignChargePointCertificate", None, {"requestedMessage": "SignChargingStationCertificate"}),
        ("MeterValues", 2, {"requestedMessage": "MeterValues", "evse": {"id": 2}}),
    ],
)
async def test_messages_are_asked_for(
    far_end: FarEnd, message: str, connector: int | None, payload: dict[str, Any]
) -> None:
    """The names of 1.6 do as well."""
    await far_end.commands.trigger(message, connector)
    assert far_end.told("TriggerMessage") == [payload]


async def test_statuses_are_asked_for_plug_by_plug(far_end: FarEnd) -> None:
    """As many as the inventory knows of."""
    far_end.knows("Connector(1,1).AvailabilityState", "Connector(1,2).AvailabilityState")
    await far_end.commands.trigger("StatusNotification", None)
    assert [told["evse"]["connectorId"] for told in far_end.told("TriggerMessage")] == [1, 2]


@pytest.mark.parametrize(
    ("asked", "comes"),
    [("BootNotification", "BootNotification"), ("SignChargePointCertificate", "SignCertificate")],
)
async def test_what_was_asked_for_is_known_once(far_end: FarEnd, asked: str, comes: str) -> None:
    """The message after it comes of the station's own accord."""
    await far_end.commands.trigger(asked, None)
    assert far_end.commands.was_asked_for(comes)
    assert not far_end.commands.was_asked_for(comes)


@pytest.mark.parametrize("spoil", ["refuse", "wait"])
async def test_what_comes_late_or_was_refused_was_not_asked_for(far_end: FarEnd, spoil: str) -> None:
    """A minute is long enough."""
    if spoil == "refuse":
        far_end.answers("TriggerMessage", {"status": "Rejected"})
        with pytest.raises(RefusedError):
            await far_end.commands.request_boot()
    else:
        await far_end.commands.request_boot()
        far_end.clock.advance(seconds=61)
    assert not far_end.commands.was_asked_for("BootNotification")


# Requests


async def test_what_2_x_has_no_message_for_is_not_supported(far_end: FarEnd) -> None:
    """GetDiagnostics is 1.6's."""
    with pytest.raises(InvalidRequestError) as wrong:
        await far_end.commands.request(GetDiagnostics(location="ftp://example.com"))
    assert wrong.value.reason == "not_in_version"
    assert far_end.rpc.calls == []


async def test_an_answer_without_a_status_is_unclear(far_end: FarEnd) -> None:
    """Neither success nor refusal."""
    far_end.answers("ClearCache", {})
    with pytest.raises(UnclearAnswerError):
        await far_end.commands.request(ClearCache())


def reports(far_end: FarEnd, *names: str) -> Callable[[dict[str, Any]], Any]:
    """Let a base report come, a variable in each part, before the answer to the request."""

    def answer(payload: dict[str, Any]) -> dict[str, str]:
        for place, name in enumerate(names):
            variable = {
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": name},
                "variableAttribute": [{"value": "1"}],
            }
            last = place == len(names) - 1
            part = {"requestId": payload["requestId"], "seqNo": place, "tbc": not last, "reportData": [variable]}
            assert far_end.reports.arrived("NotifyReport", part)
        return {"status": "Accepted"}

    return answer


async def test_a_report_is_the_real_answer(far_end: FarEnd) -> None:
    """All of its parts, whenever they come."""
    far_end.answers("GetBaseReport", reports(far_end, "HeartbeatInterval", "WebSocketPingInterval"))
    answer = await far_end.commands.request(GetBaseReport(request_id=7, base=ReportBase.FULL))
    assert answer.complete
    assert [item.key for item in answer.items] == [
        "OCPPCommCtrlr.HeartbeatInterval",
        "OCPPCommCtrlr.WebSocketPingInterval",
    ]


async def test_an_empty_result_has_no_report(far_end: FarEnd) -> None:
    """Nothing is waited for."""
    far_end.answers("GetBaseReport", {"status": "EmptyResultSet"})
    answer = await far_end.commands.request(GetBaseReport(request_id=7, base=ReportBase.SUMMARY))
    assert (answer.status, answer.items) == ("EmptyResultSet", ())
    assert not far_end.reports.arrived("NotifyReport", {"requestId": 7, "seqNo": 0})


async def test_a_report_ends_with_the_connection(far_end: FarEnd) -> None:
    """Nothing more will come."""
    asked = asyncio.create_task(far_end.commands.request(GetBaseReport(request_id=7, base=ReportBase.FULL)))
    await far_end.rpc.news.wait()
    far_end.commands.disconnected()
    with pytest.raises(NotConnectedError):
        await asked


@pytest.mark.parametrize(
    ("action", "payload", "problem"),
    [
        ("RemoteStartTransaction", {}, "unknown_action"),
        ("TransactionEvent", {}, "unknown_action"),
        ("Reset", {"type": "Hard"}, "invalid_payload"),
    ],
)
def test_raw_payloads_are_checked(far_end: FarEnd, action: str, payload: dict[str, Any], problem: str) -> None:
    """Only what a central system sends in this version, and sound."""
    with pytest.raises(InvalidRequestError) as wrong:
        far_end.commands.checked(action, payload)
    assert wrong.value.reason == problem


def test_what_2_1_adds_is_for_2_1(far_end: FarEnd) -> None:
    """2.0.1 does not know it."""
    payload: dict[str, Any] = {"evseId": 1}
    if far_end.version == "2.1":
        assert far_end.commands.checked("GetTariffs", payload) == payload
    else:
        with pytest.raises(InvalidRequestError):
            far_end.commands.checked("GetTariffs", payload)
