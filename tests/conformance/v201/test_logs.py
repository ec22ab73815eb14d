"""TC_N_25, TC_N_34 to TC_N_36: logs."""

from aiohttp import ClientSession
import pytest

from tests.conformance.checked_station import Payload
from tests.conformance.house import House

from .station import Station

FILE = "station.log"


async def _is_asked_for(house: House, charger: Station, kind: str, log_type: str, status: str = "Accepted") -> Payload:
    """Ask for a log; return what the station was asked."""
    charger.answers["GetLog"] = {"status": status, "filename": FILE}
    answer = await house.act("get_log", kind=kind, retries=1, retry_interval=60)
    assert answer == {"status": status, "file_name": FILE}
    request = await charger.heard("GetLog")
    assert (request["logType"], request["retries"], request["retryInterval"]) == (log_type, 1, 60)
    return request


async def _is(charger: Station, request: Payload, status: str) -> None:
    payload = {"status": status, "requestId": request["requestId"]}
    assert await charger.call("LogStatusNotification", payload) == {}


async def _is_uploaded(house: House, charger: Station, request: Payload) -> None:
    """To where the house tells it to; how it goes is shown."""
    await _is(charger, request, "Uploading")
    await house.shows("sensor.CP1_0_log_status", "uploading")
    location = request["log"]["remoteLocation"]
    async with ClientSession() as session, session.put(f"{location}{FILE}", data=b"a log") as response:
        assert response.status < 300
    await _is(charger, request, "Uploaded")
    await house.shows("sensor.CP1_0_log_status", "uploaded")


async def test_tc_n_25_diagnostics_are_uploaded(house: House, charger: Station) -> None:
    """What the station tells of it carries the number of the request."""
    request = await _is_asked_for(house, charger, "diagnostics", "DiagnosticsLog")
    await _is_uploaded(house, charger, request)


async def test_tc_n_35_the_security_log_is_uploaded(house: House, charger: Station) -> None:
    """Likewise."""
    request = await _is_asked_for(house, charger, "security", "SecurityLog")
    await _is_uploaded(house, charger, request)


@pytest.mark.parametrize("kind", ["diagnostics", "security"])
async def test_tc_n_34_a_log_is_refused(house: House, charger: Station, kind: str) -> None:
    """The answer says so."""
    charger.answers["GetLog"] = {"status": "Rejected"}
    assert (await house.act("get_log", kind=kind))["status"] == "Rejected"
    assert await charger.heard("GetLog")


async def test_tc_n_36_a_second_log_takes_the_place_of_the_first(house: House, charger: Station) -> None:
    """The first is given up; what is told from then on is of the second."""
    first = await _is_asked_for(house, charger, "diagnostics", "DiagnosticsLog")
    await _is(charger, first, "Uploading")
    await house.shows("sensor.CP1_0_log_status", "uploading")
    second = await _is_asked_for(house, charger, "diagnostics", "DiagnosticsLog", "AcceptedCanceled")
    assert second["requestId"] != first["requestId"]
    await _is(charger, first, "AcceptedCanceled")
    await _is_uploaded(house, charger, second)
