"""Binary sensors show connection, problems, cable and flow of energy."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.control.controlled import ControlStatus
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode
from tests.scripted import ScriptedDialect, assert_platform, entity_id, report, start_transaction, state
from tests.sites import remove_site, show_status, with_site


async def test_all_binary_sensors(hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint) -> None:
    """Each has its name, class and state."""
    report(charge_point, 1, ConnectorStatus.CHARGING)
    await hass.async_block_till_done()
    assert_platform(hass, "binary_sensor", snapshot)


@pytest.mark.parametrize(
    ("status", "plugged_in", "charging"),
    [
        (ConnectorStatus.AVAILABLE, "off", "off"),
        (ConnectorStatus.PREPARING, "on", "off"),
        (ConnectorStatus.CHARGING, "on", "on"),
        (ConnectorStatus.SUSPENDED_EV, "on", "off"),
        (ConnectorStatus.SUSPENDED_EVSE, "on", "off"),
        (ConnectorStatus.FINISHING, "on", "off"),
        (ConnectorStatus.RESERVED, "off", "off"),
        (ConnectorStatus.INOPERATIVE, STATE_UNKNOWN, "off"),
        (ConnectorStatus.FAULTED, STATE_UNKNOWN, "off"),
    ],
)
async def test_cable_and_flow_follow_the_status(
    hass: HomeAssistant, charge_point: ChargePoint, status: ConnectorStatus, plugged_in: str, charging: str
) -> None:
    """What the status does not tell is unknown."""
    report(charge_point, 1, status)
    assert state(hass, "binary_sensor", "CP1_1_plugged_in") == plugged_in
    assert state(hass, "binary_sensor", "CP1_1_charging") == charging


async def test_a_running_transaction_means_a_cable(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Whatever the status says."""
    report(charge_point, 1, ConnectorStatus.FAULTED)
    start_transaction(charge_point)
    assert state(hass, "binary_sensor", "CP1_1_plugged_in") == "on"


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_fault_anywhere_is_a_problem_of_the_charge_point(
    hass: HomeAssistant, charge_point: ChargePoint, number: int
) -> None:
    """Of its own, of a connector, and of one that it had not told of before; it ends with the fault."""
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor", "CP1_0_problem") == "off"
    report(charge_point, number, ConnectorStatus.AVAILABLE)
    report(charge_point, number, ConnectorStatus.FAULTED, ErrorCode.GROUND_FAILURE)
    assert state(hass, "binary_sensor", "CP1_0_problem") == "on"
    report(charge_point, number, ConnectorStatus.AVAILABLE)
    assert state(hass, "binary_sensor", "CP1_0_problem") == "off"


async def test_an_error_without_a_fault_is_a_problem(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The charge point goes on, but somebody should look."""
    report(charge_point, 1, ConnectorStatus.CHARGING, ErrorCode.WEAK_SIGNAL)
    assert state(hass, "binary_sensor", "CP1_0_problem") == "on"


async def test_before_the_first_status_a_problem_is_unknown(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """A charge point that has just connected has not said that all is well."""
    charge_point.attach(far_end, "127.0.0.1")
    assert state(hass, "binary_sensor", "CP1_0_problem") == STATE_UNKNOWN


# Charging control


@with_site
async def test_all_binary_sensors_of_charging_control(
    hass: HomeAssistant, snapshot: SnapshotAssertion, charge_point: ChargePoint
) -> None:
    """Each has its name, class and state."""
    await hass.async_block_till_done()
    assert_platform(hass, "binary_sensor", snapshot)


@with_site
@pytest.mark.parametrize(
    ("key", "status"),
    [("fuse_limiting", ControlStatus(fuse_limited=True)), ("failsafe", ControlStatus(failsafe=True))],
)
async def test_what_holds_charging_back_is_shown(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
    key: str,
    status: ControlStatus,
) -> None:
    """And that nothing does."""
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor", f"CP1_1_{key}") == "off"
    show_status(init_integration, charge_point, status)
    assert state(hass, "binary_sensor", f"CP1_1_{key}") == "on"


@with_site
async def test_while_control_ends_nothing_is_claimed(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    init_integration: MockConfigEntry,
    charge_point: ChargePoint,
) -> None:
    """What the charge point says before the entity is gone finds nobody who decides."""
    await hass.async_block_till_done()
    with monkeypatch.context() as ending:
        ending.setattr(init_integration.runtime_data.control, "loop", None)
        charge_point.notify(1, "control")
        assert state(hass, "binary_sensor", "CP1_1_failsafe") == STATE_UNKNOWN


@with_site
async def test_a_binary_sensor_of_control_is_gone_with_it(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """What nobody decides is not shown."""
    await hass.async_block_till_done()
    found = entity_id(hass, "binary_sensor", "CP1_1_failsafe")
    await remove_site(hass, init_integration)
    assert hass.states.get(found) is None
