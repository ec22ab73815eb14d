"""Fixtures of the central system's tests: a clock, an observer, a central system that listens and knows CP1."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from tests.csms.central import Clock, RecordingObserver, central_system
from tests.csms.charger import Charger, connected_charger
from tests.csms.dialect import Station

type MakeCharger = Callable[..., Charger]


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon."""
    return Clock()


@pytest.fixture
def observer() -> RecordingObserver:
    """Who is told what concerns no single charge point."""
    return RecordingObserver()


@pytest.fixture
async def central(clock: Clock, observer: RecordingObserver) -> AsyncGenerator[CentralSystem]:
    """A central system that asks for nothing unbidden but after a boot."""
    async with central_system(clock=clock, observer=observer) as central:
        yield central


@pytest.fixture
def charge_point(central: CentralSystem) -> ChargePoint:
    """CP1, confirmed; its set-up is switched off."""
    return central.add("CP1", ChargePointSettings(configure=False))


@pytest.fixture
async def station() -> AsyncGenerator[Station]:
    """CP1 and its dialect, connected without a socket."""
    station = Station()
    station.connect()
    yield station
    station.disconnect()


@pytest.fixture
async def make_charger() -> AsyncGenerator[MakeCharger]:
    """Make chargers that take profiles; all are disconnected at the end."""
    made: list[Charger] = []

    def make(*arguments: Any, **options: Any) -> Charger:
        made.append(connected_charger(*arguments, **options))
        return made[-1]

    yield make
    for each in made:
        each.station.disconnect()
