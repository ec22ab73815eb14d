"""Another central system, by network profiles: dialled after a restart, given up when it is not there."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from tests.simulator.conftest import Dial
from tests.simulator.v2.central import CheckingCentral

PRIORITY = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
RESET = {"type": "Immediate"}


@pytest.fixture
async def other(socket_enabled: None, version: str) -> AsyncGenerator[CheckingCentral]:
    """The other central system."""
    opened = await CheckingCentral(version).open()
    yield opened
    await opened.close()
    assert opened.violations == []


async def fill(central: CheckingCentral, url: str, **others: Any) -> str:
    """Fill slot 2 and return the status of the answer."""
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
        **others,
    }
    answer = await central.call("SetNetworkProfile", {"configurationSlot": 2, "connectionData": data})
    return str(answer["status"])


async def prefer(central: CheckingCentral, slots: str) -> str:
    """Set the order of slots and return the status of the answer."""
    answer = await central.call("SetVariables", {"setVariableData": [{**PRIORITY, "attributeValue": slots}]})
    return str(answer["setVariableResult"][0]["attributeStatus"])


async def test_the_station_moves_to_another_central_system(
    central: CheckingCentral, other: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    """B09.FR.01, B10.FR.01, FR.04 and FR.06."""
    assert await fill(central, other.url("")) == "Accepted"
    assert await prefer(central, "2,1") == "RebootRequired"
    await central.call("Reset", RESET)
    await other.wait_call("BootNotification")
    await charge_point.wait_accepted()
    assert other.requests[-1].path == "/CP1"
    assert charge_point.configuration("OCPPCommCtrlr.ActiveNetworkProfile") == "2"


async def test_the_station_comes_back_when_nobody_is_there(
    central: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    """B10.FR.03."""
    await fill(central, "ws://127.0.0.1:1")
    await prefer(central, "2,1")
    await central.call("Reset", RESET)
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert charge_point.configuration("OCPPCommCtrlr.ActiveNetworkProfile") == "1"


async def test_the_station_moves_back(
    central: CheckingCentral, other: CheckingCentral, charge_point: SimulatedChargePoint
) -> None:
    await fill(central, other.url(""))
    await prefer(central, "2,1")
    await central.call("Reset", RESET)
    await other.wait_call("BootNotification")
    await charge_point.wait_accepted()
    await prefer(other, "1")
    await other.call("Reset", RESET)
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert len(central.connections) == 2


@pytest.mark.usefixtures("charge_point")
async def test_a_profile_without_its_means_is_not_preferred(central: CheckingCentral) -> None:
    """B10.FR.02: there is no password."""
    await fill(central, "ws://127.0.0.1:1", securityProfile=1)
    assert await prefer(central, "2,1") == "Rejected"


async def test_a_password_is_needed_for_a_higher_profile_and_is_shown(central: CheckingCentral, dial: Dial) -> None:
    """A05: the security profile goes up with the network profile."""
    charge_point = await dial(password="a-long-password-0")
    await fill(central, central.url("").rstrip("/"), securityProfile=1)
    assert await prefer(central, "2") == "RebootRequired"
    await central.call("Reset", RESET)
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert charge_point.configuration("SecurityCtrlr.SecurityProfile") == "1"
    assert await fill(central, "ws://127.0.0.1:1", securityProfile=0) == "Rejected"
