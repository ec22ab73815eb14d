"""Logs: what is asked for is written and really arrives."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.file_server import FileServer

DIAGNOSTICS, LOG = "DiagnosticsStatusNotification", "LogStatusNotification"


def told(central: Central, action: str) -> list[str]:
    """The statuses that were told."""
    return [each["status"] for each in central.payloads(action)]


async def get_log(
    central: Central, location: str, kind: str = "SecurityLog", request_id: int = 3, **others: Any
) -> Any:
    """Ask for a log and return the answer."""
    window = {key: value for key, value in others.items() if key.endswith("Timestamp")}
    retries = {key: value for key, value in others.items() if key not in window}
    log = {"remoteLocation": location, **window}
    return await central.call("GetLog", {"logType": kind, "requestId": request_id, "log": log, **retries})


@pytest.mark.usefixtures("charge_point")
async def test_diagnostics_arrive_and_are_told_step_by_step(central: Central, files: FileServer) -> None:
    answer = await central.call("GetDiagnostics", {"location": files.url("/logs/")})
    assert answer == {"fileName": "diagnostics.log"}
    await central.wait_call(DIAGNOSTICS, 2)
    assert told(central, DIAGNOSTICS) == ["Uploading", "Uploaded"]
    (upload,) = files.uploads
    assert (upload.method, upload.path) == ("PUT", "/logs/diagnostics.log")
    text = upload.body.decode()
    assert "firmware 1.0.0" in text
    assert "connector 1: Available" in text
    assert "BootNotification" in text


@pytest.mark.usefixtures("charge_point")
async def test_diagnostics_that_do_not_arrive_are_told_too(central: Central, files: FileServer) -> None:
    files.statuses.append(500)
    await central.call("GetDiagnostics", {"location": files.url("/logs/")})
    await central.wait_call(DIAGNOSTICS, 2)
    assert told(central, DIAGNOSTICS) == ["Uploading", "UploadFailed"]


async def test_an_upload_is_tried_again_as_often_as_it_is_told(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    files.statuses.extend([503, 503])
    await central.call("GetDiagnostics", {"location": files.url("/"), "retries": 1, "retryInterval": 20})
    await central.wait_call(DIAGNOSTICS)
    await charge_point.settle()
    await charge_point.tick(21)
    await central.wait_call(DIAGNOSTICS, 3)
    assert told(central, DIAGNOSTICS) == ["Uploading", "Uploading", "UploadFailed"]


async def test_the_security_log_holds_the_events(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    await charge_point.security_event("TamperDetectionActivated", "the lid")
    answer = await get_log(central, files.url("/one-time"))
    assert answer == {"status": "Accepted", "filename": "3-security.log"}
    await central.wait_call(LOG, 2)
    assert central.payloads(LOG) == [
        {"status": "Uploading", "requestId": 3},
        {"status": "Uploaded", "requestId": 3},
    ]
    assert files.uploads[0].path == "/one-time"
    lines = files.uploads[0].body.decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["StartupOfTheDevice", "TamperDetectionActivated the lid"]


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize("kind", ["SecurityLog", "DiagnosticsLog"])
@pytest.mark.parametrize(("oldest", "latest", "empty"), [(-60, 60, False), (60, 120, True), (-120, -60, True)])
async def test_only_what_happened_in_the_window_is_in_a_log(
    central: Central, files: FileServer, kind: str, oldest: int, latest: int, empty: bool
) -> None:
    now = datetime.now(UTC)
    window: dict[str, Any] = {
        "oldestTimestamp": (now + timedelta(seconds=oldest)).isoformat(),
        "latestTimestamp": (now + timedelta(seconds=latest)).isoformat(),
    }
    await get_log(central, files.url("/"), kind, **window)
    await central.wait_call(LOG, 2)
    content = files.uploads[0].body.decode()
    assert ("BootNotification" not in content and "StartupOfTheDevice" not in content) is empty


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("status", "location", "outcome"),
    [
        (500, None, "UploadFailure"),
        (403, None, "PermissionDenied"),
        (400, None, "BadMessage"),
        (405, None, "NotSupportedOperation"),
        (200, "gopher://example.org/", "NotSupportedOperation"),
        (200, "http://[x/", "BadMessage"),
        (200, "http:///x", "BadMessage"),
        (200, "http://127.0.0.1:1/", "UploadFailure"),
    ],
)
async def test_why_a_log_did_not_arrive_is_told(
    central: Central, files: FileServer, status: int, location: str | None, outcome: str
) -> None:
    files.statuses.append(status)
    await get_log(central, location or files.url("/"))
    await central.wait_call(LOG, 2)
    assert told(central, LOG) == ["Uploading", outcome]


@pytest.mark.usefixtures("charge_point")
async def test_a_new_request_takes_the_place_of_an_upload_under_way(central: Central, files: FileServer) -> None:
    gate = files.hold("/slow")
    await get_log(central, files.url("/slow"), request_id=1)
    await files.wait_asked("/slow")
    await central.call("ExtendedTriggerMessage", {"requestedMessage": LOG})
    assert await central.wait_call(LOG, 2) == {"status": "Uploading", "requestId": 1}
    assert (await get_log(central, files.url("/fast"), request_id=2))["status"] == "AcceptedCanceled"
    gate.set()
    await central.wait_call(LOG, 4)
    assert [each["requestId"] for each in central.payloads(LOG)] == [1, 1, 2, 2]


@pytest.mark.usefixtures("charge_point")
async def test_an_upload_that_fails_after_it_was_replaced_is_not_tried_again(
    central: Central, files: FileServer, charge_point: SimulatedChargePoint
) -> None:
    gate = files.hold("/slow", status=500)
    await get_log(central, files.url("/slow"), request_id=1, retries=3, retryInterval=1)
    await files.wait_asked("/slow")
    await get_log(central, files.url("/fast"), request_id=2)
    gate.set()
    await central.wait_call(LOG, 3)
    await charge_point.tick(5)
    assert files.asked.count("/slow") == 1


async def test_a_retry_of_an_upload_that_was_replaced_does_not_happen(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    files.statuses.append(500)
    await get_log(central, files.url("/first"), request_id=1, retries=3, retryInterval=10)
    await central.wait_call(LOG)
    await charge_point.settle()
    await get_log(central, files.url("/second"), request_id=2)
    await central.wait_call(LOG, 3)
    await charge_point.tick(11)
    assert files.asked == ["/first", "/second"]


async def test_a_trigger_asks_where_diagnostics_are(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    gate = files.hold("/slow")
    await central.call("GetDiagnostics", {"location": files.url("/slow")})
    await files.wait_asked("/slow")
    assert await central.call("TriggerMessage", {"requestedMessage": DIAGNOSTICS}) == ACCEPTED
    await central.wait_call(DIAGNOSTICS, 2)
    gate.set()
    await central.wait_call(DIAGNOSTICS, 3)
    await charge_point.settle()
    assert told(central, DIAGNOSTICS) == ["Uploading", "Uploading", "Uploaded"]


@pytest.mark.usefixtures("charge_point")
@pytest.mark.parametrize(
    ("log", "code"),
    [({}, "TypeConstraintViolation"), ({"remoteLocation": "x", "oldestTimestamp": "old"}, "PropertyConstraint")],
)
async def test_a_request_that_makes_no_sense_gets_a_callerror(central: Central, log: dict[str, str], code: str) -> None:
    with pytest.raises(Fail, match=code):
        await central.call("GetLog", {"logType": "SecurityLog", "requestId": 1, "log": log})


@pytest.mark.parametrize(("preset", "method"), [("post_uploads", "POST"), ("form_uploads", "POST")])
async def test_some_upload_in_another_way(
    central: Central, dial: Dial, files: FileServer, preset: str, method: str
) -> None:
    await dial(quirks=PRESETS[preset])
    await get_log(central, files.url("/"))
    await central.wait_call(LOG, 2)
    (upload,) = files.uploads
    assert upload.method == method
    assert (upload.content_type == "multipart/form-data") is (preset == "form_uploads")
    assert b"StartupOfTheDevice" in upload.body
