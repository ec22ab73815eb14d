"""OCPP 2.0.1: what a charging station sends, and what is made of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode, Quantity, Registration, ValidationMode
from custom_components.ocpp_csms.csms.wire.rpc import CallError
from tests.csms.station_v2 import Station201

CARD = {"idToken": "CARD", "type": "ISO14443"}
OTHER_CARD = {"idToken": "OTHER", "type": "ISO14443"}


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


def kinds(station: Station201, kind: str) -> list[str]:
    """Return the types of the events of a kind."""
    return [event.type for event in station.events if event.kind == kind]


# Boot and heartbeat


def test_a_boot_tells_who_the_station_is(station: Station201) -> None:
    """The interval is the heartbeat's."""
    description = {
        "vendorName": "Simulant",
        "model": "Sim 22",
        "serialNumber": "4711",
        "firmwareVersion": "1.2",
        "modem": {"iccid": "89", "imsi": "26"},
    }
    answer = station.send("BootNotification", {"reason": "PowerUp", "chargingStation": description})
    assert answer == {"currentTime": "2026-11-20T12:00:00Z", "interval": 300, "status": "Accepted"}
    info = station.charge_point.info
    assert (info.vendor, info.model, info.serial, info.firmware) == ("Simulant", "Sim 22", "4711", "1.2")
    assert (info.iccid, info.imsi) == ("89", "26")
    assert kinds(station, "boot") == ["boot"]


def test_a_triggered_boot_is_no_reboot(station: Station201) -> None:
    """The station itself says so."""
    station.send("BootNotification", {"reason": "Triggered", "chargingStation": {"vendorName": "S", "model": "T"}})
    assert kinds(station, "boot") == []


def test_an_unconfirmed_station_is_pending() -> None:
    """It asks again soon."""
    station = Station201(registration=Registration.PENDING)
    answer = station.send(
        "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "S", "model": "T"}}
    )
    assert (answer["status"], answer["interval"]) == ("Pending", 60)


def test_a_boot_without_a_description_is_answered(station: Station201) -> None:
    """And counted."""
    assert station.send("BootNotification", {"reason": "PowerUp"})["status"] == "Accepted"
    assert station.charge_point.violations.count == 1


def test_a_heartbeat_tells_the_time(station: Station201) -> None:
    """In UTC."""
    assert station.send("Heartbeat") == {"currentTime": "2026-11-20T12:00:00Z"}


# What is only acknowledged or passed on


@pytest.mark.parametrize(
    "action",
    [
        *("ClearedChargingLimit", "LogStatusNotification", "NotifyChargingLimit", "NotifyCustomerInformation"),
        *("NotifyDisplayMessages", "NotifyEvent", "NotifyMonitoringReport", "NotifyReport"),
        *("PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate"),
    ],
)
def test_what_asks_for_nothing_is_acknowledged(station: Station201, action: str) -> None:
    """Whatever it holds."""
    assert station.send(action) == {}


def test_a_firmware_update_is_known(station: Station201) -> None:
    """From the download to the end of the installation."""
    said = []
    for status in ("Idle", "Downloading", "SignatureVerified", "InstallRebooting", "Installed"):
        assert station.send("FirmwareStatusNotification", {"status": status, "requestId": 1}) == {}
        said.append(station.charge_point.firmware.running)
    assert said == [False, True, True, True, False]


def test_a_security_event_is_passed_on(station: Station201) -> None:
    """With its remark."""
    payload = {"type": "TamperDetectionActivated", "timestamp": station.time(), "techInfo": "lid"}
    assert station.send("SecurityEventNotification", payload) == {}
    assert station.events[-1].data == {"type": "TamperDetectionActivated", "tech_info": "lid"}


def test_vendor_data_of_any_type_is_passed_on(station: Station201) -> None:
    """As text; what nobody understands is not accepted."""
    payload = {"vendorId": "com.example", "messageId": "m", "data": {"a": [1]}}
    assert station.send("DataTransfer", payload) == {"status": "UnknownVendorId"}
    assert station.events[-1].data == {"vendor_id": "com.example", "message_id": "m", "data": '{"a":[1]}'}


def test_a_certificate_is_not_signed(station: Station201) -> None:
    """There is no certificate authority."""
    assert station.send("SignCertificate", {"csr": "…"}) == {"status": "Rejected"}


