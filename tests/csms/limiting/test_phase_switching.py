"""Phases: they are switched without current, named only where that means something, and what follows is learned."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import (
    InvalidRequestError,
    LimitBudgetError,
    NotConnectedError,
    RefusedError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from tests.csms.charger import QUICK, Charger, at_rest, schedule
from tests.csms.conftest import MakeCharger

SWITCHES = "ConnectorSwitch3to1PhaseSupported"


def said(charger: Charger) -> list[tuple[float, int | None]]:
    """Return limit and number of phases of the profiles that were sent."""
    periods = [schedule(profile)["chargingSchedulePeriod"][0] for profile in charger.profiles]
    return [(period["limit"], period.get("numberPhases")) for period in periods]


def metered(charger: Charger, *amperes: float) -> None:
    """Send the currents of L1, L2 and L3."""
    sampled = [
        {"value": str(value), "measurand": "Current.Import", "unit": "A", "phase": f"L{number}"}
        for number, value in enumerate(amperes, 1)
    ]
    time = charger.station.time()
    payload = {"connectorId": 1, "meterValue": [{"timestamp": time, "sampledValue": sampled}]}
    assert charger.station.send("MeterValues", payload) == {}


async def test_phases_asked_for_during_a_pause_hold_when_it_is_over(make_charger: MakeCharger) -> None:
    """Like the limit."""
    charger = make_charger()
    await charger.point.pause(1)
    await charger.point.set_limit(1, 8, phases=1)
    await charger.point.resume(1)
    assert said(charger) == [(0, None), (8, 1)]


@pytest.mark.parametrize("how", ["measured", "status", "unplugged"])
async def test_phases_are_switched_without_current(make_charger: MakeCharger, how: str) -> None:
    """0 A first, then nothing until no current flows."""
    charger = make_charger(meters=False)
    await charger.charge()
    metered(charger, 16, 16, 16)
    switching = asyncio.create_task(charger.point.set_limit(1, 10, phases=1))
    await charger.station.until(lambda: charger.profiles)
    await at_rest()
    assert said(charger) == [(0, None)]
    if how == "measured":
        metered(charger, 0, 0, 0)
    else:
        charger.station.status("SuspendedEVSE" if how == "status" else "Available")
    await switching
    assert said(charger)[-1] == (10, 1)
    assert charger.connector.phases == 1


async def test_phases_are_not_switched_while_current_flows(make_charger: MakeCharger) -> None:
    """It is an error, and what held before is told again."""
    charger = make_charger(meters=False, timing=replace(QUICK, phase_switch=0.01))
    await charger.point.set_limit(1, 16, phases=3)
    await charger.charge()
    metered(charger, 16, 16, 16)
    with pytest.raises(InvalidRequestError, match="phases_busy"):
        await charger.point.set_limit(1, 10, phases=1)
    await at_rest()
    assert said(charger) == [(16, 3), (0, 3), (16, 3)]
    assert (charger.connector.limit, charger.connector.phases) == (16, 3)


async def test_phases_that_are_in_use_already_need_no_pause(make_charger: MakeCharger) -> None:
    """Nobody has told them before, but the meter has."""
    charger = make_charger(meters=False)
    await charger.charge()
    metered(charger, 16, 16, 16)
    await charger.point.set_limit(1, 10, phases=3)
    assert said(charger) == [(10, 3)]


@pytest.mark.parametrize("amperes", [(), (0.0, 0.0, 0.0)])
async def test_without_current_phases_are_switched_at_once(
    make_charger: MakeCharger, amperes: tuple[float, ...]
) -> None:
    """Nothing is to be waited for."""
    charger = make_charger(meters=False)
    if amperes:
        metered(charger, *amperes)
    await charger.point.set_limit(1, 10, phases=1)
    await charger.point.set_limit(1, 12)
    assert said(charger) == [(10, 1), (12, 1)]


async def one_phase(charger: Charger, *amperes: float) -> None:
    """Limit a car to one phase; these are the currents after a while."""
    await charger.point.set_limit(1, 10, phases=1)
    charger.station.clock.advance(hours=2)
    metered(charger, *amperes)


def switching_charger(make_charger: MakeCharger, **settings: Any) -> Charger:
    """Return a charger that says it can switch phases."""
    charger = make_charger(ChargePointSettings(configure=False, **settings), meters=False)
    charger.point.configuration_read({SWITCHES: ConfigurationKey(SWITCHES, "True", True)})
    return charger


async def test_phases_that_do_not_follow_are_learned(make_charger: MakeCharger) -> None:
    """Whatever the charge point says of itself; also over a restart of Home Assistant."""
    charger = switching_charger(make_charger)
    await one_phase(charger, 10, 10, 10)
    assert not charger.point.limits.can_switch_phases
    again = make_charger(stored=charger.station.snapshot(), meters=False)
    again.point.configuration_read({SWITCHES: ConfigurationKey(SWITCHES, "true", True)})
    assert not again.point.limits.can_switch_phases


async def test_phases_that_follow_after_all_are_learned_too(make_charger: MakeCharger) -> None:
    """The charge point may have been set up meanwhile."""
    charger = switching_charger(make_charger)
    await one_phase(charger, 10, 10, 10)
    await charger.point.set_limit(1, 9, phases=1)
    charger.station.clock.advance(hours=2)
    metered(charger, 9, 0, 0)
    assert charger.point.limits.can_switch_phases


async def test_phases_that_do_not_follow_are_not_named_any_more(make_charger: MakeCharger) -> None:
    """As many as it takes are in force, also after a second try; the limit stays."""
    charger = switching_charger(make_charger)
    for _ in range(2):
        metered(charger, 0, 0, 0)
        await one_phase(charger, 10, 10, 10)
        await at_rest()
        assert (charger.connector.limit, charger.connector.phases) == (10, None)
    assert said(charger) == [(10, 1), (10, None)] * 2


def without_the_key(charger: Charger) -> None:
    """Let its configuration say that it does not switch phases any more."""
    charger.point.configuration_read({SWITCHES: ConfigurationKey(SWITCHES, "false", True)})


def without_the_quirk(charger: Charger) -> None:
    """Let the user say so."""
    charger.point.update_settings(ChargePointSettings(configure=False, quirks={"phase_switching": False}))


def with_other_firmware(charger: Charger) -> None:
    """Let it boot with a firmware that does not say so."""
    charger.station.boot(firmwareVersion="1")
    charger.station.boot(firmwareVersion="2")


@pytest.mark.parametrize("loses", [without_the_key, without_the_quirk, with_other_firmware])
async def test_phases_that_cannot_be_switched_any_more_are_not_named(
    make_charger: MakeCharger, loses: Callable[[Charger], None]
) -> None:
    """The limit is told again without them."""
    charger = make_charger(meters=False, timing=replace(QUICK, phase_switch=0.0))
    charger.point.configuration_read({SWITCHES: ConfigurationKey(SWITCHES, "true", True)})
    await charger.point.set_limit(1, 10, phases=1)
    loses(charger)
    charger.point.flush()
    await charger.station.until(lambda: charger.connector.phases is None and said(charger)[-1] == (10, None))
    assert charger.connector.limit == 10


async def test_a_configuration_that_comes_in_parts_loses_no_phases(make_charger: MakeCharger) -> None:
    """What the first part does not say, the next one may."""
    charger = make_charger(meters=False, timing=replace(QUICK, phase_switch=0.0))
    await charger.point.set_limit(1, 10, phases=1)
    other = ConfigurationKey("ChargeProfileMaxStackLevel", "3", True)
    charger.point.configuration_keys_read({other.key: other})
    charger.point.flush()
    charger.point.configuration_keys_read({SWITCHES: ConfigurationKey(SWITCHES, "true", True)})
    await at_rest()
    assert charger.connector.phases == 1


async def switching(charger: Charger) -> asyncio.Task[None]:
    """Begin to switch to one phase under current, and return what waits for the current to stop."""
    await charger.charge()
    metered(charger, 16, 16, 16)
    task = asyncio.create_task(charger.point.set_limit(1, 10, phases=1))
    await charger.station.until(lambda: charger.profiles and charger.profiles[-1] and said(charger)[-1][0] == 0)
    await at_rest()
    return task


@pytest.mark.parametrize("before", [11.0, None])
async def test_a_switch_of_phases_that_is_cancelled_leaves_what_held_before(
    make_charger: MakeCharger, before: float | None
) -> None:
    """Not the 0 A on the way; without a limit, that is the highest."""
    charger = make_charger(meters=False)
    if before is not None:
        await charger.point.set_limit(1, before)
    task = await switching(charger)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await at_rest()
    assert said(charger)[-1] == (before or 32, None)
    assert charger.connector.limit == before


async def test_a_switch_of_phases_whose_second_half_is_refused_leaves_what_held_before(
    make_charger: MakeCharger,
) -> None:
    """One that takes no number of phases is no reason to stop."""
    charger = make_charger(meters=False, refuses=lambda profile: "numberPhases" in str(profile))
    await charger.point.set_limit(1, 11)
    task = await switching(charger)
    metered(charger, 0, 0, 0)
    with pytest.raises(RefusedError):
        await task
    await at_rest()
    assert said(charger)[-1] == (11, None)


async def test_a_switch_of_phases_that_the_connection_cuts_is_undone_with_the_next(make_charger: MakeCharger) -> None:
    """Though the charge point says that it has just what it was told last."""
    charger = make_charger(meters=False, tells_composite=True, timing=replace(QUICK, boot_grace=0.0))
    await charger.point.set_limit(1, 11)
    task = await switching(charger)
    charger.station.disconnect()
    metered(charger, 0, 0, 0)
    with pytest.raises(NotConnectedError):
        await task
    charger.station.connect()
    charger.station.status("Charging")
    await charger.station.until(lambda: said(charger)[-1] == (11, None))


async def raise_often(charger: Charger) -> None:
    """Raise the limit until the budget is used up."""
    for step in range(20):
        await charger.point.set_limit(1, 6 + step)


async def test_phases_are_not_switched_without_the_budget_for_it(make_charger: MakeCharger) -> None:
    """Half-way it would have to wait without current."""
    charger = make_charger(meters=False)
    await charger.charge()
    metered(charger, 16, 16, 16)
    with pytest.raises(LimitBudgetError):
        await raise_often(charger)
    before = len(charger.profiles)
    with pytest.raises(LimitBudgetError):
        await charger.point.set_limit(1, 6, phases=1)
    assert len(charger.profiles) == before


@pytest.mark.parametrize("amperes", [(10, 10, 10), (0, 0, 0)])
async def test_phases_are_not_judged_too_soon(make_charger: MakeCharger, amperes: tuple[float, ...]) -> None:
    """Nor without current."""
    charger = switching_charger(make_charger)
    await charger.point.set_limit(1, 10, phases=1)
    charger.station.clock.advance(hours=2 if not any(amperes) else 0)
    metered(charger, *amperes)
    assert charger.point.limits.can_switch_phases


async def test_one_phase_that_is_used_is_learned_once(make_charger: MakeCharger) -> None:
    """Nothing changes with the second sample."""
    charger = switching_charger(make_charger)
    await one_phase(charger, 10, 0, 0)
    metered(charger, 10, 0, 0)
    assert charger.point.limits.snapshot()["phases_followed"] is True


@pytest.mark.parametrize(
    ("settings", "value", "can"),
    [
        ({}, "true", True),
        ({}, "false", False),
        ({}, None, False),
        ({"phases": 1}, "true", False),
        ({"quirks": {"phase_switching": True}}, "false", True),
        ({"quirks": {"phase_switching": False}}, "true", False),
    ],
)
async def test_who_can_switch_phases(
    make_charger: MakeCharger, settings: dict[str, Any], value: str | None, can: bool
) -> None:
    """What is known goes before what it says of itself."""
    charger = make_charger(ChargePointSettings(configure=False, **settings))
    charger.point.configuration_read({SWITCHES.lower(): ConfigurationKey(SWITCHES.lower(), value, True)})
    assert charger.point.limits.can_switch_phases is can
