"""Charging control and people: taking over by hand and giving back, and the removal of the house. Nobody's limit is lost on the way."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.const import SUBENTRY_CHARGE_POINT
from custom_components.ocpp_csms.control.goals import Goals
from custom_components.ocpp_csms.control.settings import site_subentry
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, CommandError, NotConnectedError, RefusedError
from tests.control.chargers import HouseFactory
from tests.control.house import House, Inside
from tests.hands import press
from tests.sites import CURRENTS, add_site, remove_site, site

DIMMER = "binary_sensor.dimmer"


@pytest.fixture
def site_data() -> dict[str, Any]:
    """What the user set for the house beside the grid sensor; tests override the fixture."""
    return {}


@pytest.fixture
def subentries(site_data: dict[str, Any]) -> list[ConfigSubentryData]:
    """A charger and the house."""
    data = {"charge_point_id": "CP1", "maximum_current": 16.0}
    charger = ConfigSubentryData(data=data, subentry_type=SUBENTRY_CHARGE_POINT, title="CP1", unique_id="CP1")
    return [charger, site(**site_data)]


def goals_of(entry: MockConfigEntry) -> Goals:
    """Return what is wanted of connector 1, also without a house."""
    runtime = entry.runtime_data
    goals = runtime.control.goals.of(runtime.central.charge_points["CP1"], 1)
    assert isinstance(goals, Goals)
    return goals


async def replug(home: House) -> None:
    """Let the car leave and come back."""
    await home.chargers[0].unplug(1)
    await home.run(20)
    await home.chargers[0].plug_in(1)
    await home.run(40)


async def limit_by_hand(hass: HomeAssistant, amperes: float) -> None:
    """Set the limit as a person does."""
    await press(hass, "number", "set_value", "CP1_1_current_limit", value=amperes)


with_fuse = pytest.mark.parametrize("site_data", [{"fuse": 25.0, **CURRENTS}], ids=["fuse"])
with_dimmer = pytest.mark.parametrize("site_data", [{"dimmer": DIMMER}], ids=["dimmer"])


# A command by hand


async def test_a_limit_by_hand_holds_until_the_car_leaves(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """The mode comes back then."""
    home = await house(solar=lambda _: 9000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    await limit_by_hand(hass, 9)
    await home.run(120)
    assert (inside.goals.mode, inside.goals.suspended) == (ChargingMode.MANUAL, ChargingMode.SOLAR)
    assert home.currents[0] == pytest.approx(9, abs=0.1)
    await replug(home)
    assert inside.in_mode(ChargingMode.SOLAR)


@pytest.mark.parametrize("site_data", [{"resume_after_unplug": False}], ids=["for good"])
async def test_a_mode_that_yields_for_good_does_not_come_back(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """The limit holds for the next car too, until a mode is chosen again."""
    home = await house(solar=lambda _: 9000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    await limit_by_hand(hass, 9)
    await home.run(30)
    assert (inside.goals.mode, inside.goals.suspended) == (ChargingMode.MANUAL, None)
    await replug(home)
    assert inside.in_mode(ChargingMode.MANUAL)
    assert home.currents[0] == pytest.approx(9, abs=0.1)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    assert home.cars > 7000


async def test_the_limit_that_was_set_by_hand_before_a_mode_comes_back_with_manual_mode(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """What was in force when the mode yielded was for that car only."""
    home = await house(solar=lambda _: 9000.0)
    await limit_by_hand(hass, 10)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    await press(hass, "switch", "turn_on", "CP1_1_pause")
    await home.run(30)
    await press(hass, "switch", "turn_off", "CP1_1_pause")
    await home.run(30)
    assert inside.connector.limit != 10
    await replug(home)
    inside.set_mode(ChargingMode.MANUAL)
    await home.run(30)
    assert home.currents[0] == pytest.approx(10, abs=0.1)


async def test_a_pause_by_hand_stays(hass: HomeAssistant, house: HouseFactory, inside: Inside) -> None:
    """However much sun there is."""
    home = await house(solar=lambda _: 9000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    await press(hass, "switch", "turn_on", "CP1_1_pause")
    await home.run(300)
    assert inside.in_mode(ChargingMode.MANUAL)
    assert inside.connector.paused
    assert home.cars == 0


@pytest.mark.parametrize(("position", "key"), [("turn_on", "charge"), ("turn_off", "pause")])
async def test_a_car_that_a_mode_holds_is_freed_by_the_switches_that_are_there_already(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, position: str, key: str
) -> None:
    """Charge is on and pause is off while a mode waits for the sun: who presses them wants current."""
    home = await house()
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(60)
    assert home.cars == 0
    await press(hass, "switch", position, f"CP1_1_{key}")
    await home.run(60)
    assert (inside.goals.mode, inside.goals.suspended) == (ChargingMode.MANUAL, ChargingMode.SOLAR)
    assert home.cars == pytest.approx(11000, rel=0.03)


@pytest.mark.parametrize(
    "error",
    [RefusedError("SetChargingProfile", "Rejected"), CallTimeoutError("SetChargingProfile", 30), NotConnectedError()],
    ids=["refused", "timed out", "not connected"],
)
async def test_a_command_that_fails_takes_nothing_over(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch, error: CommandError
) -> None:
    """Mode and limits are what they were, and the sun is followed on."""
    home = await house(solar=lambda second: 6000.0 if second < 150 else 8000.0)
    await limit_by_hand(hass, 10)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    before = inside.goals

    async def fail(*_arguments: object, **_options: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        for command in ("set_limit", "request_limit", "pause"):
            broken.setattr(inside.point, command, fail)
        with pytest.raises(HomeAssistantError):
            await limit_by_hand(hass, 7)
        with pytest.raises(HomeAssistantError):
            await press(hass, "switch", "turn_on", "CP1_1_pause")
    assert inside.goals == before
    await home.run(200)
    assert home.cars == pytest.approx(7700, abs=500)


async def test_a_charger_that_is_away_takes_nothing_over(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, init_integration: MockConfigEntry
) -> None:
    """And one that is back goes on with its mode."""
    home = await house(solar=lambda _: 6000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    before = inside.goals
    await home.chargers[0].go_offline()
    await home.run(20)
    with pytest.raises(NotConnectedError), init_integration.runtime_data.control.by_hand(inside.point, 1, 7.0):
        await inside.point.set_limit(1, 7.0)
    assert inside.goals == before
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(120)
    assert home.cars == pytest.approx(5700, abs=400)


async def test_a_command_that_fails_late_undoes_nothing_that_was_chosen_meanwhile(
    house: HouseFactory, inside: Inside, init_integration: MockConfigEntry
) -> None:
    """Neither another mode nor any other wish."""
    await house(solar=lambda _: 6000.0)
    runtime = init_integration.runtime_data
    inside.set_mode(ChargingMode.SOLAR)

    async def fail(hanging: asyncio.Event) -> None:
        await hanging.wait()
        raise NotConnectedError

    async def command(hanging: asyncio.Event) -> None:
        with pytest.raises(NotConnectedError), runtime.control.by_hand(inside.point, 1, 7.0):
            await fail(hanging)

    hanging = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as commands:
        commands.create_task(command(hanging))
        await asyncio.sleep(0)
        assert inside.in_mode(ChargingMode.MANUAL)
        inside.want(priority=9)
        hanging.set()
    assert (inside.goals.mode, inside.goals.suspended, inside.goals.priority) == (ChargingMode.SOLAR, None, 9)

    hanging = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as commands:
        commands.create_task(command(hanging))
        await asyncio.sleep(0)
        inside.set_mode(ChargingMode.FAST)
        hanging.set()
    assert (inside.goals.mode, inside.goals.suspended) == (ChargingMode.FAST, None)


# The house is not controlled any more


@pytest.mark.parametrize(("by_hand", "free"), [(None, 16.0), (10.0, 10.0)], ids=["untouched", "limited by hand"])
async def test_a_house_that_is_removed_leaves_no_car_at_no_current(
    hass: HomeAssistant,
    house: HouseFactory,
    init_integration: MockConfigEntry,
    inside: Inside,
    by_hand: float | None,
    free: float,
) -> None:
    """It has the limit that the user set by hand, else the highest; a house that is set up again changes nothing."""
    home = await house()
    if by_hand is not None:
        await limit_by_hand(hass, by_hand)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(60)
    assert home.cars == 0
    await remove_site(hass, init_integration)
    await home.run(60)
    assert home.currents[0] == pytest.approx(free, abs=0.1)
    assert goals_of(init_integration) == Goals(manual_limit=by_hand)
    await add_site(hass, init_integration)
    await home.run(60)
    assert inside.in_mode(ChargingMode.MANUAL)
    assert home.currents[0] == pytest.approx(free, abs=0.1)


@with_fuse
async def test_a_limit_by_hand_that_the_fuse_lowered_is_back_when_the_house_is_removed(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """Nobody guards the fuse any more."""
    home = await house(load=lambda _: 11500.0)
    await limit_by_hand(hass, 12)
    await home.run(120)
    assert home.currents[0] < 9
    await remove_site(hass, init_integration)
    await home.run(60)
    assert home.currents[0] == pytest.approx(12, abs=0.1)
    assert inside.connector.limit == 12


@with_dimmer
@pytest.mark.parametrize(("by_hand", "free"), [(None, 16.0), (12.0, 12.0)], ids=["untouched", "limited by hand"])
async def test_what_was_dimmed_is_back_when_the_house_is_removed(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, by_hand: float | None, free: float
) -> None:
    """Whether or not the user had set a limit."""
    home = await house()
    if by_hand is not None:
        await limit_by_hand(hass, by_hand)
    hass.states.async_set(DIMMER, "on")
    await home.run(60)
    assert home.currents[0] == pytest.approx(6, abs=0.1)
    await remove_site(hass, init_integration)
    await home.run(60)
    assert home.currents[0] == pytest.approx(free, abs=0.1)
    assert goals_of(init_integration).held_back is None


async def test_a_house_that_is_removed_lifts_no_pause_and_no_limit_of_the_user(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """Manual mode was the user's all the time."""
    home = await house()
    await limit_by_hand(hass, 10)
    await press(hass, "switch", "turn_on", "CP1_1_pause")
    await home.run(30)
    writes = home.chargers[0].profile_writes
    await remove_site(hass, init_integration)
    await home.run(60)
    assert home.chargers[0].profile_writes == writes
    assert inside.connector.paused
    assert inside.connector.limit == 10


