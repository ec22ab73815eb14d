"""OCPP 2.0.1: what a charging station sends, and what is made of it."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Quantity, Registration, ValidationMode
from custom_components.ocpp_csms.csms.wire.frames import CallError
from tests.csms.v2.station import Station201


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


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
    assert station.kinds("boot") == ["boot"]


def test_a_triggered_boot_is_no_reboot(station: Station201) -> None:
    """The station itself says so."""
    station.send("BootNotification", {"reason": "Triggered", "chargingStation": {"vendorName": "S", "model": "T"}})
    assert station.kinds("boot") == []


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
    assert caught.value.code == "OccurrenceConstraintViolation"


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


# Meter values outside of transactions


def test_meter_values_reach_their_evse(station: Station201) -> None:
    """They start no transaction."""
    sampled = [{"value": 7200, "measurand": "Power.Active.Import"}]
    payload = {"evseId": 2, "meterValue": [{"timestamp": station.time(), "sampledValue": sampled}]}
    assert station.send("MeterValues", payload) == {}
    assert station.evse(2).readings == {Quantity.POWER: 7200.0}
    assert station.evse(2).transaction is None


@pytest.mark.parametrize(("named", "reads"), [(1, {Quantity.POWER: 0.0}), (0, {Quantity.ENERGY: 7200.0})])
def test_the_meter_of_the_station_is_not_that_of_its_only_evse(
    station: Station201, named: int, reads: dict[Quantity, float]
) -> None:
    """Unless the station never calls that by its number: what the house has taken was not charged."""
    station.status("Available", evse=named)
    payload = {"evseId": 0, "meterValue": [{"timestamp": station.time(), "sampledValue": [{"value": 7_200_000}]}]}
    station.send("MeterValues", payload)
    assert station.charge_point.connector(1).readings == reads
    assert (Quantity.ENERGY in station.evse(0).readings) is (named == 1)


def test_meter_values_of_no_evse_are_counted(station: Station201) -> None:
    """And answered."""
    assert station.send("MeterValues", {"evseId": 500, "meterValue": []}) == {}
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"


# Strangers

BOOT = {"reason": "PowerUp", "chargingStation": {"vendorName": "S", "model": "T"}}


@pytest.fixture
def stranger() -> Station201:
    """A station that nobody has confirmed yet."""
    return Station201(registration=Registration.PENDING)


@pytest.mark.parametrize(
    "action", ["Authorize", "Heartbeat", "StatusNotification", "TransactionEvent", "NotifyReport", "Nonsense"]
)
def test_a_stranger_is_not_heard(stranger: Station201, action: str) -> None:
    """It is answered with an error and counted, and nothing is kept of what it says (B02.FR.09)."""
    with pytest.raises(CallError) as caught:
        stranger.send(action, {"evseId": 1, "connectorId": 1, "connectorStatus": "Available"})
    assert caught.value.code == "SecurityError"
    assert stranger.charge_point.violations.count >= 1
    assert list(stranger.charge_point.connectors) == [0]


@pytest.mark.parametrize("action", ["BootNotification", "bootnotification"])
def test_a_stranger_may_boot(stranger: Station201, action: str) -> None:
    """That is how it is found."""
    assert stranger.send(action, BOOT)["status"] == "Pending"


def test_a_stranger_may_send_what_it_was_asked_for(stranger: Station201) -> None:
    """By a trigger."""
    stranger.asked_for = {"StatusNotification"}
    stranger.status("Available")
    assert stranger.evse().status is ConnectorStatus.AVAILABLE


def test_a_stranger_may_report_what_it_was_asked_for(stranger: Station201) -> None:
    """To which a request belongs."""
    report = stranger.reports.expect("NotifyReport", 5)
    assert stranger.send("NotifyReport", {"requestId": 5, "generatedAt": stranger.time(), "seqNo": 0}) == {}
    assert report.is_complete


def test_a_station_that_must_be_accepted_at_once_is_heard() -> None:
    """One that does not understand Pending."""
    settings = ChargePointSettings(quirks={"accept_at_boot": True})
    station = Station201(settings=settings, registration=Registration.PENDING)
    assert station.send("BootNotification", BOOT)["status"] == "Accepted"
    station.status("Available")
    assert station.send("NotifyReport", {"requestId": 5, "generatedAt": station.time(), "seqNo": 0}) == {}
    assert station.evse().status is ConnectorStatus.AVAILABLE


# Why a station has started


@pytest.mark.parametrize(
    ("said", "told"),
    [("PowerUp", "power_up"), ("watchdog", "watchdog"), ("FirmwareUpdate", "firmware_update"), ("Moon", None)],
)
def test_a_boot_tells_its_reason(station: Station201, said: str, told: str | None) -> None:
    """In the words of events; what is none is left out."""
    station.send("BootNotification", BOOT | {"reason": said})
    assert station.events[-1].data.get("reason") == told


def test_a_boot_that_was_asked_for_is_no_reboot(station: Station201) -> None:
    """Whatever reason it names."""
    station.asked_for = {"BootNotification"}
    station.send("BootNotification", BOOT)
    assert station.kinds("boot") == []


# What is asked of us


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("Get15118EVCertificate", {}, {"status": "Failed", "exiResponse": ""}),
        ("GetCertificateStatus", {}, {"status": "Failed"}),
        ("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": {}}, {"status": "Rejected"}),
        ("NotifyEVChargingSchedule", {"evseId": 1}, {"status": "Accepted"}),
        ("SignCertificate", {"csr": "…", "certificateType": "V2GCertificate"}, {"status": "Rejected"}),
    ],
)
def test_what_nobody_offers_is_refused_politely(
    station: Station201, action: str, payload: dict[str, Any], answer: dict[str, Any]
) -> None:
    """The answer is sound."""
    assert station.send(action, payload) == answer


@pytest.mark.parametrize("action", ["Reset", "SetVariables", "SetChargingProfile"])
def test_what_only_we_send_is_not_supported(station: Station201, action: str) -> None:
    """It is known, but not for this direction."""
    with pytest.raises(CallError) as caught:
        station.send(action)
    assert caught.value.code == "NotSupported"


def test_a_message_without_an_answer_is_counted(station: Station201) -> None:
    """2.0.1 has none."""
    station.messages.handle_send("NotifyPeriodicEventStream", {"id": 1})
    assert station.charge_point.violations.count == 1
    assert station.events == []


# Reports


def test_a_part_of_a_report_reaches_who_waits_for_it(station: Station201) -> None:
    """By its request's id."""
    report = station.reports.expect("NotifyMonitoringReport", 7)
    payload = {"requestId": 7, "generatedAt": station.time(), "seqNo": 0, "monitor": []}
    assert station.send("NotifyMonitoringReport", payload) == {}
    assert [part["requestId"] for part in report.parts] == [7]


def test_a_report_that_nobody_waits_for_is_acknowledged(station: Station201) -> None:
    """And forgotten."""
    payload = {"requestId": 7, "generatedAt": station.time(), "seqNo": 0}
    assert station.send("NotifyReport", payload) == {}
    assert station.charge_point.violations.count == 0