@pytest.mark.parametrize("action", ["StartTransaction", "Nonsense"])
def test_an_unknown_action_is_not_implemented(station: Station201, action: str) -> None:
    """Those of 1.6 too."""
    with pytest.raises(CallError) as caught:
        station.send(action)
    assert caught.value.code == "NotImplemented"
    assert station.charge_point.violations.count == 1


def test_an_action_in_the_wrong_case_is_understood(station: Station201) -> None:
    """And counted."""
    assert "currentTime" in station.messages.handle("heartBeat", {})
    assert station.charge_point.violations.count == 1


def test_a_malformed_frame_is_counted(station: Station201) -> None:
    """It is kept for diagnostics."""
    station.messages.malformed("no JSON", b"[2,\xff")
    assert station.charge_point.violations.latest[-1].problem == "no JSON"


# Validation


def test_a_strict_central_system_refuses_what_breaks_the_schema() -> None:
    """With the error code of 2.x."""
    station = Station201(settings=ChargePointSettings(validation=ValidationMode.STRICT))
    with pytest.raises(CallError) as caught:
        station.send("Authorize", {})
    assert caught.value.code == "FormatViolation"


@pytest.mark.parametrize("mode", [ValidationMode.TOLERANT, ValidationMode.OFF])
@pytest.mark.parametrize(
    "action", ["Authorize", "BootNotification", "DataTransfer", "MeterValues", "StatusNotification", "TransactionEvent"]
)
@pytest.mark.parametrize(
    "payload",
    [None, [], "text", dict.fromkeys(("idToken", "chargingStation", "evse", "transactionInfo", "meterValue"), 5)],
)
def test_any_payload_is_answered(mode: ValidationMode, action: str, payload: Any) -> None:
    """The answer is sound; no transaction is made up."""
    station = Station201(settings=ChargePointSettings(validation=mode))
    station.send(action, payload)
    assert all(connector.transaction is None for connector in station.charge_point.connectors.values())


def test_no_violation_is_counted_without_validation() -> None:
    """Nobody has looked."""
    station = Station201(settings=ChargePointSettings(validation=ValidationMode.OFF))
    station.send("BootNotification", {"reason": "WokenUp"})
    assert station.charge_point.violations.count == 0


# ID tokens


def test_a_presented_token_is_judged(station: Station201) -> None:
    """And told."""
    assert station.send("Authorize", {"idToken": CARD}) == {"idTokenInfo": {"status": "Accepted"}}
    assert kinds(station, "id_tag_presented") == ["accepted"]


def test_the_answer_tells_group_and_expiry(station: Station201) -> None:
    """In the words of 2.x."""
    expiry = datetime(2030, 1, 1, tzinfo=UTC)
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD", expiry=expiry, parent="FAMILY")})
    assert station.send("Authorize", {"idToken": CARD})["idTokenInfo"] == {
        "status": "Accepted",
        "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
        "cacheExpiryDateTime": "2030-01-01T00:00:00Z",
    }


def test_who_needs_no_authorization_has_it(station: Station201) -> None:
    """A start button, with whatever policy."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    answer = station.event("Started", evse=1, token={"idToken": "", "type": "NoAuthorization"})
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None


def test_an_unconfirmed_station_authorizes_nobody() -> None:
    """Not even its start button."""
    station = Station201(registration=Registration.PENDING)
    answer = station.send("Authorize", {"idToken": {"idToken": "", "type": "NoAuthorization"}})
    assert answer["idTokenInfo"]["status"] == "Invalid"


def test_a_bare_text_is_a_token(station: Station201) -> None:
    """Its type does not matter."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD")})
    assert station.send("Authorize", {"idToken": "CARD"})["idTokenInfo"]["status"] == "Accepted"


def test_no_answer_has_an_id_token_info_unless_a_token_was_sent(station: Station201) -> None:
    """At none of the three events."""
    assert [station.event(kind, evse=1) for kind in ("Started", "Updated", "Ended")] == [{}, {}, {}]


