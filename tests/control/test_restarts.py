"""Home Assistant comes and goes, and errors happen: nothing of control is lost, and nothing stays behind."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.control import loop
from custom_components.ocpp_csms.control.departures import Departures
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, InvalidRequestError
from custom_components.ocpp_csms.simulator import Car
from tests.control.chargers import HouseFactory
from tests.control.house import Inside
from tests.hands import press


async def test_while_the_entry_is_not_loaded_the_fallback_holds(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """The charger is told before the connection is closed; loaded again, control goes on where it was."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    assert home.currents[0] > 10
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await home.chargers[0].go_offline()
    await home.run(60)
    assert home.currents[0] == pytest.approx(6, abs=0.2)
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(300)
    assert inside.in_mode(ChargingMode.SOLAR)
    assert home.currents[0] > 10


async def test_what_a_car_took_of_the_fallback_is_not_taken_for_all_that_it_can(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """Once Home Assistant is back, the meter still tells of the time without it."""
    home = await house()
    inside.want(maximum_current=14.0)
    inside.set_mode(ChargingMode.FAST)
    await home.run(120)
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await home.chargers[0].go_offline()
    await home.run(20)
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    for _ in range(15):
        await home.run(10)
        assert inside.connector.limit == 14
    assert home.currents[0] > 13


@pytest.mark.parametrize("seconds", [0, 60])
async def test_a_charger_that_dials_in_again_goes_on_where_it_was(
    house: HouseFactory, inside: Inside, seconds: int
) -> None:
    """Under the same sun: nobody knew what it took meanwhile, and that is no reason to throttle it."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(600)
    before = inside.connector.limit
    assert before == pytest.approx(11, abs=1)
    await home.chargers[0].go_offline()
    await home.run(seconds)
    await home.chargers[0].go_online()
    for _ in range(12):
        await home.run(10)
        assert inside.connector.limit == pytest.approx(before, abs=0.5)


async def test_nothing_listens_any_more_once_the_entry_is_unloaded(
    hass: HomeAssistant, config_entry: MockConfigEntry, setup_entry: Callable[[MockConfigEntry], Awaitable[None]]
) -> None:
    """Neither to sensors nor to the time; the harness sees to timers and tasks."""
    keys = ("state_changed", "state_reported")
    before = {key: hass.bus.async_listeners().get(key, 0) for key in keys}
    await setup_entry(config_entry)
    assert hass.bus.async_listeners().get("state_reported", 0) > before["state_reported"]
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    assert {key: hass.bus.async_listeners().get(key, 0) for key in keys} == before


async def test_a_mode_that_gave_way_waits_for_the_car_to_leave_also_over_a_restart(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """While nobody knows whether there is a car, it has not left."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(60)
    await press(hass, "number", "set_value", "CP1_1_current_limit", value=9)
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await home.chargers[0].go_offline()
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await home.run(60)
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(60)
    assert inside.in_mode(ChargingMode.MANUAL)
    assert home.currents[0] == pytest.approx(9, abs=0.3)
    await home.chargers[0].unplug(1)
    await home.run(20)
    assert inside.in_mode(ChargingMode.SOLAR)


async def test_a_write_that_is_under_way_ends_with_the_entry(
    hass: HomeAssistant,
    house: HouseFactory,
    init_integration: MockConfigEntry,
    inside: Inside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody waits for it, and no other follows."""
    home = await house()
    ended: list[str] = []

    async def hang(*_arguments: object, **_options: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("write")

    monkeypatch.setattr(inside.point, "set_limit", hang)
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    control = inside.control
    assert ended == []
    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await hass.async_block_till_done()
    assert ended == ["write"]
    control.step_soon()
    await home.run(30)
    assert ended == ["write"]


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what was logged as an error."""
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_error_in_a_step_is_logged_once_and_the_next_steps_are_taken(
    house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An end of control would leave the last limit in force for ever."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    with monkeypatch.context() as broken:
        broken.setattr(loop, "step", lambda *_: 1 / 0)
        await home.run(60)
    [error] = errors(caplog)
    assert error.exc_info is not None
    await home.run(300)
    assert home.cars == pytest.approx(7700, abs=500)


async def test_where_no_step_succeeds_for_long_cars_fall_back(
    house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last limit is refreshed for ever else, by an integration that has lost its mind."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    with monkeypatch.context() as broken:
        broken.setattr(loop, "step", lambda *_: 1 / 0)
        await home.run(280)
        assert home.currents[0] > 10
        await home.run(60)
        assert home.currents[0] == pytest.approx(6, abs=0.2)
        writes = home.chargers[0].profile_writes
        await home.run(300)
        assert home.chargers[0].profile_writes == writes
    await home.run(300)
    assert home.currents[0] > 10


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_charger_that_nobody_can_decide_on_falls_back(
    house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch, refuses: bool
) -> None:
    """It alone. One that refuses is not asked in every step."""
    home = await house()
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.currents[0] > 15
    monkeypatch.setattr(Departures, "is_due", lambda *_: 1 / 0)
    if refuses:
        home.chargers[0].refuse("SetChargingProfile", "Rejected")
    writes = home.chargers[0].profile_writes
    await home.run(400)
    assert (home.currents[0] < 7) is not refuses
    assert home.chargers[0].profile_writes - writes <= 30  # each refusal is of all ways there are


async def test_an_error_with_one_charger_leaves_the_others_controlled(
    house: HouseFactory,
    init_integration: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever it says."""
    home = await house(solar=lambda _: 17500.0, cars=[Car(max_current=16.0), Car(max_current=16.0)])
    is_due = Departures.is_due

    def broken(self: Departures, point: ChargePoint, *arguments: Any) -> bool:
        if point.identity == "CP1":
            raise RuntimeError("a plan that cannot be")
        return is_due(self, point, *arguments)

    monkeypatch.setattr(Departures, "is_due", broken)
    for identity in ("CP1", "CP2"):
        Inside(init_integration, identity).set_mode(ChargingMode.SOLAR)
    await home.run(300)
    assert home.chargers[0].connector(1).power == pytest.approx(11000, rel=0.03)
    assert home.chargers[1].connector(1).power == pytest.approx(6200, abs=500)
    assert len(errors(caplog)) == 1


@pytest.mark.parametrize(
    "error",
    [InvalidRequestError("limit_budget", seconds="60"), CallTimeoutError("SetChargingProfile", 30), RuntimeError("?")],
)
async def test_a_write_that_fails_at_once_is_tried_again(
    house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Before anybody has noted that it had begun; nothing is called refused."""
    home = await house()

    async def fail(*_arguments: object, **_options: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(inside.point, "set_limit", fail)
        inside.set_mode(ChargingMode.OFF)
        await home.run(30)
    assert home.cars > 10_000
    assert inside.reason is Reason.OFF
    await home.run(30)
    assert home.cars == 0


async def test_an_error_at_a_start_is_survived(
    house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is sent."""
    home = await house(autostart_tag=None)

    async def fail(*_arguments: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(inside.point, "start", fail)
        inside.set_mode(ChargingMode.FAST)
        await home.run(40)
    await home.run(60)
    assert home.cars == pytest.approx(11000, rel=0.03)
