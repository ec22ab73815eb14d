"""The inventory of a simulated station, over a real socket: read in whichever way the station can, and the station configured."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from custom_components.ocpp_csms.simulator.quirks import Quirks
from tests.csms.central import HASTY, central_system
from tests.waiting import until

INTERVAL = "SampledDataCtrlr.TxUpdatedInterval"
RATE_UNIT = "SmartChargingCtrlr.RateUnit"

type Dial = Callable[..., Awaitable[tuple[ChargePoint, SimulatedChargePoint]]]


@pytest.fixture(params=["2.0.1", "2.1"])
async def dial(request: pytest.FixtureRequest) -> AsyncGenerator[Dial]:
    """Connect a station with these quirks, in each version; return it once its inventory is known."""
    async with AsyncExitStack() as stack:
        central = await stack.enter_async_context(central_system(timing=HASTY))

        async def connected(quirks: Quirks, **options: Any) -> tuple[ChargePoint, SimulatedChargePoint]:
            point = central.add("CP1", ChargePointSettings(meter_interval=17))
            station = SimulatedChargePoint(
                f"ws://127.0.0.1:{central.port}/CP1",
                "CP1",
                version=request.param,
                auto_tick=False,
                quirks=quirks,
                **options,
            )
            stack.push_async_callback(station.stop)
            await station.start()
            await until(point, ("configuration",), lambda: station.configuration(INTERVAL) == "17")
            return point, station

        yield connected


async def test_a_station_tells_all_it_has(dial: Dial) -> None:
    """Its EVSEs become connectors, its variables have their characteristics."""
    point, station = await dial(Quirks(), connectors=3)
    assert point.connectors.keys() == {0, 1, 2, 3}
    assert point.configuration["EVSE(3).Power"].readonly
    assert point.configuration[INTERVAL].unit == "s"
    assert point.features.phase_switching
    assert station.count("NotifyReport") >= 1


@pytest.mark.parametrize(
    "quirks",
    [Quirks(refused_reports=frozenset({"FullInventory"})), Quirks(reports_nothing=True)],
    ids=["what can be set", "nothing"],
)
async def test_who_does_not_report_everything_tells_what_decides(dial: Dial, quirks: Quirks) -> None:
    """It is asked for the rest by single variables."""
    point, _station = await dial(quirks)
    assert point.configuration[RATE_UNIT].value == "A,W"
    assert point.knows_whole_configuration


async def test_ten_thousand_variables_are_no_trouble(dial: Dial) -> None:
    """They come in many parts."""
    point, _station = await dial(Quirks(extra_variables=10_000))
    assert len(point.configuration) > 10_000


async def test_an_inventory_that_is_known_is_not_asked_for_again(dial: Dial) -> None:
    """After a restart it is still the same station; what was changed meanwhile is put right."""
    point, station = await dial(Quirks())
    reports = station.count("GetBaseReport")
    await station.power_cut()
    station.configure(INTERVAL, "99")
    await station.power_up()
    await until(point, ("configuration",), lambda: station.configuration(INTERVAL) == "17")
    assert station.count("GetBaseReport") == reports == 1