@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
def test_every_event_with_a_token_has_a_verdict(station: Station201, kind: str) -> None:
    """Also that of a transaction that cannot be told."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    assert station.event(kind, evse=1, token=CARD)["idTokenInfo"]["status"] == "Invalid"
    assert station.event(kind, None, token=CARD)["idTokenInfo"]["status"] == "Invalid"


def test_a_token_after_the_start_tells_whose_transaction_it_is(station: Station201) -> None:
    """The cable came first; another card that only stops changes nothing."""
    station.event("Started", evse=1)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None
    station.event("Updated", token=CARD)
    station.event("Updated", token=OTHER_CARD)
    assert transaction.id_tag == "CARD"


def test_a_refused_token_is_not_taken_for_the_owner(station: Station201) -> None:
    """Nobody charges with it."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    station.event("Started", evse=1)
    station.event("Updated", token=CARD)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None


# Status


@pytest.mark.parametrize(
    ("said", "shown", "error"),
    [
        ("Available", ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        ("Occupied", ConnectorStatus.PREPARING, ErrorCode.NO_ERROR),
        ("Reserved", ConnectorStatus.RESERVED, ErrorCode.NO_ERROR),
        ("Unavailable", ConnectorStatus.INOPERATIVE, ErrorCode.NO_ERROR),
        ("Faulted", ConnectorStatus.FAULTED, ErrorCode.OTHER_ERROR),
    ],
)
def test_a_status_is_shown(station: Station201, said: str, shown: ConnectorStatus, error: ErrorCode) -> None:
    """On the EVSE that it is about."""
    station.status(said, evse=2)
    assert (station.evse(2).status, station.evse(2).error_code) == (shown, error)


@pytest.mark.parametrize(
    "wrong", [{"connectorStatus": "Sleeping"}, {"evseId": 101}, {"evseId": -1}, {"evseId": "first"}, {"evseId": True}]
)
def test_a_status_that_makes_no_sense_changes_nothing(station: Station201, wrong: dict[str, Any]) -> None:
    """It is answered, and counted."""
    payload = {"timestamp": station.time(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1} | wrong
    assert station.send("StatusNotification", payload) == {}
    assert list(station.charge_point.connectors) == [0]
    assert station.charge_point.violations.count >= 1


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("Charging", ConnectorStatus.CHARGING),
        ("EVConnected", ConnectorStatus.PREPARING),
        ("Idle", ConnectorStatus.PREPARING),
        ("SuspendedEV", ConnectorStatus.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorStatus.SUSPENDED_EVSE),
    ],
)
def test_a_charging_state_is_shown(station: Station201, state: str, shown: ConnectorStatus) -> None:
    """Before and after the station calls the EVSE occupied."""
    station.event("Started", evse=1, state=state)
    assert station.evse().status is shown
    station.status("Occupied", seconds=1)
    assert station.evse().status is shown


def test_an_event_without_a_charging_state_leaves_the_status(station: Station201) -> None:
    """Nothing was said of it."""
    station.event("Started", evse=1, state="Charging")
    station.event("Updated", wh=1000)
    assert station.evse().status is ConnectorStatus.CHARGING


