"""OCPP 2.1: what it adds to the messages of 2.0.1, and what is made of it."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.model import Registration
from custom_components.ocpp_csms.csms.wire.frames import CallError
from tests.csms.v2.station import Station21, Station201

STREAM = {"id": 3, "variableMonitoringId": 9, "params": {"interval": 10, "values": 2}}


@pytest.fixture
def station() -> Station21:
    """A station that has said nothing yet."""
    return Station21()


def open_stream(station: Station21, **fields: Any) -> str:
    """Let a stream be opened; return the status of the answer."""
    answer = station.send("OpenPeriodicEventStream", {"constantStreamData": STREAM | fields})
    return str(answer["status"])


def stream(station: Station21, **fields: Any) -> None:
    """Let two values of a stream be sent."""
    data = [{"t": 0, "v": "7.1"}, {"t": 10, "v": "7.3"}]
    payload = {"id": 3, "pending": 0, "basetime": station.time(), "data": data} | fields
    station.messages.handle_send("NotifyPeriodicEventStream", payload)
    station.messages.answered()


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": {}}, {"status": "NoChargingProfile"}),
        ("PullDynamicScheduleUpdate", {"chargingProfileId": 1}, {"status": "Rejected"}),
        ("VatNumberValidation", {"vatNumber": "DE1"}, {"status": "Rejected", "vatNumber": "DE1"}),
        ("VatNumberValidation", {"vatNumber": "9" * 40}, {"status": "Rejected", "vatNumber": "9" * 20}),
        ("NotifyDERAlarm", {}, {}),
        ("NotifyDERStartStop", {}, {}),
        ("NotifyPriorityCharging", {"transactionId": "tx", "activated": True}, {}),
        ("NotifySettlement", {}, {}),
        ("ReportDERControl", {"requestId": 1}, {}),
    ],
)
def test_what_nobody_offers_is_refused_politely(
    station: Station21, action: str, payload: dict[str, Any], answer: dict[str, Any]
) -> None:
    """The answer is sound."""
    assert station.send(action, payload) == answer


def test_the_status_of_certificates_cannot_be_told(station: Station21) -> None:
    """Of each that was asked for."""
    certificate = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}
    asked = {"certificateHashData": certificate, "source": "CRL", "urls": ["http://ocsp.example"]}
    answer = station.send("GetCertificateChainStatus", {"certificateStatusRequests": [asked, asked]})
    assert [(item["certificateHashData"], item["status"]) for item in answer["certificateStatus"]] == [
        (certificate, "Failed"),
        (certificate, "Failed"),
    ]


@pytest.mark.parametrize("hashes", [None, {}, {"hashAlgorithm": "SHA256"}, {"hashAlgorithm": "MD5"}])
def test_the_status_of_no_certificate_cannot_be_answered(station: Station21, hashes: Any) -> None:
    """An answer has to name one."""
    with pytest.raises(CallError) as caught:
        station.send("GetCertificateChainStatus", {"certificateStatusRequests": [{"certificateHashData": hashes}]})
    assert caught.value.code == "OccurrenceConstraintViolation"


def test_swapping_batteries_is_not_claimed(station: Station21) -> None:
    """The message is known."""
    with pytest.raises(CallError) as caught:
        station.send("BatterySwap", {})
    assert caught.value.code == "NotSupported"


def test_what_only_we_send_is_not_supported(station: Station21) -> None:
    """That of 2.1 too."""
    with pytest.raises(CallError) as caught:
        station.send("SetDERControl", {})
    assert caught.value.code == "NotSupported"


def test_what_2_1_adds_is_unknown_to_2_0_1() -> None:
    """It is not implemented there."""
    with pytest.raises(CallError) as caught:
        Station201().send("VatNumberValidation", {"vatNumber": "1"})
    assert caught.value.code == "NotImplemented"


# Streams


def test_the_values_of_a_stream_are_told(station: Station21) -> None:
    """Each with its monitor and its time."""
    assert open_stream(station) == "Accepted"
    stream(station)
    assert [(event.type, event.data) for event in station.events] == [
        ("periodic", {"stream_id": 3, "monitor_id": 9, "value": "7.1", "time": "2026-11-20T12:00:00+00:00"}),
        ("periodic", {"stream_id": 3, "monitor_id": 9, "value": "7.3", "time": "2026-11-20T12:00:10+00:00"}),
    ]


def test_a_stream_that_was_closed_is_counted(station: Station21) -> None:
    """Nobody listens to it."""
    open_stream(station)
    assert station.send("ClosePeriodicEventStream", {"id": 3}) == {}
    stream(station)
    assert station.events == []
    assert station.charge_point.violations.latest[-1].problem == "no such stream"


def test_there_are_not_streams_without_end(station: Station21) -> None:
    """One too many is refused; one that is there may be opened anew."""
    assert {open_stream(station, id=number) for number in range(50)} == {"Accepted"}
    assert (open_stream(station, id=50), open_stream(station, id=49)) == ("Rejected", "Accepted")


def test_of_very_many_values_the_last_are_told(station: Station21) -> None:
    """A message is no way to fill a disk."""
    open_stream(station, variableMonitoringId=None)
    stream(station, data=[{"t": number, "v": str(number)} for number in range(500)])
    assert [event.data["value"] for event in station.events] == [str(number) for number in range(480, 500)]


@pytest.mark.parametrize("seconds", [None, "soon", 1e300, float("inf"), float("nan")])
def test_a_value_without_a_time_is_told(station: Station21, seconds: Any) -> None:
    """It just has none."""
    open_stream(station)
    stream(station, data=[{"t": seconds, "v": "1"}])
    assert station.events[-1].data == {"stream_id": 3, "monitor_id": 9, "value": "1"}


def test_a_stream_without_values_is_counted(station: Station21) -> None:
    """Nothing is told."""
    open_stream(station)
    stream(station, data="7.1")
    assert station.events == []
    assert station.charge_point.violations.latest[-1].problem == "data: no list"


def test_a_stream_without_an_id_is_refused(station: Station21) -> None:
    """Its values could not be told apart."""
    assert open_stream(station, id=None) == "Rejected"


def test_the_stream_of_a_stranger_is_not_heard() -> None:
    """It may only boot."""
    station = Station21(registration=Registration.PENDING)
    stream(station)
    assert station.events == []
    assert station.charge_point.violations.count == 0


def test_another_message_without_an_answer_is_counted(station: Station21) -> None:
    """There is only one."""
    station.messages.handle_send("Heartbeat", {})
    assert station.charge_point.violations.count == 1
