"""Chargers and cars that do not do as they are told: control goes on with what they can."""

from itertools import pairwise

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus
from custom_components.ocpp_csms.simulator import PRESETS, Car, WakeUp, combined
from tests.control.chargers import HouseFactory
from tests.control.house import Inside
from tests.scripted import ScriptedDialect, report

# The charger


REFUSING = (
    "tx_default_only",
    "tx_profile_only",
    "relative_only",
    "absolute_only",
    "stack_level_zero",
    "secretly_one_period",
    "no_valid_to",
    "watts_only",
    "amperes_only",
    "whole_amperes_only",
    "refuses_zero",
    "needs_transaction_id",
    "no_expiry",
)


@pytest.mark.parametrize("preset", REFUSING)
async def test_a_charger_that_refuses_profiles_is_controlled_in_the_way_it_takes(
    house: HouseFactory, inside: Inside, preset: str
) -> None:
    """Whatever it refuses."""
    home = await house(solar=lambda _: 7000.0, quirks=PRESETS[preset])
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(240)
    assert home.cars == pytest.approx(6700, abs=800)
    assert inside.reason in {Reason.TRACKING, Reason.HOLDING}


async def test_a_charger_that_refuses_all_is_left_alone_for_longer_and_longer(
    house: HouseFactory, inside: Inside
) -> None:
    """And the reason is said."""
    home = await house(solar=lambda _: 7000.0)
    home.chargers[0].refuse("SetChargingProfile", "Rejected")
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(150)
    assert inside.reason is Reason.LIMIT_REJECTED
    written = []
    for _ in range(60):
        before = home.chargers[0].profile_writes
        await home.run(10)
        written.append(home.chargers[0].profile_writes > before)
    begun = [now for before, now in pairwise([False, *written]) if now and not before]
    assert 1 <= len(begun) <= 4
    home.chargers[0].comply("SetChargingProfile")
    await home.run(600)
    assert home.cars == pytest.approx(6700, abs=500)


async def test_a_charger_without_meter_values_is_controlled_all_the_same(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect, inside: Inside
) -> None:
    """It does what it is told."""
    report(charge_point, 1, ConnectorStatus.CHARGING)
    inside.set_mode(ChargingMode.OFF)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ("set_limit", 1, 0.0) in far_end.calls
    assert charge_point.connectors[1].sampled_at is None


async def test_a_charger_that_is_back_has_its_limit_at_once(house: HouseFactory, inside: Inside) -> None:
    """One that forgets all while it is offline charges with all it has until then."""
    home = await house(solar=lambda _: 6000.0, quirks=PRESETS["forgets_profiles_offline"])
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    limit = inside.connector.limit
    assert limit is not None
    await home.chargers[0].go_offline()
    await home.run(120)
    assert home.cars == pytest.approx(11000, rel=0.03)
    await home.chargers[0].go_online()
    await home.chargers[0].wait_accepted()
    await home.run(15, step=1)
    assert home.chargers[0].connector(1).limit <= limit + 0.5
    await home.run(200)
    assert home.cars == pytest.approx(5700, abs=500)


@pytest.mark.parametrize("preset", ["resumes_after_power_loss", "none"])
async def test_a_charger_that_restarts_while_it_charges_has_its_limit_at_once(
    house: HouseFactory, inside: Inside, preset: str
) -> None:
    """Whether the transaction goes on, or a new one begins."""
    home = await house(solar=lambda _: 6000.0, quirks=combined([preset, "forgets_profiles_at_reboot"]))
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(200)
    limit = inside.connector.limit
    assert limit is not None
    await home.chargers[0].power_cut()
    await home.run(60)
    assert home.cars == 0
    await home.chargers[0].power_up()
    await home.chargers[0].wait_accepted()
    await home.run(15, step=1)
    assert home.chargers[0].connector(1).limit <= limit + 2.0  # not the 16 A that it began with
    await home.run(300)
    assert home.cars == pytest.approx(5700, abs=500)


@pytest.mark.parametrize("wrong", [3600.0, -3600.0])
async def test_a_charger_whose_clock_is_wrong_follows_the_sun_all_the_same(
    house: HouseFactory, inside: Inside, wrong: float
) -> None:
    """Its profiles go by its own clock, its meter values are taken for what they are."""
    home = await house(solar=lambda second: 8000.0 if second < 400 else 5500.0, clock_error=wrong)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(360)
    assert home.cars == pytest.approx(7700, abs=500)
    await home.run(300)
    assert home.cars == pytest.approx(5200, abs=500)


# The car


async def test_a_car_that_sleeps_is_woken(house: HouseFactory, inside: Inside) -> None:
    """By taking the offer away and making it again."""
    home = await house(cars=[Car(max_current=16.0, asleep=True)])
    inside.set_mode(ChargingMode.FAST)
    await home.run(60)
    assert home.cars == 0
    await home.run(240)
    assert home.cars == pytest.approx(11000, rel=0.03)


async def test_a_car_that_wakes_on_a_pulse_gets_one(house: HouseFactory, inside: Inside) -> None:
    """Where the sun allows the minimum only."""
    home = await house(solar=lambda _: 4700.0, cars=[Car(max_current=16.0, asleep=True, wakes_on=WakeUp.pulse)])
    inside.set_mode(ChargingMode.MIN_SOLAR)
    await home.run(600)
    assert home.cars == pytest.approx(4400, abs=400)


async def test_a_car_that_does_not_wake_is_said_to_sleep(house: HouseFactory, inside: Inside) -> None:
    """And is not bothered all the time."""
    home = await house(cars=[Car(max_current=16.0, asleep=True, wakes_on=WakeUp.never)])
    inside.set_mode(ChargingMode.FAST)
    await home.run(400)
    assert inside.reason is Reason.CAR_NOT_DRAWING
    writes = home.chargers[0].profile_writes
    await home.run(400)
    assert home.chargers[0].profile_writes - writes <= 2


async def test_a_car_with_one_phase_has_all_of_the_sun(house: HouseFactory, inside: Inside) -> None:
    """On the phase it has, as soon as it has been seen."""
    home = await house(solar=lambda _: 3000.0, cars=[Car(max_current=16.0, phases=1)])
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(600)
    assert home.cars == pytest.approx(2700, abs=250)


async def test_a_car_with_one_phase_is_not_switched_to_three(house: HouseFactory, inside: Inside) -> None:
    """However much sun there is: it was seen that it does not use them."""
    home = await house(
        solar=lambda second: 2500.0 if second < 400 else 9000.0,
        cars=[Car(max_current=16.0, phases=1)],
        configuration={},
    )
    inside.set_mode(ChargingMode.SOLAR)
    told = []
    for _ in range(180):
        await home.run(10)
        told.append(inside.connector.phases)
    assert sum(before != now for before, now in pairwise(told)) <= 1
    assert home.cars == pytest.approx(3680, rel=0.03)


async def test_a_car_that_takes_less_than_it_is_offered_has_all_of_the_sun(house: HouseFactory, inside: Inside) -> None:
    """It is offered more."""
    home = await house(solar=lambda _: 7000.0, cars=[Car(max_current=16.0, offset=1.5)])
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(400)
    assert home.cars == pytest.approx(6700, abs=400)


@pytest.mark.parametrize("charger_data", [{"maximum_current": 32.0}], ids=["32 A"])
async def test_a_car_that_takes_less_than_the_charger_could_give_gets_more_phases(
    house: HouseFactory, inside: Inside
) -> None:
    """More amperes on one phase would be of no use to it."""
    home = await house(solar=lambda _: 6800.0, configuration={})
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(3000)
    assert home.cars == pytest.approx(6500, abs=400)
