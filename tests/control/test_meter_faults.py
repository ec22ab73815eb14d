"""The sensors of the house, when they are wrong: charging ends in a safe current, and goes on afterwards."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfPower
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.sensors import SignVerdict
from custom_components.ocpp_csms.const import SUBENTRY_SITE
from custom_components.ocpp_csms.control import loop
from custom_components.ocpp_csms.control.settings import site_subentry
from custom_components.ocpp_csms.simulator import PRESETS, Car
from tests.control.chargers import FUSE, HouseFactory, charger, issues, with_fuse
from tests.control.house import CURRENTS, House, Inside

IMPORT, EXPORT = "sensor.imported", "sensor.exported"

PAIR = ConfigSubentryData(
    data={"grid_import": IMPORT, "grid_export": EXPORT}, subentry_type=SUBENTRY_SITE, title="Home", unique_id="site/"
)


# The grid sensor


@pytest.mark.parametrize(
    ("says", "issue"),
    [
        ("unavailable", "grid_sensor_silent"),
        ("unknown", "grid_sensor_silent"),
        ("nan", "grid_sensor_silent"),
        ("so-so", "grid_sensor_silent"),
        (-1e9, "grid_sensor_implausible"),
        ("-inf", "grid_sensor_implausible"),
    ],
)
async def test_a_grid_sensor_that_says_nothing_of_use_ends_in_a_pause(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, says: object, issue: str
) -> None:
    """First it holds, then it goes to the minimum, then it pauses and an issue says why; it goes on when the sensor is back."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    assert home.cars == pytest.approx(7700, abs=500)
    home.says = lambda _: says
    await home.run(140)
    assert home.cars == pytest.approx(4140, rel=0.03)
    assert inside.reason is Reason.SENSOR_STALE
    assert inside.status.failsafe
    await home.run(270)
    assert home.cars == 0
    assert issue in issues(hass)
    home.says = lambda watts: watts
    await home.run(10)
    assert issues(hass) == []
    await home.run(200)
    assert home.cars > 6000
    assert not inside.status.failsafe


async def test_solar_with_a_minimum_goes_on_at_the_minimum_without_a_grid_sensor(
    house: HouseFactory, inside: Inside
) -> None:
    """The user has said that the car shall charge."""
    home = await house(solar=lambda _: 9000.0)
    inside.set_mode(ChargingMode.MIN_SOLAR)
    await home.run(200)
    home.silent = True
    await home.run(500)
    assert home.cars == pytest.approx(4140, rel=0.03)
    assert inside.reason is Reason.SENSOR_STALE


async def test_fast_needs_no_grid_sensor(house: HouseFactory, inside: Inside) -> None:
    """Where no fuse is guarded."""
    home = await house()
    inside.set_mode(ChargingMode.FAST)
    home.silent = True
    await home.run(400)
    assert home.cars == pytest.approx(11000, rel=0.03)
    assert inside.reason is Reason.FAST


