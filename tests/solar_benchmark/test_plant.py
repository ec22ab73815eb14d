"""The plant obeys and reports as late as it is said to."""

from itertools import pairwise

import pytest

from scripts.solar_benchmark.plant import VOLTAGE, Plant, PlantConfig, Reading, Sensor


def live(plant: Plant, begin: int, end: int, surplus: float = 0.0) -> list[float]:
    """Return the current at each of these seconds."""
    currents = []
    for now in range(begin, end):
        plant.tick(now, surplus)
        currents.append(plant.current)
    return currents


def charging(phases: int = 1, limit: float = 10.0) -> Plant:
    """Return a plant that has charged since second 0 and is at second 100."""
    plant = Plant(phases)
    plant.write(-100, limit)
    live(plant, 0, 100)
    return plant


def test_a_limit_is_in_force_after_the_latency_of_a_profile() -> None:
    """Three seconds after the write, not before."""
    plant = Plant(1)
    plant.write(0, 8)
    live(plant, 0, 3)
    assert plant.limit == 0
    live(plant, 3, 4)
    assert plant.limit == 8


def test_a_car_starts_only_some_seconds_after_the_end_of_a_pause() -> None:
    """Twelve seconds of being offered current, then it ramps."""
    plant = Plant(1)
    plant.write(-3, 8)
    currents = live(plant, 0, 13)
    assert currents[:11] == [0.0] * 11
    assert currents[11] == pytest.approx(1.5)
    assert plant.starts == 1


def test_the_current_rises_slowly_and_falls_fast() -> None:
    """At most 1.5 A/s up and 8 A/s down."""
    plant = Plant(1)
    plant.write(-3, 16)
    rising = live(plant, 0, 60)
    plant.write(60, 6)
    falling = live(plant, 60, 70)
    assert max(b - a for a, b in pairwise(rising)) == pytest.approx(1.5)
    assert min(b - a for a, b in pairwise([rising[-1], *falling])) == pytest.approx(-8.0)
    assert falling[-1] == pytest.approx(5.7)


def test_a_car_draws_a_little_less_than_it_is_offered() -> None:
    """By 0.3 A, on each phase in use."""
    plant = charging(phases=3, limit=10)
    assert plant.tick(100, 0.0) == pytest.approx(9.7 * VOLTAGE * 3)


def test_a_limit_is_rounded_down_to_the_step_of_the_charger() -> None:
    """A charger of whole amperes makes 9 A of 9.9 A."""
    plant = Plant(1, PlantConfig(step=1.0))
    plant.write(0, 9.9)
    live(plant, 0, 4)
    assert plant.limit == 9


def test_a_limit_below_the_minimum_ends_the_charging() -> None:
    """And the next start counts as one."""
    plant = charging()
    plant.write(100, 0)
    assert live(plant, 100, 120)[-1] == 0
    plant.write(120, 6)
    live(plant, 120, 160)
    assert plant.starts == 2


def test_a_change_of_phases_pauses_the_charging_and_is_no_start() -> None:
    """Twenty seconds without current; it counts as a change of phases."""
    plant = charging(phases=3)
    plant.write(100, 10, phases=1)
    currents = live(plant, 100, 140)
    assert sum(current == 0 for current in currents) == 19  # the second of the change is the first of the twenty
    assert (plant.phases, plant.phase_switches, plant.starts) == (1, 1, 1)


def test_a_start_after_a_change_of_phases_and_a_pause_is_a_start() -> None:
    """Only the resumption of what went on before is none."""
    plant = charging(phases=3)
    plant.write(100, 0, phases=1)
    live(plant, 100, 110)
    plant.write(110, 10)
    live(plant, 110, 160)
    assert plant.starts == 2


def test_the_grid_is_read_at_its_interval_and_reported_later() -> None:
    """What is known is what was measured a second before it was told."""
    plant, known = Plant(1, PlantConfig(grid_interval=10)), []
    for now in range(12):
        plant.tick(now, 500 + now)
        known.append(plant.grid.latest)
    assert known == [None, *[Reading(0, -500.0)] * 10, Reading(10, -510.0)]


def test_the_charger_reports_power_and_current() -> None:
    """Every ten seconds, at other seconds than the grid."""
    reading = charging(phases=1).meter.latest
    assert reading is not None
    assert reading.time == 96
    assert reading.value.current == pytest.approx(9.7)
    assert reading.value.power == pytest.approx(9.7 * VOLTAGE)


def test_the_solar_system_is_seen_only_with_a_sensor() -> None:
    """Without one there is no reading, ever."""
    blind, sighted = Plant(1), Plant(1, PlantConfig(solar_interval=10))
    for plant in (blind, sighted):
        for now in range(3):
            plant.tick(now, 0.0, 4000.0)
    assert blind.solar.latest is None
    assert sighted.solar.latest == Reading(0, 4000.0)


def test_readings_arrive_in_their_order() -> None:
    """Also if the next one is measured before the last one has arrived."""
    sensor = Sensor[int](interval=1, latency=3)
    seen = []
    for now in range(6):
        sensor.tick(now, lambda now=now: now * now)  # type: ignore[misc]  # mypy does not infer a lambda's default
        seen.append(sensor.latest and sensor.latest.value)
    assert seen == [None, None, None, 0, 1, 4]
