"""Cars that sleep, cars that are full, and chargers whose meters say little, in a closed loop."""

from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.ocpp_csms.charging.connector import ConnectorState, Origin, draw, in_force, sunned
from custom_components.ocpp_csms.charging.law import LawState, Setpoint
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, ConnectorObservation
from custom_components.ocpp_csms.charging.wakeup import CarReport, WakeStage

from .site_plant import Car, Charger, House, Moment

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
FAST = ConnectorConfig(mode=ChargingMode.FAST)


def stages(moments: list[Moment]) -> list[WakeStage]:
    """The attempts to wake the first car, one after the other."""
    return [later.wake for earlier, later in pairwise(moments) if later.wake is not earlier.wake]


def reports(moments: list[Moment]) -> list[CarReport]:
    """What was told of the first car."""
    made = [moment.site.connectors[0].report for moment in moments]
    return [report for report in made if report is not None]


# Asleep


@pytest.mark.parametrize("mode", [ChargingMode.SOLAR, ChargingMode.FAST, ChargingMode.MIN_SOLAR])
@pytest.mark.parametrize("confirmation", [1, 8])
def test_a_sleeping_car_is_woken_in_steps_and_then_reported(
    mode: ChargingMode, confirmation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a charger takes its time to confirm a limit: withdrawn, offered, pulsed, offered, reported."""
    monkeypatch.setattr("tests.charging.site_plant.CONFIRMATION", confirmation)
    charger = Charger(ConnectorConfig(mode=mode), car=Car(asleep=True))
    house = House(charger, sun=7000)
    moments = house.run(600)
    assert stages(moments) == [
        WakeStage.WITHDRAWN,
        WakeStage.OFFERED_AGAIN,
        WakeStage.PULSED,
        WakeStage.OFFERED_AFTER_PULSE,
        WakeStage.BACKING_OFF,
    ]
    assert reports(moments) == [CarReport.NOT_DRAWING]
    assert house.last.reason is Reason.CAR_NOT_DRAWING
    assert charger.limit >= 6


def test_what_is_tried_is_really_written() -> None:
    """0 A, the offer, twice the minimum, the offer."""
    charger = Charger(SOLAR, car=Car(asleep=True))
    moments = House(charger, sun=7000).run(600)
    limits = [moment.limits["one"] for moment in moments]
    changes = [later for earlier, later in pairwise(limits) if earlier != later]
    offer = changes[0]
    assert changes == [offer, 0, offer, 12, offer]


def test_a_car_that_wakes_at_the_second_offer_charges() -> None:
    """And is followed as any other."""
    charger = Charger(SOLAR, car=Car(asleep=True, wakes_when_offered_again=True))
    house = House(charger, sun=7000)
    moments = house.run(600)
    assert stages(moments) == [WakeStage.WITHDRAWN, WakeStage.OFFERED_AGAIN, WakeStage.WATCHING]
    assert charger.power == pytest.approx(6700, abs=200)


def test_a_car_that_wakes_at_the_pulse_charges() -> None:
    """The pulse ends as soon as it draws."""
    charger = Charger(SOLAR, car=Car(asleep=True, wakes_at=12.0))
    house = House(charger, sun=6000)
    moments = house.run(900)
    assert stages(moments)[-2:] == [WakeStage.PULSED, WakeStage.WATCHING]
    assert reports(moments) == []
    assert charger.power == pytest.approx(5700, abs=200)


def test_it_is_tried_again_after_a_quarter_of_an_hour() -> None:
    """But reported once."""
    charger = Charger(SOLAR, car=Car(asleep=True))
    moments = House(charger, sun=7000).run(3600)
    assert reports(moments) == [CarReport.NOT_DRAWING]
    assert stages(moments).count(WakeStage.WITHDRAWN) in {2, 3}


def test_a_sleeping_car_leaves_the_sun_to_the_other() -> None:
    """It would take it for itself again and again otherwise."""
    asleep, awake = Charger(SOLAR, "asleep", car=Car(asleep=True)), Charger(SOLAR, "awake")
    House(asleep, awake, sun=5500).run(3600)
    assert awake.energy > 3


def test_a_manual_charger_is_not_woken() -> None:
    """By hand, nothing of ours happens."""
    charger = Charger(ConnectorConfig(), limit=16.0, car=Car(asleep=True))
    moments = House(charger).run(900)
    assert stages(moments) == []
    assert reports(moments) == []


def test_while_offline_nothing_is_tried() -> None:
    """And nothing is reported."""
    charger = Charger(FAST, limit=16.0, car=Car(asleep=True))
    house = House(charger)
    house.run(30)
    charger.online = False
    moments = house.run(900)
    assert stages(moments) == []
    assert reports(moments) == []


# Full


def test_a_full_car_is_left_alone() -> None:
    """It declined by itself after it drew: the limit stays, whatever the sun does, and nothing is written."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(600)
    charger.car.full = True
    house.run(600)
    writes, limit = charger.writes, charger.limit
    house.sun = lambda now: 8000.0 if now % 1200 < 600 else 0.0
    house.run(3600)
    assert (charger.writes, charger.limit, house.last.reason) == (writes, limit, Reason.CAR_FULL)


def test_a_full_car_that_draws_again_is_followed_again() -> None:
    """It warms up in the morning, say."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(600)
    charger.car.full = True
    house.run(600)
    house.sun = lambda _: 6000.0
    charger.car.full = False
    house.run(300)
    assert charger.power == pytest.approx(5700, abs=200)


# Meters


@pytest.mark.parametrize("interval", [60, 300, 900])
def test_a_slow_meter_does_not_stop_a_car(interval: int) -> None:
    """No attempts to wake it, no pause for want of a meter value."""
    charger = Charger(SOLAR, meter_interval=interval)
    house = House(charger, sun=8000)
    house.load = lambda now: 300.0 + now % 70 * 0.3  # else the grid's sensor were frozen
    assert stages(house.run(3600)) == []
    assert (charger.starts, charger.writes) == (1, 1)
    assert charger.power == pytest.approx(7700, abs=200)


def test_a_slow_meter_that_has_shown_nothing_yet_does_not_stop_a_start() -> None:
    """Its last value is from the pause: the next is waited for as long as it usually takes."""
    charger = Charger(SOLAR, meter_interval=300)
    house = House(charger)
    house.load = lambda now: 300.0 + now % 70 * 0.3
    house.run(2500)
    house.sun = lambda _: 8000.0
    house.run(1200)
    assert (charger.starts, charger.writes) == (1, 1)


def test_a_charger_without_a_meter_charges_by_its_limit() -> None:
    """The grid's sensor and the limit are enough, and nobody can tell whether the car sleeps."""
    charger = Charger(SOLAR, meter_interval=None)
    house = House(charger, sun=8000)
    assert stages(house.run(3600)) == []
    assert (charger.starts, charger.writes) == (1, 1)
    assert charger.power == pytest.approx(7700, abs=250)


def test_a_car_that_declines_without_a_meter_is_idle() -> None:
    """Its status is all there is: the other one gets the sun."""
    idle, other = Charger(SOLAR, "idle", car=Car(full=True), meter_interval=None), Charger(SOLAR, "other")
    House(idle, other, sun=5500).run(1800)
    assert other.energy > 1


def test_a_meter_value_from_before_a_change_of_phases_says_nothing_of_the_phases() -> None:
    """Three carried current, one will."""
    switched = ConnectorObservation(
        key="one",
        config=SOLAR,
        limit=10.0,
        phases=1,
        phases_used=3,
        measured=9.7,
        measured_at=95.0,
        written_at=100.0,
        began=True,
    )
    assert draw(ConnectorState(), switched, 110.0).phases == 1
    assert draw(ConnectorState(), replace(switched, phases_used=1, measured_at=140.0), 140.0).phases == 1
    assert draw(ConnectorState(), replace(switched, phases=3, phases_used=1, began=False), 140.0).phases == 1


def test_what_an_offline_charger_takes_is_not_counted_as_sun() -> None:
    """Nobody knows whether it still takes it: after a power cut others would be told too much."""
    charger = ConnectorObservation(
        key="one", config=SOLAR, limit=10.0, phases=3, measured=9.7, measured_at=90.0, phases_used=3, written_at=0.0
    )
    assert draw(ConnectorState(), charger, 100.0).drawing
    offline = draw(ConnectorState(), replace(charger, online=False), 100.0)
    assert (offline.drawing, offline.measured) == (False, 0.0)


def test_a_car_that_draws_less_is_offered_more() -> None:
    """What it draws less is learned, and no sun is left to the grid."""
    charger = Charger(replace(SOLAR, maximum=16.0), car=Car(offset=0.8))
    House(charger, sun=8000).run(600)
    assert charger.power == pytest.approx(7700, abs=150)


# A car that comes


@pytest.mark.parametrize("meter_interval", [10, 60, None])
def test_a_limit_left_over_is_not_continued_at_night(meter_interval: int | None) -> None:
    """The first decision is a pause, whatever the car before was granted."""
    charger = Charger(SOLAR, limit=10.0, plugged_in=False, meter_interval=meter_interval)
    house = House(charger)
    house.run(300)
    charger.plug_in()
    first = house.run(10)[0].of("one")
    assert (first.current, first.write, first.reason) == (0, True, Reason.WAITING_SURPLUS)
    house.run(900)
    assert (charger.limit, charger.writes, charger.energy) == (0, 1, 0)


def test_a_left_over_limit_that_is_not_taken_back_is_asked_back_again() -> None:
    """And a car that draws it meanwhile is no sun."""
    charger = Charger(SOLAR, limit=10.0, plugged_in=False, refuses=True)
    house = House(charger)
    house.run(60)
    charger.plug_in()
    assert {moment.of("one").current for moment in house.run(600)} == {0}


def test_what_the_last_car_drew_is_not_taken_for_sun() -> None:
    """Its meter value is still there: without one of the new car there is none."""
    left = ConnectorObservation(key="one", config=SOLAR, limit=10.0, measured=9.7, measured_at=95.0)
    known = ConnectorState(origin=Origin.LEFT_OVER, away_at=100.0)
    assert not draw(known, left, 110.0).drawing
    assert not draw(known, replace(left, measured=None, measured_at=None), 110.0).drawing
    assert draw(known, replace(left, measured_at=108.0), 110.0).drawing


def test_a_car_that_comes_to_the_sun_starts_by_the_law() -> None:
    """From a pause, once, and then it is followed."""
    charger = Charger(SOLAR, limit=10.0, plugged_in=False)
    house = House(charger, sun=8000)
    house.run(300)
    charger.plug_in()
    house.run(600)
    assert charger.power == pytest.approx(7700, abs=200)
    assert charger.starts == 1
    assert charger.writes <= 3


def test_a_start_asked_for_in_place_of_a_left_over_limit_stands_until_it_is_in_force() -> None:
    """It is no pause between two samples, and the car is followed once it is there."""
    asked = LawState(asked=Setpoint(current=8.0, phases=3))
    left = ConnectorObservation(key="one", config=SOLAR, limit=10.0)
    known = ConnectorState(origin=Origin.LEFT_OVER, law=asked)
    assert sunned(known, left).origin is Origin.LEFT_OVER
    assert in_force(known, left) == 0
    assert sunned(known, replace(left, limit=8.0, phases=1)).origin is Origin.LEFT_OVER
    assert sunned(known, replace(left, limit=8.0)).origin is Origin.SUN
    assert sunned(known, replace(left, limit=0.0)).origin is Origin.SUN


def test_a_charger_that_is_slow_to_pause_is_told_what_the_law_has_asked_for() -> None:
    """Each decision until it obeys is the pause, or the start that the law has asked for; never the limit left over."""
    charger = Charger(SOLAR, limit=10.0, plugged_in=False, refuses=True)
    house = House(charger, sun=4800)
    house.run(300)
    charger.plug_in()
    currents = [moment.of("one").current for moment in house.run(400)]
    assert 10.0 not in currents
    start = next(place for place, current in enumerate(currents) if current)
    assert all(6 <= current < 10 for current in currents[start : start + 5])


@pytest.mark.parametrize(("config", "due"), [(FAST, False), (replace(FAST, mode=ChargingMode.SCHEDULED), True)])
def test_a_full_car_is_called_so_in_modes_without_sun(config: ConnectorConfig, due: bool) -> None:
    """The limit stays, the reason tells why nothing flows."""
    charger = Charger(config, due=due)
    house = House(charger)
    house.run(300)
    charger.car.full = True
    house.run(600)
    assert (charger.limit, house.last.reason) == (16, Reason.CAR_FULL)


def test_a_car_that_takes_nothing_without_a_meter_is_called_so() -> None:
    """By its status."""
    charger = Charger(FAST, car=Car(full=True), meter_interval=None)
    house = House(charger)
    house.run(60)
    assert house.last.reason is Reason.CAR_NOT_DRAWING