def test_a_transaction_that_says_no_state_has_begun(station: Station201) -> None:
    """The status of the one before it does not stay."""
    station.event("Started", evse=1)
    station.event("Ended", ahead={"seconds": 1})
    assert station.evse().status is ConnectorStatus.FINISHING
    station.event("Started", "tx-2", evse=1, ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.PREPARING


def test_only_the_station_ends_a_fault(station: Station201) -> None:
    """Then its transaction's state is shown again."""
    station.event("Started", evse=1, state="Charging")
    station.status("Faulted", seconds=1)
    station.event("Updated", state="SuspendedEVSE", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.FAULTED
    station.status("Occupied", seconds=3)
    assert station.evse().status is ConnectorStatus.SUSPENDED_EVSE


def test_the_cable_is_still_in_after_the_end(station: Station201) -> None:
    """Until the station says that the EVSE is free."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging", ahead={"seconds": 1})
    station.event("Ended", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.FINISHING
    station.status("Available", seconds=3)
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_an_end_after_the_cable_has_gone_leaves_the_evse_free(station: Station201) -> None:
    """The next car is no remainder of the last."""
    station.event("Started", evse=1, state="Charging")
    station.status("Available", seconds=1)
    station.event("Ended", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.AVAILABLE
    station.status("Occupied", seconds=3)
    assert station.evse().status is ConnectorStatus.PREPARING


def test_a_car_that_comes_back_is_not_charging_yet(station: Station201) -> None:
    """What its transaction said before the cable went holds no more."""
    station.event("Started", evse=1, state="Charging")
    station.status("Available")
    station.status("Occupied")
    assert station.evse().status is ConnectorStatus.PREPARING


def test_a_start_that_never_got_a_car_leaves_the_evse_free(station: Station201) -> None:
    """The tag came, the cable did not."""
    station.status("Available")
    station.event("Started", evse=1, state="Idle", token=CARD, ahead={"seconds": 1})
    assert station.evse().status is ConnectorStatus.PREPARING
    station.event("Ended", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_a_car_after_a_transaction_that_only_an_event_told_of_is_not_charging_yet(station: Station201) -> None:
    """The station never said that the EVSE was occupied."""
    station.status("Available")
    station.event("Started", evse=1, state="Charging")
    station.event("Ended")
    station.status("Occupied")
    assert station.evse().status is ConnectorStatus.PREPARING


def test_a_queued_event_says_more_than_occupied(station: Station201) -> None:
    """The status of the reconnect is younger, and knows less."""
    station.status("Occupied")
    station.event("Started", evse=1, state="EVConnected", ahead={"minutes": -9})
    station.event("Updated", state="Charging", ahead={"minutes": -8})
    assert station.evse().status is ConnectorStatus.CHARGING


def test_a_late_charging_state_does_not_replace_a_newer_one(station: Station201) -> None:
    """Events may come in any order."""
    station.status("Occupied", seconds=-30)
    station.event("Started", evse=1, state="Charging", ahead={"seconds": -10})
    station.event("Updated", state="EVConnected", ahead={"seconds": -20})
    assert station.evse().status is ConnectorStatus.CHARGING


# Transactions


def test_a_transaction_runs_from_start_to_end(station: Station201) -> None:
    """With its own id, its energies and its reason."""
    station.event("Started", evse=2, wh=410_000, token=CARD, reservationId=7)
    station.event("Updated", wh=411_500, ahead={"minutes": 1})
    station.event("Ended", wh=413_100, info={"stoppedReason": "Remote"}, ahead={"minutes": 2})
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.id_tag, transaction.reservation) == ("tx-1", "CARD", 7)
    assert (transaction.meter_start, transaction.meter_stop) == (410.0, 413.1)
    assert transaction.energy == pytest.approx(3.1)
    assert (transaction.running, transaction.reason, transaction.adopted) == (False, "Remote", False)
    assert kinds(station, "transaction") == ["started", "stopped"]


def test_the_other_values_of_a_start_are_shown(station: Station201) -> None:
    """Its register is the meter start, and taken once."""
    sampled = [
        {"value": 410_000, "context": "Transaction.Begin"},
        {"value": 231.5, "measurand": "Voltage", "context": "Transaction.Begin"},
    ]
    station.event("Started", evse=1, meterValue=[{"timestamp": station.time(), "sampledValue": sampled}])
    assert station.evse().readings == {Quantity.ENERGY: 410.0, Quantity.VOLTAGE: 231.5, Quantity.POWER: 0.0}


def test_a_start_may_tell_the_register_of_the_last_session(station: Station201) -> None:
    """A station that counts by session starts afresh with the first value after the start."""
    for number, (begin, then, end) in enumerate([(0, 1000, 2000), (0, 1000, 2000), (2000, 300, 900)]):
        station.event("Started", number, evse=1, wh=begin)
        station.clock.advance(minutes=5)
        station.event("Updated", number, wh=then)
        station.clock.advance(minutes=5)
        station.event("Ended", number, wh=end)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.energy == pytest.approx(0.9)


def test_a_repeated_start_is_the_same_transaction(station: Station201) -> None:
    """Running or ended."""
    station.event("Started", evse=1, state="Charging")
    station.event("Started", evse=1)
    station.event("Ended", ahead={"seconds": 1})
    station.event("Started", evse=1, ahead={"seconds": 2})
    transaction = station.evse().transaction
    assert transaction is not None
    assert not transaction.running
    assert kinds(station, "transaction") == ["started", "stopped"]
    assert station.evse().status is ConnectorStatus.FINISHING


def test_a_start_that_comes_late_tells_whose_transaction_was_adopted(station: Station201) -> None:
    """It is not counted again."""
    station.event("Updated", evse=1, wh=1000)
    station.event("Started", evse=1, wh=900, token=CARD, ahead={"minutes": -1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.adopted, transaction.id_tag) == (True, "CARD")
    assert kinds(station, "transaction") == ["started"]


def test_the_next_transaction_ends_the_one_before(station: Station201) -> None:
    """An EVSE has one at a time; a late event of the older one does not open it again."""
    station.event("Started", evse=1)
    station.event("Started", "tx-2", evse=1, state="Charging", ahead={"seconds": 1})
    station.event("Updated", "tx-1", state="SuspendedEV", ahead={"seconds": 2})
    station.event("Ended", "tx-1", ahead={"seconds": 3})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.running) == ("tx-2", True)
    assert station.evse().status is ConnectorStatus.CHARGING


def test_the_end_of_an_unknown_transaction_touches_nothing(station: Station201) -> None:
    """Another one may be running there."""
    station.event("Started", evse=1, state="Charging")
    station.event("Ended", "tx-0", evse=1, wh=5000, ahead={"seconds": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.running) == ("tx-1", True)
    assert station.evse().readings == {}


def test_an_unknown_kind_of_event_is_no_start_and_no_end(station: Station201) -> None:
    """What it tells is taken all the same."""
    station.event("Started", evse=1, wh=1000)
    station.event("Interrupted", wh=1200, ahead={"minutes": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.running
    assert transaction.energy == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("sent", "kept"), [(7714092, "7714092"), (True, "true"), ([1, 2], "[1, 2]"), (1.5, "1.5"), (" a ", "a")]
)
def test_an_id_of_any_type_is_a_text(station: Station201, sent: Any, kept: str) -> None:
    """And found again."""
    station.event("Started", sent, evse=1)
    station.event("Ended", sent, ahead={"seconds": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.running) == (kept, False)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_an_event_without_an_id_is_answered_and_counted(station: Station201, nothing: Any) -> None:
    """No transaction is made up."""
    assert station.event("Started", nothing, evse=1) == {}
    assert station.charge_point.violations.count >= 1
    assert list(station.charge_point.connectors) == [0]


def test_an_evse_that_cannot_be_is_none(station: Station201) -> None:
    """The event is answered and counted."""
    assert station.event("Started", evse=101) == {}
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"


def test_an_event_that_names_no_evse_is_about_the_one_without_a_transaction(station: Station201) -> None:
    """Of two, one is charging already."""
    station.event("Started", evse=1)
    station.status("Available", evse=2)
    station.event("Updated", "tx-2", state="Charging")
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert transaction.transaction_id == "tx-2"


def test_an_event_of_which_no_evse_can_be_told_is_answered_and_counted(station: Station201) -> None:
    """Two are free."""
    station.status("Available", evse=1)
    station.status("Available", evse=2)
    assert station.event("Updated", state="Charging") == {}
    assert [station.evse(number).transaction for number in (1, 2)] == [None, None]
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"


def test_a_transaction_goes_on_after_a_reconnect(station: Station201) -> None:
    """Its events need not name the EVSE again."""
    station.event("Started", evse=2, wh=1000)
    station.reconnect()
    station.event("Updated", wh=1500, state="Charging", ahead={"minutes": 1})
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert transaction.energy == pytest.approx(0.5)
    assert station.evse(2).status is ConnectorStatus.CHARGING


# Meter values outside of transactions


def test_meter_values_reach_their_evse(station: Station201) -> None:
    """They start no transaction."""
    sampled = [{"value": 7200, "measurand": "Power.Active.Import"}]
    payload = {"evseId": 2, "meterValue": [{"timestamp": station.time(), "sampledValue": sampled}]}
    assert station.send("MeterValues", payload) == {}
    assert station.evse(2).readings == {Quantity.POWER: 7200.0}
    assert station.evse(2).transaction is None


def test_meter_values_of_no_evse_are_counted(station: Station201) -> None:
    """And answered."""
    assert station.send("MeterValues", {"evseId": 500, "meterValue": []}) == {}
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"
