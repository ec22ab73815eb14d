"""Logs in OCPP 2.x: what is asked for really arrives, and is told with the request that it belongs to."""

from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.file_server import FileServer
from tests.simulator.v2.central import CheckingCentral

STATUS = "LogStatusNotification"


async def get_log(central: CheckingCentral, location: str, kind: str = "DiagnosticsLog", **others: Any) -> Any:
    """Ask for a log and return the answer."""
    log = {"remoteLocation": location}
    return await central.call("GetLog", {"logType": kind, "requestId": 3, "log": log, **others})


def told(central: CheckingCentral) -> list[tuple[str, int | None]]:
    """The statuses that were told, with their requests."""
    return [(each["status"], each.get("requestId")) for each in central.payloads(STATUS)]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [("DiagnosticsLog", "3-diagnostics.log", "BootNotification"), ("SecurityLog", "3-security.log", "TamperDetection")],
)
async def test_a_log_arrives(
    central: CheckingCentral, charge_point: SimulatedChargePoint, files: FileServer, kind: str, name: str, line: str
) -> None:
    """N01.FR.01 to FR.04 and FR.07 to FR.09."""
    await charge_point.security_event("TamperDetectionActivated")
    answer = await get_log(central, files.url("/logs/"), kind)
    assert answer == {"status": "Accepted", "filename": name}
    await central.wait_call(STATUS, 2)
    assert told(central) == [("Uploading", 3), ("Uploaded", 3)]
    assert files.uploads[0].path == f"/logs/{name}"
    assert line in files.uploads[0].body.decode()


@pytest.mark.usefixtures("charge_point")
async def test_an_upload_that_fails_is_told(central: CheckingCentral, files: FileServer) -> None:
    """N01.FR.10."""
    files.statuses.append(403)
    await get_log(central, files.url("/"))
    await central.wait_call(STATUS, 2)
    assert told(central) == [("Uploading", 3), ("PermissionDenied", 3)]


@pytest.mark.usefixtures("charge_point")
async def test_a_new_request_takes_the_place_of_the_one_under_way(central: CheckingCentral, files: FileServer) -> None:
    """N01.FR.12; a trigger tells of the one under way."""
    held = files.hold("/held/3-diagnostics.log")
    await get_log(central, files.url("/held/"))
    await files.wait_asked("/held/3-diagnostics.log")
    await central.call("TriggerMessage", {"requestedMessage": STATUS})
    await central.wait_call(STATUS, 2)
    answer = await get_log(central, files.url("/"), requestId=4)
    assert answer["status"] == "AcceptedCanceled"
    await central.wait_call(STATUS, 4)
    held.set()
    assert told(central) == [("Uploading", 3), ("Uploading", 3), ("Uploading", 4), ("Uploaded", 4)]


@pytest.mark.usefixtures("charge_point")
async def test_without_upload_a_trigger_tells_that_there_is_none(central: CheckingCentral) -> None:
    """N01.FR.13."""
    await central.call("TriggerMessage", {"requestedMessage": STATUS})
    await central.wait_call(STATUS)
    assert told(central) == [("Idle", None)]