async def test_a_grid_sensor_that_is_frozen_is_not_believed(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """It reports, but always the same, while a car begins to charge."""
    home = await house(solar=lambda _: 9000.0)
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    home.says = lambda _: -8000.0
    await home.run(120)
    inside.set_mode(ChargingMode.FAST)
    await home.run(820)
    assert issues(hass) == ["grid_sensor_implausible"]
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(30)
    assert home.cars == 0
    assert inside.reason is Reason.SENSOR_STALE


async def test_a_grid_sensor_that_counts_the_other_way_round_is_found_out(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """By what it shows when a car starts and stops; the sun is not followed by it."""
    home = await house(solar=lambda _: 9000.0)
    home.says = lambda watts: -watts
    for mode in (ChargingMode.OFF, ChargingMode.FAST, ChargingMode.OFF, ChargingMode.FAST):
        inside.set_mode(mode)
        await home.run(120)
    assert issues(hass) == ["grid_sensor_inverted"]
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(30)
    assert home.cars == 0
    assert inside.reason is Reason.SENSOR_STALE
    assert inside.status.failsafe


async def test_a_grid_sensor_that_does_not_see_the_chargers_is_taken_for_what_it_shows(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """The cars have what is left without them; an issue asks whether that is meant."""
    home = await house(solar=lambda second: 9000.0 + second % 30)
    home.says = lambda watts: watts - home.cars
    for mode in (ChargingMode.OFF, ChargingMode.FAST, ChargingMode.OFF, ChargingMode.FAST):
        inside.set_mode(mode)
        await home.run(120)
    assert issues(hass) == ["grid_sensor_blind"]
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(300)
    assert home.cars == pytest.approx(8700, abs=400)


async def test_a_grid_sensor_that_freezes_while_the_house_exports_is_found_out(
    hass: HomeAssistant, house: HouseFactory, inside: Inside
) -> None:
    """The car is given more and more of a sun that is not there; within a quarter of an hour it has none."""
    home = await house(solar=lambda second: 9000.0 if second < 300 else 0.0)
    inside.set_mode(ChargingMode.OFF)
    await home.run(100)
    inside.set_mode(ChargingMode.SOLAR)
    home.says = lambda _: -5000.0
    await home.run(780)
    assert issues(hass) == []
    await home.run(320)
    assert issues(hass) == ["grid_sensor_implausible"]
    assert inside.reason is Reason.SENSOR_STALE
    assert home.cars == 0


@pytest.mark.parametrize("subentries", [[charger("CP1"), PAIR]], ids=["pair"])
async def test_an_export_sensor_that_has_died_is_not_believed(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import sensor is alive, and shows what the car takes: both at once cannot be."""
    everything = House.report
    dead = False

    def report_pair(self: House) -> None:
        everything(self)
        watts = self.load(self.seconds) + self.cars - self.solar(self.seconds)
        powers = {IMPORT: max(watts, 0.0)} if dead else {IMPORT: max(watts, 0.0), EXPORT: max(-watts, 0.0)}
        for entity_id, power in powers.items():
            hass.states.async_set(entity_id, str(power), {ATTR_UNIT_OF_MEASUREMENT: UnitOfPower.WATT})

    monkeypatch.setattr(House, "report", report_pair)
    home = await house(solar=lambda second: 8000.0 if second < 300 else 0.0)
    inside.set_mode(ChargingMode.OFF)
    await home.run(200)
    dead = True
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(800)
    assert inside.reason is Reason.SENSOR_STALE
    assert inside.status.failsafe
    assert home.cars == 0
    assert issues(hass) == ["grid_sensor_silent"]


async def found_inverted(home: House, inside: Inside) -> None:
    """Let control find out that the grid sensor counts the other way round."""
    home.says = lambda watts: -watts
    for mode in (ChargingMode.OFF, ChargingMode.FAST, ChargingMode.OFF, ChargingMode.FAST):
        inside.set_mode(mode)
        for _ in range(12):
            await home.run(10)
            if inside.control.health.sign.verdict is SignVerdict.INVERTED:
                return  # before anything is saved
    pytest.fail("not found out")


async def test_what_was_found_of_a_grid_sensor_is_kept_over_a_restart_and_an_error(
    hass: HomeAssistant,
    house: HouseFactory,
    init_integration: MockConfigEntry,
    inside: Inside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody charges from the grid at night for the sun that it says there is."""
    home = await house(solar=lambda _: 9000.0)
    await found_inverted(home, inside)
    inside.set_mode(ChargingMode.SOLAR)
    with monkeypatch.context() as broken:
        broken.setattr(loop, "step", lambda *_: 1 / 0)
        await home.run(20)
    assert inside.control.health.sign.verdict is SignVerdict.INVERTED
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await home.chargers[0].go_offline()
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    home.solar = lambda _: 0.0
    home.load = lambda _: 9000.0
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(200)
    assert inside.control.health.sign.verdict is SignVerdict.INVERTED
    assert inside.reason is Reason.SENSOR_STALE
    assert home.cars == 0
    assert issues(hass) == ["grid_sensor_inverted"]


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"grid_power_inverted": True}, False),
        ({"grid_power": "sensor.another"}, False),
        ({"charger_circuit": 32.0}, True),
    ],
    ids=["turned round", "another sensor", "something else"],
)
async def test_what_was_found_of_a_grid_sensor_holds_for_that_sensor_only(
    hass: HomeAssistant,
    house: HouseFactory,
    init_integration: MockConfigEntry,
    inside: Inside,
    changed: dict[str, Any],
    kept: bool,
) -> None:
    """Turned round, or another one, it is tested afresh; whatever else changes in the house does not matter."""
    home = await house(solar=lambda _: 9000.0)
    await found_inverted(home, inside)
    subentry = site_subentry(init_integration)
    assert subentry is not None
    hass.config_entries.async_update_subentry(init_integration, subentry, data={**subentry.data, **changed})
    await home.run(20)
    assert (inside.control.health.sign.verdict is SignVerdict.INVERTED) is kept
    assert issues(hass) == (["grid_sensor_inverted"] if kept else [])