async def test_a_charger_that_is_away_when_the_house_is_removed_is_free_when_it_is_back(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """It has what it is to have from the first moment."""
    home = await house()
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    await home.chargers[0].go_offline()
    await home.run(30)
    await remove_site(hass, init_integration)
    await home.run(30)
    assert home.cars == 0
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)


async def test_a_write_that_is_cut_short_by_the_removal_of_the_house_leaves_the_car_free(
    hass: HomeAssistant,
    house: HouseFactory,
    init_integration: MockConfigEntry,
    inside: Inside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The charger may have carried it out, though nobody has heard of it."""
    home = await house()
    point = inside.point
    told: list[float] = []

    async def hang(_number: int, amperes: float, **_options: object) -> None:
        told.append(amperes)
        if amperes == 0:
            await asyncio.Event().wait()

    monkeypatch.setattr(point, "set_limit", hang)
    inside.set_mode(ChargingMode.OFF)
    await home.run(20)
    await remove_site(hass, init_integration)
    await home.settle()
    assert told == [0.0, 16.0]


async def test_a_house_that_is_changed_changes_no_mode(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """Control goes on where it was."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    subentry = site_subentry(init_integration)
    assert subentry is not None
    changed = {**subentry.data, "charger_circuit": 32.0}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=changed)
    await home.run(60)
    assert inside.in_mode(ChargingMode.SOLAR)
    assert inside.reason is Reason.TRACKING
    assert home.cars == pytest.approx(7700, abs=500)


# The grid operator


@with_dimmer
async def test_what_is_dimmed_comes_back_also_if_the_house_is_changed_meanwhile(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """What held before is not forgotten."""
    home = await house()
    hass.states.async_set(DIMMER, "on")
    await home.run(60)
    assert inside.reason is Reason.DIMMED
    subentry = site_subentry(init_integration)
    assert subentry is not None
    changed = {**subentry.data, "charger_circuit": 32.0}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=changed)
    await home.run(60)
    assert home.currents[0] == pytest.approx(6, abs=0.1)
    hass.states.async_set(DIMMER, "off")
    await home.run(120)
    assert home.currents[0] == pytest.approx(16, abs=0.1)


@with_dimmer
async def test_what_is_dimmed_comes_back_also_over_a_restart(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """What held before is kept."""
    home = await house()
    hass.states.async_set(DIMMER, "on")
    await home.run(60)
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await home.chargers[0].go_offline()
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(60)
    assert inside.reason is Reason.DIMMED
    assert inside.goals.held_back == 16
    hass.states.async_set(DIMMER, "off")
    await home.run(120)
    assert home.currents[0] == pytest.approx(16, abs=0.1)
    assert inside.goals.held_back is None
