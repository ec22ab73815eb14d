"""OCPP 1.6: what a charge point sends is answered as the specification demands, and turned into the model."""

from datetime import timedelta
from typing import Any

from ocpp.v16.enums import Action, ChargePointErrorCode, ChargePointStatus
import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, CommandError
from custom_components.ocpp_csms.csms.model import (
    ConnectorStatus,
    ErrorCode,
    Event,
    Quantity,
    Registration,
    StationInfo,
    ValidationMode,
)
from custom_components.ocpp_csms.csms.wire.frames import CallError
from tests.csms.central import NOON
from tests.csms.dialect import CHECKER, Station

FROM_THE_CHARGE_POINT = {
    Action.authorize: {"idTag": "CARD"},
    Action.boot_notification: {"chargePointVendor": "Simulant", "chargePointModel": "Sim 22"},
    Action.data_transfer: {"vendorId": "Acme"},
    Action.diagnostics_status_notification: {"status": "Idle"},
    Action.firmware_status_notification: {"status": "Installed"},
    Action.heartbeat: {},
    Action.log_status_notification: {"status": "Idle", "requestId": 1},
    Action.meter_values: {
        "connectorId": 1,
        "meterValue": [{"timestamp": "2026-11-20T12:00:00Z", "sampledValue": [{"value": "1"}]}],
    },
    Action.security_event_notification: {"type": "FirmwareUpdated", "timestamp": "2026-11-20T12:00:00Z"},
    Action.sign_certificate: {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
    Action.signed_firmware_status_notification: {"status": "Installed", "requestId": 1},
    Action.start_transaction: {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-11-20T12:00:00Z"},
    Action.status_notification: {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    Action.stop_transaction: {"transactionId": 1, "meterStop": 0, "timestamp": "2026-11-20T12:00:00Z"},
}


@pytest.mark.parametrize(("action", "payload"), FROM_THE_CHARGE_POINT.items(), ids=str)
async def test_every_action_of_a_charge_point_is_answered(
    station: Station, action: str, payload: dict[str, Any]
) -> None:
    """By the schema of the ocpp package; a sound message is no violation."""
    station.send(str(action.value if isinstance(action, Action) else action), payload)
    assert station.charge_point.violations.count == 0


@pytest.mark.parametrize("mode", ValidationMode)
@pytest.mark.parametrize("action", FROM_THE_CHARGE_POINT, ids=str)
@pytest.mark.parametrize("payload", [{}, [], "text", 5, {"connectorId": {"a": []}, "idTag": [1]}], ids=str)
async def test_every_payload_is_answered(mode: ValidationMode, action: Action, payload: Any) -> None:
    """Whatever it is: a proper answer, or in strict mode a CALLERROR."""
    station = Station(ChargePointSettings(validation=mode))
    if mode is ValidationMode.STRICT and CHECKER.check("1.6", action.value, payload):
        with pytest.raises(CallError, match="Violation"):
            station.send(action.value, payload)
        assert station.charge_point.violations.count == 1
    else:
        station.send(action.value, payload)


@pytest.mark.parametrize("action", ["TransactionStarted", "CustomOperation", "", "Reset", "x" * 1000])
async def test_an_unknown_action_is_not_implemented(station: Station, action: str) -> None:
    """And counted."""
    with pytest.raises(CallError) as error:
        station.send(action)
    assert error.value.code == "NotImplemented"
    assert station.charge_point.violations.count == 1


async def test_the_name_of_an_action_in_the_wrong_case_is_understood(station: Station) -> None:
    """And counted."""
    assert station.send("heartBeat")["currentTime"]
    assert station.charge_point.violations.count == 1


# BootNotification and Heartbeat


async def test_a_boot_is_accepted_with_the_time_and_the_heartbeat_interval(station: Station) -> None:
    """And tells who the charge point is."""
    answer = station.boot(
        chargePointSerialNumber="S-1",
        chargeBoxSerialNumber="B-1",
        firmwareVersion=" 1.2 ",
        meterType="",
        iccid="null",
    )
    assert answer == {"status": "Accepted", "currentTime": "2026-11-20T12:00:00Z", "interval": 300}
    assert station.charge_point.info == StationInfo(vendor="Simulant", model="Sim 22", serial="S-1", firmware="1.2")
    assert station.events == [Event("boot", "boot", 0, {"firmware": "1.2"})]


async def test_the_older_serial_number_will_do(station: Station) -> None:
    """ChargeBoxSerialNumber is deprecated and still sent."""
    station.boot(chargeBoxSerialNumber="B-1")
    assert station.charge_point.info.serial == "B-1"


async def test_a_stranger_is_pending_with_a_short_interval() -> None:
    """It asks again soon."""
    station = Station(registration=Registration.PENDING)
    answer = station.boot()
    assert answer["status"] == "Pending"
    assert 0 < answer["interval"] <= 60


async def test_a_stranger_that_cannot_stand_pending_is_accepted() -> None:
    """A quirk. Nobody may charge there all the same until the user has confirmed it, not even with a tag that he knows."""
    station = Station(ChargePointSettings(quirks={"accept_at_boot": True}), registration=Registration.PENDING)
    station.authorization = Authorization(tags={"CARD": IdTag("CARD")})
    assert station.boot()["status"] == "Accepted"
    assert station.send("Authorize", {"idTag": "CARD"}) == {"idTagInfo": {"status": "Invalid"}}
    station.charge_point.confirm(ChargePointSettings(configure=False))
    assert station.send("Authorize", {"idTag": "CARD"}) == {"idTagInfo": {"status": "Accepted"}}


async def test_a_triggered_boot_is_no_reboot(station: Station) -> None:
    """No event, until the trigger is forgotten."""
    await station.charge_point.trigger("BootNotification")
    station.boot()
    assert station.events == []
    station.boot()
    assert len(station.events) == 1


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, CallTimeoutError("TriggerMessage", 30)], ids=str)
async def test_a_boot_after_a_trigger_that_failed_is_a_reboot(station: Station, answer: Any) -> None:
    """It was not asked for."""
    station.rpc.answers["TriggerMessage"] = answer
    with pytest.raises(CommandError):
        await station.charge_point.trigger("BootNotification")
    station.boot()
    assert [event.kind for event in station.events] == ["boot"]


async def test_a_boot_long_after_its_trigger_is_a_reboot(station: Station) -> None:
    """The trigger was not followed."""
    await station.charge_point.trigger("BootNotification")
    station.clock.advance(minutes=2)
    station.boot()
    assert len(station.events) == 1


async def test_what_was_learned_is_dropped_when_the_firmware_changes(station: Station) -> None:
    """Refusals and the configuration; not by a reboot with the same."""
    station.boot(firmwareVersion="1")
    station.rpc.answers["GetConfiguration"] = {"configurationKey": [{"key": "A", "value": "1", "readonly": False}]}
    await station.charge_point.get_configuration()
    station.charge_point.configuration_refused("B", "2")
    station.boot(firmwareVersion="1")
    assert station.charge_point.refused_configuration
    assert station.charge_point.configuration
    station.boot(firmwareVersion="2")
    assert not station.charge_point.refused_configuration
    assert not station.charge_point.configuration


# Authorize


@pytest.mark.parametrize(
    ("id_tag", "info", "type_"),
    [
        ("CARD", {"status": "Accepted", "parentIdTag": "FAMILY", "expiryDate": "2026-11-21T12:00:00Z"}, "accepted"),
        ("LOST", {"status": "Blocked", "parentIdTag": "FAMILY"}, "rejected"),
        ("GUEST", {"status": "Expired", "expiryDate": "2026-11-20T12:00:00Z"}, "rejected"),
        ("STRANGER", {"status": "Invalid"}, "rejected"),
    ],
)
async def test_a_tag_gets_its_verdict(station: Station, id_tag: str, info: dict[str, str], type_: str) -> None:
    """And is told as an event."""
    tags = [
        IdTag("CARD", name="Ann", parent="FAMILY", expiry=NOON + timedelta(days=1)),
        IdTag("LOST", allowed=False, parent="FAMILY"),
        IdTag("GUEST", expiry=NOON),
    ]
    station.authorization = Authorization(Policy.LISTED_ONLY, {tag.id_tag: tag for tag in tags})
    assert station.send("Authorize", {"idTag": id_tag}) == {"idTagInfo": info}
    name = "Ann" if id_tag == "CARD" else None
    told = {
        "id_tag": id_tag,
        "name": name,
        "known": id_tag != "STRANGER",
        "status": info["status"].lower(),
        "policy": "listed_only",
    }
    assert station.events == [Event("id_tag_presented", type_, 0, told)]


async def test_the_tag_of_our_own_remote_starts_is_accepted_and_nobody_has_presented_it(station: Station) -> None:
    """The charge point asks about it by itself."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    assert station.send("Authorize", {"idTag": "HomeAssistant"}) == {"idTagInfo": {"status": "Accepted"}}
    assert station.events == []


# StatusNotification


@pytest.mark.parametrize("status", ChargePointStatus)
async def test_every_status_of_ocpp_is_known(station: Station, status: ChargePointStatus) -> None:
    """As a state of ours."""
    station.status(status.value)
    assert station.charge_point.connectors[1].status is not None
    assert station.charge_point.violations.count == 0


@pytest.mark.parametrize("code", ChargePointErrorCode)
async def test_every_error_code_of_ocpp_is_known(station: Station, code: ChargePointErrorCode) -> None:
    """By its name in snake case."""
    station.status("Faulted", errorCode=code.value, info="hot", vendorErrorCode="E7")
    connector = station.charge_point.connectors[1]
    assert connector.error_code is not None
    assert connector.error_code.replace("_", "") == code.value.lower()
    assert connector.error == (None if code is ChargePointErrorCode.no_error else code.value)
    assert (connector.info, connector.vendor_error) == ("hot", "E7")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"status": "available"}, ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        ({"status": " SuspendedEV "}, ConnectorStatus.SUSPENDED_EV, ErrorCode.NO_ERROR),
        ({"status": "Occupied"}, ConnectorStatus.PREPARING, ErrorCode.NO_ERROR),
        ({"status": "Faulted", "errorCode": "Error"}, ConnectorStatus.FAULTED, ErrorCode.OTHER_ERROR),
        ({"status": "Available", "errorCode": ""}, ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        ({"status": "Available", "errorCode": None}, ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
    ],
    ids=str,
)
async def test_a_status_is_understood_as_the_field_writes_it(
    station: Station, fields: dict[str, Any], status: ConnectorStatus, code: ErrorCode
) -> None:
    """Case, blanks, OCPP 1.5 and codes of their own."""
    station.send("StatusNotification", {"connectorId": 1, "errorCode": "NoError"} | fields)
    connector = station.charge_point.connectors[1]
    assert (connector.status, connector.error_code) == (status, code)
    assert station.charge_point.violations.count == 1


async def test_an_unknown_status_changes_nothing(station: Station) -> None:
    """And is counted with the frame."""
    station.status("Available")
    station.status("Dancing")
    assert station.charge_point.connectors[1].status is ConnectorStatus.AVAILABLE
    assert any("Dancing" in violation.frame for violation in station.charge_point.violations.latest)


async def test_an_older_status_changes_nothing(station: Station) -> None:
    """A queue comes after the newest."""
    station.status("Available", timestamp="2026-11-20T11:59:00Z")
    station.status("Charging", timestamp="2026-11-20T11:00:00Z")
    assert station.charge_point.connectors[1].status is ConnectorStatus.AVAILABLE


async def test_a_status_from_a_clock_that_was_put_right_counts(station: Station) -> None:
    """It ran four minutes ahead, and then no more."""
    station.status("Available", timestamp="2026-11-20T12:04:00Z")
    station.clock.advance(seconds=10)
    station.status("Preparing", timestamp="2026-11-20T12:00:10Z")
    assert station.charge_point.connectors[1].status is ConnectorStatus.PREPARING


async def test_a_status_without_a_time_is_the_newest(station: Station) -> None:
    """And the one after it counts although the clock of the charge point is a little behind ours."""
    station.status("Preparing", timestamp="2026-11-20T12:00:00Z")
    station.status("Available")
    station.status("Charging", timestamp="2026-11-20T11:59:58Z")
    assert station.charge_point.connectors[1].status is ConnectorStatus.CHARGING


async def test_the_status_of_connector_0_is_that_of_the_charge_point(station: Station) -> None:
    """In service or not."""
    said = [station.charge_point.operative]
    for status, connector in (("Unavailable", 1), ("Available", 0), ("Unavailable", 0)):
        station.status(status, connector)
        said.append(station.charge_point.operative)
    assert said == [None, False, True, False]


async def test_nothing_flows_when_a_status_says_so(station: Station) -> None:
    """Some charge points send no last value."""
    station.status("Charging")
    station.sample(power=7000)
    station.status("SuspendedEV")
    assert station.charge_point.connectors[1].readings[Quantity.POWER] == 0


async def test_a_repeated_status_leaves_readings_alone(station: Station) -> None:
    """Values that came after the first stay."""
    station.status("SuspendedEV")
    station.sample(power=40)
    station.status("SuspendedEV")
    assert station.charge_point.connectors[1].readings[Quantity.POWER] == 40


async def test_a_transaction_without_stop_ends_when_the_connector_is_available() -> None:
    """A quirk; others are waited for."""
    for quirks, running in (({"ends_without_stop": True}, False), ({}, True)):
        station = Station(ChargePointSettings(quirks=quirks))
        station.status("Charging")
        station.start()
        station.status("Available")
        transaction = station.charge_point.connectors[1].transaction
        assert transaction is not None
        assert transaction.running is running


async def test_an_ended_session_is_shown_until_the_next_car(station: Station) -> None:
    """A new one begins at 0 when it is plugged in."""
    station.status("Available")
    station.status("Preparing")
    assert station.charge_point.connectors[1].session_energy == 0
    running = station.start()
    station.status("Charging")
    station.stop(running)
    station.status("Finishing")
    station.status("Available")
    assert station.charge_point.connectors[1].session_energy == pytest.approx(2.0)
    station.status("Preparing")
    assert station.charge_point.connectors[1].session_energy == 0
    assert station.charge_point.connectors[1].transaction is None


async def test_a_status_change_updates_the_running_transaction(station: Station) -> None:
    """As an event."""
    station.start()
    station.status("Charging")
    station.status("Charging")
    assert [event.type for event in station.told()] == ["started", "updated"]


# The rest


@pytest.mark.parametrize(
    "payload",
    [{"vendorId": "Acme"}, {"vendorId": "Acme", "messageId": "Hello", "data": "x"}, {"vendorId": "", "data": {"a": 1}}],
    ids=str,
)
async def test_unknown_vendor_data_is_never_accepted(station: Station, payload: dict[str, Any]) -> None:
    """But told as an event."""
    vendor = payload["vendorId"]
    assert station.send("DataTransfer", payload) == {"status": "UnknownVendorId"}
    (event,) = station.events
    assert (event.kind, event.data["vendor_id"]) == ("data_transfer", vendor)


async def test_long_vendor_data_is_cut_in_its_event(station: Station) -> None:
    """Events are kept in databases."""
    for data in ("a" * 900_000, {"a": "b" * 900_000}):
        station.send("DataTransfer", {"vendorId": "Acme", "data": data})
        assert len(station.events[-1].data["data"]) == 4000


async def test_vendor_data_that_a_quirk_knows_is_accepted(station: Station) -> None:
    """Under its vendor's name, or from that vendor's charge points."""
    known, unknown = {"messageId": "evbStatusNotification"}, {"messageId": "evbOther"}
    assert station.send("DataTransfer", known | {"vendorId": "EV-BOX"}) == {"status": "Accepted"}
    assert station.send("DataTransfer", unknown | {"vendorId": "EV-BOX"}) == {"status": "UnknownMessageId"}
    assert station.send("DataTransfer", known | {"vendorId": "Acme"}) == {"status": "UnknownVendorId"}
    station.boot(chargePointVendor="EV-BOX")
    assert station.send("DataTransfer", known | {"vendorId": "com.example"}) == {"status": "Accepted"}


async def test_a_security_event_is_told(station: Station) -> None:
    """With what it says."""
    station.send(
        "SecurityEventNotification",
        {"type": "TamperDetectionActivated", "timestamp": station.time(), "techInfo": "lid"},
    )
    assert station.events == [
        Event("security_event", "security_event", 0, {"type": "TamperDetectionActivated", "tech_info": "lid"})
    ]


@pytest.mark.parametrize("action", ["FirmwareStatusNotification", "SignedFirmwareStatusNotification"])
@pytest.mark.parametrize(
    ("status", "updating"),
    [("Downloading", True), ("downloaded", True), ("Installing", True), ("Installed", False), ("Idle", False)],
)
async def test_a_firmware_update_is_known(station: Station, action: str, status: str, *, updating: bool) -> None:
    """Of either kind; what was said before holds no more."""
    for said in ("Downloading" if not updating else "Idle", status):
        station.send(action, {"status": said, "requestId": 1})
    assert station.charge_point.firmware.running is updating


async def test_a_firmware_update_ends_with_the_reboot_at_the_latest(station: Station) -> None:
    """Not with a BootNotification that was asked for."""
    station.send("FirmwareStatusNotification", {"status": "Installing"})
    await station.charge_point.trigger("BootNotification")
    station.boot()
    assert station.charge_point.firmware.running
    station.boot()
    assert not station.charge_point.firmware.running


async def test_certificates_are_not_signed(station: Station) -> None:
    """We run no certificate authority."""
    assert station.send("SignCertificate", {"csr": "x"}) == {"status": "Rejected"}


# Validation


async def test_strict_mode_answers_a_broken_payload_with_an_error() -> None:
    """And changes nothing."""
    station = Station(ChargePointSettings(validation=ValidationMode.STRICT))
    with pytest.raises(CallError) as error:
        station.send("StatusNotification", {"connectorId": "1", "errorCode": "NoError", "status": "Available"})
    assert error.value.code == "TypeConstraintViolation"
    assert "connectorId" in error.value.description
    assert 1 not in station.charge_point.connectors
    assert station.charge_point.violations.count == 1


@pytest.mark.parametrize("mode", [ValidationMode.TOLERANT, ValidationMode.OFF])
@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("StartTransaction", {"connectorId": "1", "idTag": 4711, "meterStart": " 55301 ", "timestamp": 5}),
        ("StartTransaction", {"connectorId": 1.0, "idTag": " 4711 ", "meterStart": "55301.0", "reservationId": "x"}),
        ("StartTransaction", {"idTag": "4711", "meterStart": 55301.0, "connectorId": None}),
    ],
)
async def test_a_field_is_taken_for_what_it_is(mode: ValidationMode, action: str, payload: dict[str, Any]) -> None:
    """Where there is one way to understand it."""
    station = Station(ChargePointSettings(validation=mode))
    station.send(action, payload)
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert (transaction.id_tag, transaction.meter_start, transaction.reservation) == ("4711", 55.301, None)


@pytest.mark.parametrize("nothing", [float("nan"), "nan", "much", -1, 1e300, None, {}], ids=str)
async def test_a_meter_value_that_says_nothing_is_none(nothing: Any) -> None:
    """The transaction is booked all the same."""
    station = Station(ChargePointSettings(validation=ValidationMode.OFF))
    station.start(meterStart=nothing)
    transaction = station.charge_point.connectors[1].transaction
    assert transaction is not None
    assert transaction.meter_start is None


async def test_tolerant_mode_repairs_and_counts() -> None:
    """With what was wrong, and the frame."""
    station = Station()
    station.send("StatusNotification", {"connectorId": "1", "errorCode": "NoError", "status": "Available"})
    assert station.charge_point.connectors[1].status is ConnectorStatus.AVAILABLE
    (violation,) = station.charge_point.violations.latest
    assert (violation.action, violation.at) == ("StatusNotification", NOON)
    assert "connectorId" in violation.problem
    assert '"connectorId":"1"' in violation.frame


async def test_validation_that_is_off_repairs_and_counts_nothing() -> None:
    """The schema is not looked at."""
    station = Station(ChargePointSettings(validation=ValidationMode.OFF))
    station.send("StatusNotification", {"connectorId": "1", "errorCode": "NoError", "status": "Available"})
    assert station.charge_point.connectors[1].status is ConnectorStatus.AVAILABLE
    assert station.charge_point.violations.count == 0


async def test_only_the_last_violations_are_kept(station: Station) -> None:
    """All are counted, and long frames are shortened."""
    for number in range(30):
        station.status(f"Dancing {number} {'x' * 5000}")
    assert station.charge_point.violations.count >= 30
    assert len(station.charge_point.violations.latest) == 20
    assert all(len(violation.frame) <= 2000 for violation in station.charge_point.violations.latest)
    assert "Dancing 29" in station.charge_point.violations.latest[-1].frame


async def test_every_message_is_noted_with_its_time(station: Station) -> None:
    """Also those that are refused."""
    station.clock.advance(minutes=1)
    with pytest.raises(CallError):
        station.send("Nonsense")
    assert station.charge_point.last_message == NOON + timedelta(minutes=1)


async def test_a_payload_that_is_a_bare_text_is_not_kept(station: Station) -> None:
    """It may be an ID tag, and nothing would leave it out of diagnostics."""
    assert station.send("Authorize", "04A2B3C4D5E6") == {"idTagInfo": {"status": "Invalid"}}
    assert station.charge_point.violations.count == 1
    assert "04A2B3C4D5E6" not in repr(station.charge_point.violations.latest)
