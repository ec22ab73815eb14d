"""Logs of a charge point: which message asks for them, and what becomes of the upload by the notifications that follow."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, InvalidRequestError, RefusedError
from custom_components.ocpp_csms.csms.files.logs import LogAnswer, LogOrder, LogStatus
from custom_components.ocpp_csms.csms.model import ConfigurationKey, StationInfo
from custom_components.ocpp_csms.csms.requests import LogKind
from tests.csms.dialect import Station

ORDER = LogOrder(location="http://ha/files/x/")
SECURITY = LogOrder(location="http://ha/files/x/", kind=LogKind.SECURITY)
UNKNOWN = CallFailedError("GetLog", "NotImplemented")


def actions(station: Station) -> list[str]:
    """Return what was asked, by name."""
    return [action for action, _ in station.rpc.calls if "Get" in action]


def has_whitepaper(station: Station) -> None:
    """Let the charge point have a key of the security whitepaper."""
    station.charge_point.configuration_read({"CpoName": ConfigurationKey("CpoName", "", readonly=False)})


def tell(station: Station, status: str, **fields: Any) -> None:
    """Let the charge point tell how its upload goes."""
    action = "LogStatusNotification" if fields else "DiagnosticsStatusNotification"
    assert station.send(action, {"status": status, **fields}) == {}


async def test_diagnostics_are_asked_for(station: Station) -> None:
    """With all that was wished for."""
    station.rpc.answers["GetDiagnostics"] = {"fileName": "diagnostics.zip"}
    order = LogOrder(
        location="http://ha/files/x/",
        oldest=datetime(2026, 11, 1, tzinfo=UTC),
        latest=datetime(2026, 11, 20, tzinfo=UTC),
        retries=3,
        retry_interval=60,
    )
    assert await station.charge_point.logs.request(order) == LogAnswer("", "diagnostics.zip")
    assert station.rpc.calls[-1] == (
        "GetDiagnostics",
        {
            "location": "http://ha/files/x/",
            "startTime": "2026-11-01T00:00:00Z",
            "stopTime": "2026-11-20T00:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        },
    )
    assert station.charge_point.logs.status is LogStatus.REQUESTED


async def test_a_charge_point_with_the_whitepaper_is_asked_by_its_message(station: Station) -> None:
    """Its configuration shows that it has it."""
    has_whitepaper(station)
    station.rpc.answers["GetLog"] = {"status": "AcceptedCanceled", "filename": "log.zip"}
    assert await station.charge_point.logs.request(ORDER) == LogAnswer("AcceptedCanceled", "log.zip")
    action, payload = station.rpc.calls[-1]
    assert (action, payload["logType"]) == ("GetLog", "DiagnosticsLog")
    assert payload["log"] == {"remoteLocation": "http://ha/files/x/"}


async def test_who_turns_out_not_to_know_the_message_is_asked_by_the_other(station: Station) -> None:
    """And is not asked in vain again, until it has another firmware."""
    station.boot(firmwareVersion="1.0")
    has_whitepaper(station)
    station.rpc.answers |= {"GetLog": UNKNOWN, "GetDiagnostics": {"fileName": "x"}}
    for _ in range(2):
        assert (await station.charge_point.logs.request(ORDER)).file_name == "x"
    assert actions(station) == ["GetLog", "GetDiagnostics", "GetDiagnostics"]
    station.charge_point.booted(StationInfo(firmware="2.0"), triggered=True)
    has_whitepaper(station)
    await station.charge_point.logs.request(ORDER)
    assert actions(station)[-2:] == ["GetLog", "GetDiagnostics"]


async def test_who_knows_only_the_message_of_the_whitepaper_is_asked_by_it(station: Station) -> None:
    """Though nothing in its configuration shows it."""
    station.rpc.answers |= {"GetDiagnostics": CallFailedError("GetDiagnostics", "NotSupported")}
    assert (await station.charge_point.logs.request(ORDER)).file_name == "log"
    assert actions(station) == ["GetDiagnostics", "GetLog"]


async def test_who_knows_neither_says_so(station: Station) -> None:
    """The error is that of the plain message."""
    station.rpc.answers |= {"GetDiagnostics": CallFailedError("GetDiagnostics", "NotSupported"), "GetLog": UNKNOWN}
    for _ in range(2):
        with pytest.raises(CallFailedError, match="GetDiagnostics"):
            await station.charge_point.logs.request(ORDER)
    assert actions(station) == ["GetDiagnostics", "GetLog", "GetDiagnostics"]
    assert station.charge_point.logs.status is LogStatus.IDLE


async def test_a_security_log_needs_the_whitepaper(station: Station) -> None:
    """No other message can ask for it; a charge point that does not know it is not asked twice."""
    station.rpc.answers["GetLog"] = UNKNOWN
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="no_security_log"):
            await station.charge_point.logs.request(SECURITY)
    assert actions(station) == ["GetLog"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": "Rejected"}, RefusedError),
        (CallFailedError("GetLog", "InternalError"), CallFailedError),
        (CallTimeoutError("GetLog", 30), CallTimeoutError),
    ],
)
async def test_a_refusal_leaves_the_status_as_it_was(station: Station, answer: Any, error: type[Exception]) -> None:
    """Nothing goes on."""
    tell(station, "Uploaded")
    station.rpc.answers |= {"GetLog": answer, "GetDiagnostics": answer}
    has_whitepaper(station)
    with pytest.raises(error):
        await station.charge_point.logs.request(ORDER)
    assert station.charge_point.logs.status is LogStatus.UPLOADED


async def test_who_has_nothing_to_send_says_so(station: Station) -> None:
    """By leaving out the name."""
    station.rpc.answers["GetDiagnostics"] = {}
    assert (await station.charge_point.logs.request(ORDER)).file_name == ""
    assert station.charge_point.logs.status is LogStatus.IDLE


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("Uploading", LogStatus.UPLOADING),
        ("Uploaded", LogStatus.UPLOADED),
        ("UploadFailed", LogStatus.UPLOAD_FAILED),
        ("UploadFailure", LogStatus.UPLOAD_FAILED),
        ("BadMessage", LogStatus.BAD_MESSAGE),
        ("NotSupportedOperation", LogStatus.NOT_SUPPORTED_OPERATION),
        ("PermissionDenied", LogStatus.PERMISSION_DENIED),
        ("Idle", LogStatus.IDLE),
    ],
)
async def test_an_upload_is_followed(station: Station, told: str, status: LogStatus) -> None:
    """In the words of both messages."""
    tell(station, "Uploading")
    tell(station, told)
    assert station.charge_point.logs.status is status


async def test_how_an_upload_ended_stays_known(station: Station) -> None:
    """A charge point that is asked afterwards is idle."""
    tell(station, "Uploaded")
    tell(station, "Idle")
    assert station.charge_point.logs.status is LogStatus.UPLOADED


async def test_what_is_told_of_another_request_is_of_no_interest(station: Station) -> None:
    """It was given up."""
    has_whitepaper(station)
    await station.charge_point.logs.request(SECURITY)
    request_id = station.rpc.calls[-1][1]["requestId"]
    tell(station, "Uploading", requestId=request_id)
    tell(station, "UploadFailure", requestId=request_id - 1 or request_id + 1)
    assert station.charge_point.logs.status is LogStatus.UPLOADING
    assert station.charge_point.logs.failures == 0


async def test_an_unknown_status_is_counted(station: Station) -> None:
    """And changes nothing."""
    tell(station, "Pondering")
    assert station.charge_point.logs.status is LogStatus.IDLE
    assert station.charge_point.violations.latest[-1].problem == "unknown status"
