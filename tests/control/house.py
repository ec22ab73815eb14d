"""A simulated house in a real Home Assistant: sun and loads come as sensors, chargers are simulated on a real socket, and time is told to pass."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.control.controlled import ControlStatus
from custom_components.ocpp_csms.control.goals import Goals
from custom_components.ocpp_csms.control.loop import ControlLoop
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector
from custom_components.ocpp_csms.simulator import Car, Quirks, SimulatedChargePoint
from tests.words import words

GRID = "sensor.grid_power"
SOLAR = "sensor.solar_power"
CURRENTS = ("sensor.current_l1", "sensor.current_l2", "sensor.current_l3")
SWITCHING = "ConnectorSwitch3to1PhaseSupported"  # key of the configuration
STEP = 10.0  # s
_ROUNDS = 60  # of the loop: more than a call, its answer and what follows take


class House:
    """A house with sun, loads and chargers. Powers in W as functions of the seconds since the start."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        chargers: Sequence[SimulatedChargePoint],
        *,
        solar: Callable[[float], float] = lambda _: 0.0,
        load: Callable[[float], float] = lambda _: 300.0,
    ) -> None:
        """Time stands still until `run`."""
        self.hass = hass
        self.freezer = freezer
        self.chargers = list(chargers)
        self.solar = solar
        self.load = load
        self.silent = False  # the grid sensor says nothing any more
        self.says: Callable[[float], object] = lambda watts: watts  # what the grid sensor makes of the power in W
        self.silent_phases: set[str] = set()  # sensors of the currents that say nothing any more
        self.seconds = 0.0
        self.from_grid = 0.0  # Wh that cars took from the grid
        self.from_sun = 0.0  # Wh that cars took of the sun
        self.history: list[tuple[float, float, float]] = []  # s, W of the sun that is left, W of the cars

    @property
    def cars(self) -> float:
        """What all cars take, in W."""
        return sum(charger.connector(1).power for charger in self.chargers)

    @property
    def starts(self) -> int:
        """How often the first charger was asked to start."""
        return self.chargers[0].count(words(self.chargers[0]).start)

    @property
    def currents(self) -> tuple[float, float, float]:
        """What all cars take on each phase, in A."""
        outlets = [charger.connector(1).outlet.currents for charger in self.chargers]
        one, two, three = (sum(amperes[phase] for amperes in outlets) for phase in range(3))
        return one, two, three

    def report(self) -> None:
        """Let the sensors of the house report."""
        sun, load = self.solar(self.seconds), self.load(self.seconds)
        grid = load + self.cars - sun
        if not self.silent:
            self._set(GRID, self.says(grid), UnitOfPower.WATT)
        self._set(SOLAR, sun, UnitOfPower.WATT)
        for entity_id, amperes in zip(CURRENTS, self.currents, strict=True):
            if entity_id not in self.silent_phases:
                self._set(entity_id, amperes + (load - sun) / 690, UnitOfElectricCurrent.AMPERE)

    async def run(self, seconds: float, step: float = STEP) -> None:
        """Let time pass for everybody: cars, sensors, Home Assistant."""
        until = self.seconds + seconds
        while self.seconds < until - 1e-6:
            self.freezer.tick(timedelta(seconds=step))
            for charger in self.chargers:
                await charger.tick(step, elapsed=step)
            self.seconds += step
            surplus = max(self.solar(self.seconds) - self.load(self.seconds), 0.0)
            self.from_sun += min(self.cars, surplus) * step / 3600
            self.from_grid += max(self.cars - surplus, 0.0) * step / 3600
            self.history.append((self.seconds, surplus, self.cars))
            self.report()
            async_fire_time_changed(self.hass)
            await self.settle()

    async def settle(self) -> None:
        """Let everybody do what can be done without time passing: the loopback delivers at once."""
        await self.hass.async_block_till_done()
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
        await self.hass.async_block_till_done()

    def _set(self, entity_id: str, value: object, unit: str) -> None:
        text = str(round(value, 2)) if isinstance(value, float) else str(value)
        self.hass.states.async_set(entity_id, text, {ATTR_UNIT_OF_MEASUREMENT: unit})


async def inhabited_house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Callable[..., Awaitable[SimulatedChargePoint]],
    *,
    cars: Sequence[Car] | None = None,
    quirks: Quirks | None = None,
    autostart_tag: str | None = "CAR",
    clock_error: float = 0.0,
    configuration: Mapping[str, str] = MappingProxyType({SWITCHING: "false"}),
    **options: Any,
) -> House:
    """Return a house with a charger for each car (CP1, CP2 …), all plugged in. The options are those of `House`.

    The quirks are those of CP1; all clocks are ahead by `clock_error` s. The number of phases is fixed unless configured otherwise.
    """
    chargers = []
    for count, car in enumerate(cars or [Car(max_current=16.0)], start=1):
        charger = await simulator(
            f"CP{count}",
            car=car,
            quirks=quirks if count == 1 else None,
            max_current=16.0,
            autostart_tag=autostart_tag,
            configuration=configuration,
        )
        await charger.wait_accepted()
        await charger.tick(1, elapsed=1 - clock_error)
        chargers.append(charger)
    house = House(hass, freezer, chargers, **options)
    house.report()
    for charger in chargers:
        await charger.plug_in(1)
    await house.run(20)
    return house


class Inside:
    """What Home Assistant makes of connector 1 of a charge point."""

    def __init__(self, entry: ConfigEntry, identity: str = "CP1") -> None:
        """The entry is set up."""
        self._entry = entry
        self._identity = identity

    @property
    def point(self) -> ChargePoint:
        """The charge point."""
        charge_point: ChargePoint = self._entry.runtime_data.central.charge_points[self._identity]
        return charge_point

    @property
    def connector(self) -> Connector:
        """The connector."""
        return self.point.connectors[1]

    @property
    def control(self) -> ControlLoop:
        """The control of the house."""
        loop = self._entry.runtime_data.control.loop
        assert isinstance(loop, ControlLoop)
        return loop

    @property
    def status(self) -> ControlStatus:
        """What is done with the connector."""
        return self.control.of(self.point, 1).status

    @property
    def reason(self) -> Reason:
        """Why."""
        return self.status.reason

    @property
    def goals(self) -> Goals:
        """What the user wants of the connector."""
        goals = self._entry.runtime_data.control.goals.of(self.point, 1)
        assert isinstance(goals, Goals)
        return goals

    def in_mode(self, mode: ChargingMode) -> bool:
        """Whether this is the mode of the connector."""
        return self.goals.mode is mode

    def set_mode(self, mode: ChargingMode) -> None:
        """Choose a mode."""
        self._entry.runtime_data.control.set_mode(self.point, 1, mode)

    def want(self, **goals: object) -> None:
        """Change goals."""
        self._entry.runtime_data.control.goals.update(self.point, 1, **goals)