# The fuse


@pytest.mark.parametrize(
    ("site_data", "at_last"), [(FUSE, 6.0), ({**FUSE, "strict": True}, 0.0)], ids=["fallback", "strict"]
)
async def test_a_phase_that_falls_silent_leaves_the_fallback_at_most(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, at_last: float
) -> None:
    """Within a minute, in every mode; if the user is strict nothing two minutes later."""
    home = await house()
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.currents[0] == pytest.approx(16, abs=0.2)
    home.silent_phases = {CURRENTS[1]}
    await home.run(80)
    assert home.currents[0] == pytest.approx(6, abs=0.2)
    assert inside.reason is Reason.SENSOR_STALE
    await home.run(280)
    assert home.currents[0] == pytest.approx(at_last, abs=0.2)
    assert issues(hass) == ["phase_sensors_silent"]
    assert inside.control.health.bad_since is None
    home.silent_phases = set()
    await home.run(200)
    assert home.currents[0] == pytest.approx(16, abs=0.2)
    assert issues(hass) == []


@with_fuse
async def test_two_cars_share_a_fuse(house: HouseFactory, init_integration: MockConfigEntry) -> None:
    """Both charge, and what they take together with the house is within it."""
    home = await house(cars=[Car(max_current=16.0), Car(max_current=16.0)])
    for identity in ("CP1", "CP2"):
        Inside(init_integration, identity).set_mode(ChargingMode.FAST)
    await home.run(60)
    taken = []
    for _ in range(30):
        await home.run(10)
        taken.append(max(home.currents) + 300 / 690)
    assert max(taken) <= 24.2
    assert all(item.connector(1).current >= 5.8 for item in home.chargers)
    assert home.currents[0] > 20


@with_fuse
async def test_a_charger_that_ignores_its_limit_is_counted_with_all_it_can_take(
    house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """The other one has the rest, it is not written to all the time, and the reason is said."""
    home = await house(cars=[Car(max_current=16.0), Car(max_current=16.0)], quirks=PRESETS["ignores_limits"])
    await home.chargers[1].unplug(1)
    inside.set_mode(ChargingMode.FAST)
    inside.want(maximum_current=8.0)
    await home.run(900)
    assert inside.connector.limit_ignored
    assert inside.reason is Reason.LIMIT_REJECTED
    other = Inside(init_integration, "CP2")
    other.set_mode(ChargingMode.FAST)
    writes = home.chargers[0].profile_writes
    await home.chargers[1].plug_in(1)
    await home.run(600)
    assert (other.connector.limit or 16.0) <= 25 - 1 - 16
    assert home.chargers[0].profile_writes - writes <= 4
    inside.want(maximum_current=7.0)
    await home.run(30)
    assert inside.connector.limit == 7  # it may have come to its senses
