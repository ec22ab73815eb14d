"""Cars, outlets and meters behave like an electrician expects."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.simulator.physics import MINIMUM_CURRENT, Car, Outlet, WakeUp


def charging_outlet(**options: float) -> Outlet:
    """An outlet with a closed contactor and a car that wants 32 A on three phases."""
    return Outlet(closed=True, car=Car(soc=20), **options)  # type: ignore[arg-type] # values fit their fields


def test_nothing_flows_without_a_car() -> None:
    outlet = Outlet(closed=True)
    outlet.advance(60)
    assert (outlet.current, outlet.register_wh) == (0, 0)


def test_nothing_flows_while_the_contactor_is_open() -> None:
    outlet = Outlet(car=Car())
    outlet.advance(60)
    assert outlet.power == 0


def test_the_current_ramps_at_the_cars_pace() -> None:
    outlet = charging_outlet()
    outlet.advance(2)
    assert outlet.current == MINIMUM_CURRENT + 2 * 4.0


def test_the_current_settles_at_the_least_of_signal_cable_and_car() -> None:
    settled = []
    for offered, cable, wanted in ((10, 32, 32), (32, 20, 32), (32, 32, 16)):
        outlet = Outlet(closed=True, offered=offered, cable_current=cable, car=Car(max_current=wanted))
        outlet.advance(60)
        settled.append(outlet.current)
    assert settled == [10, 20, 16]


def test_a_limit_below_six_amperes_stops_the_current() -> None:
    outlet = charging_outlet()
    outlet.advance(30)
    outlet.offered = 5.9
    outlet.advance(30)
    assert outlet.current == 0
    assert not outlet.offers()


def test_a_lowered_limit_is_reached_by_ramping_down() -> None:
    outlet = charging_outlet()
    outlet.advance(30)
    outlet.offered = 16
    outlet.advance(1)
    assert outlet.current == 28
    outlet.advance(10)
    assert outlet.current == 16


def test_opening_the_contactor_ends_the_current_at_once() -> None:
    outlet = charging_outlet()
    outlet.advance(30)
    outlet.open()
    assert outlet.power == 0


def test_a_single_phase_car_loads_the_first_phase_only() -> None:
    outlet = Outlet(closed=True, car=Car(phases=1, max_current=16))
    outlet.advance(30)
    assert outlet.currents == (16, 0, 0)


def test_a_limit_on_phases_binds_a_three_phase_car() -> None:
    outlet = charging_outlet()
    outlet.allowed_phases = 1
    outlet.advance(30)
    assert outlet.currents == (32, 0, 0)


def test_the_voltage_sags_under_load() -> None:
    outlet = charging_outlet()
    idle = outlet.voltages
    outlet.advance(30)
    assert all(loaded < free for loaded, free in zip(outlet.voltages, idle, strict=True))
    assert all(220 < voltage < 232 for voltage in outlet.voltages)


def test_an_hour_at_eleven_kilowatts_is_eleven_kilowatt_hours() -> None:
    outlet = Outlet(closed=True, offered=16, car=Car(soc=10))
    outlet.advance(3600)
    assert outlet.register_wh == pytest.approx(16 * 3 * 230, rel=0.02)


def test_the_battery_stores_what_the_charger_does_not_lose() -> None:
    car = Car(soc=10, capacity_wh=50_000)
    outlet = Outlet(closed=True, offered=16, car=car)
    outlet.advance(3600)
    assert car.soc == pytest.approx(10 + outlet.register_wh * 0.92 / 500)


def test_the_current_tapers_near_the_top() -> None:
    assert Car(soc=89).demand() == 32
    assert Car(soc=95).demand() == 16
    assert Car(soc=99.9).demand() == MINIMUM_CURRENT


def test_a_full_car_takes_nothing() -> None:
    outlet = Outlet(closed=True, car=Car(soc=99.9, capacity_wh=1000))
    outlet.advance(600)
    assert outlet.current == 0
    assert outlet.offers()
    assert outlet.target() == 0


def test_a_car_that_is_not_ready_takes_nothing() -> None:
    assert Outlet(closed=True, car=Car(ready=False)).target() == 0


def settled(car: Car, *offers: float) -> list[float]:
    """The currents that a car settles at, one offer after the other."""
    outlet = Outlet(closed=True, car=car)
    currents = []
    for offer in offers:
        outlet.offered = offer
        outlet.advance(30)
        currents.append(outlet.current)
    return currents


def test_a_car_may_draw_less_than_it_is_offered() -> None:
    assert settled(Car(offset=0.5), 10, 6, 0) == [9.5, 5.5, 0]


def test_an_offset_never_makes_a_car_give_current_back() -> None:
    assert settled(Car(offset=20), 10) == [0]


def test_a_car_may_take_its_time_after_each_offer() -> None:
    outlet = Outlet(closed=True, offered=10, car=Car(start_delay=20))
    drawn = []
    for offer in (10, 0, 10):
        outlet.offered = offer
        outlet.advance(15)
        drawn.append(outlet.current)
        outlet.advance(15)
        drawn.append(outlet.current)
    assert drawn == [0, 10, 0, 0, 0, 10]


def test_a_delay_runs_once_and_not_anew_with_each_change_of_the_offer() -> None:
    assert settled(Car(start_delay=50), 10, 12, 8) == [0, 12, 8]


def test_a_sleeping_car_takes_nothing_from_the_first_offer() -> None:
    for wake_up in WakeUp:
        assert settled(Car(asleep=True, wakes_on=wake_up), 0, 16, 6) == [0, 0, 0]


def test_a_car_may_wake_when_the_offer_is_taken_away_and_given_again() -> None:
    assert settled(Car(asleep=True), 6, 16, 0, 6) == [0, 0, 0, 6]


def test_a_car_may_wake_at_a_pulse() -> None:
    assert settled(Car(asleep=True, wakes_on=WakeUp.pulse), 6, 0, 6, 11.9, 12, 6) == [0, 0, 0, 0, 12, 6]


def test_a_car_may_never_wake() -> None:
    assert settled(Car(asleep=True, wakes_on=WakeUp.never), 6, 0, 6, 16) == [0, 0, 0, 0]


def test_plugging_a_car_in_anew_is_no_interruption() -> None:
    car = Car(asleep=True)
    settled(car, 16)
    car.arrive()
    assert settled(car, 0, 16) == [0, 0]


def test_switching_phases_under_way_interrupts_the_current() -> None:
    outlet = Outlet(closed=True, offered=16, switch_pause=20, car=Car())
    outlet.advance(30)
    outlet.allow(1)
    assert (outlet.current, outlet.limit) == (0, 0)
    assert not outlet.offers()
    outlet.advance(19)
    assert outlet.power == 0
    outlet.allow(1)
    outlet.advance(11)
    assert outlet.currents == (16, 0, 0)


def test_switching_phases_takes_no_time_while_nothing_is_connected() -> None:
    outlet = Outlet(offered=16, switch_pause=20, car=Car())
    outlet.allow(1)
    assert outlet.limit == 16


def test_the_outlet_warms_up_while_current_flows() -> None:
    outlet = charging_outlet()
    cold = outlet.temperature
    outlet.advance(1200)
    assert cold + 10 < outlet.temperature < 80


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        Outlet().advance(-1)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 300),
            st.floats(0, 64),
            st.sampled_from([1, 2, 3]),
            st.booleans(),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_happens_the_register_never_falls_and_the_limit_is_kept_once_settled(
    steps: list[tuple[float, float, int, bool, bool]],
) -> None:
    outlet = Outlet()
    car = Car()
    for seconds, offered, phases, plugged, closed in steps:
        before = outlet.register_wh
        outlet.offered, outlet.allowed_phases, outlet.closed = offered, phases, closed
        outlet.car = car if plugged else None
        outlet.advance(seconds)
        outlet.advance(20)
        assert outlet.register_wh >= before
        assert outlet.current <= outlet.limit + 1e-9
        assert outlet.current == 0 or outlet.current >= MINIMUM_CURRENT
        assert 0 <= car.soc <= 100
