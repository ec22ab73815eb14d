"""The fuse scenario: what overloads, and who keeps it from it."""

import numpy as np
import pytest

from scripts.solar_benchmark.cases import FuseCase, FuseSystem
from scripts.solar_benchmark.fuse_plant import SECONDS, EvccCircuit, FusePlant, NoControl, Sample, simulate
from scripts.solar_benchmark.our_fuse import Knowledge, OurFuse
from scripts.solar_benchmark.plant import Sensor
from scripts.solar_benchmark.runs import run_fuse


def plant_of(house: float, limits: list[float], interval: int = 10) -> FusePlant:
    """Return a plant with an even load of the house on all phases, A."""
    return FusePlant(np.full((3, SECONDS), house), limits, Sensor[Sample](interval, 1))


def live(plant: FusePlant, controller: EvccCircuit | OurFuse | NoControl, seconds: int) -> list[float]:
    """Return the highest current at each second."""
    worst = []
    for now in range(seconds):
        worst.append(max(plant.tick(now).grid))
        controller.act(now, plant)
    return worst


def test_without_control_every_second_above_the_fuse_counts() -> None:
    """20 A of the house and 15.7 A of the car, from the first second on."""
    found = simulate(plant_of(20, [16.0]), NoControl())
    assert found.over_rating == found.overload == SECONDS
    assert found.highest == pytest.approx(35.7)


def test_a_write_is_in_force_three_seconds_later() -> None:
    """Then the cars fall by 8 A a second."""
    plant = plant_of(0, [16.0, 16.0])
    plant.write(0, 0, 6.0)
    currents = [plant.tick(now).chargers for now in range(8)]
    assert [round(first, 1) for first, _ in currents] == [15.7, 15.7, 15.7, 7.7, 5.7, 5.7, 5.7, 5.7]
    assert currents[-1][1] == pytest.approx(15.7)


def test_energy_pauses_and_writes_are_counted() -> None:
    """Four hours at 15.7 A on three phases are 43.3 kWh."""
    plant = plant_of(0, [16.0])
    plant.write(0, 0, 16.0)
    found = simulate(plant, NoControl())
    assert found.energy == pytest.approx(4 * 15.7 * 3 * 0.23, rel=1e-3)
    assert (found.writes, found.pauses, found.overload) == (1, 0, 0)


def test_evcc_leaves_no_margin_and_lets_the_first_have_it_all() -> None:
    """Each in turn gets what the others leave."""
    plant = plant_of(2, [0.0, 0.0])
    live(plant, EvccCircuit(30), 200)
    assert plant.written[1] == 16
    assert plant.written[0] == pytest.approx(25 - 2 - 15.7)


def test_the_evcc_model_has_the_published_figures_on_a_run() -> None:
    """Seed 0, one charger, a loop of 30 s."""
    case = FuseCase(system=FuseSystem.EVCC, chargers=1)
    found = run_fuse([case], 0)[case]
    assert (found.over_rating, found.overload, found.writes, found.pauses) == (614, 234, 44, 7)
    assert found.energy == pytest.approx(24.309070)


@pytest.mark.parametrize("knowledge", Knowledge)
def test_ours_is_below_the_fuse_within_seconds_of_a_sample(knowledge: Knowledge) -> None:
    """A sensor of one second, a write of three, and a second or two of the cars."""
    plant = plant_of(14, [16.0], interval=1)
    worst = live(plant, OurFuse([16.0], knowledge), 60)
    assert worst[0] > 25
    assert max(worst[8:]) <= 24


def test_ours_shares_what_the_house_leaves() -> None:
    """Two of three at 6 A each and more; the third waits for its turn."""
    plant = plant_of(8, [0.0] * 3)
    worst = live(plant, OurFuse([0.0] * 3), 600)
    assert max(worst) <= 24
    assert sorted(plant.written) == [0, pytest.approx(8, abs=0.5), pytest.approx(8, abs=0.5)]


def test_ours_lets_all_have_their_turn() -> None:
    """Within an hour everybody has charged."""
    plant = plant_of(15, [0.0] * 3)
    controller = OurFuse([0.0] * 3)
    charged = np.zeros(3)
    for now in range(3600):
        charged += np.array(plant.tick(now).chargers)
        controller.act(now, plant)
    assert charged.min() > 0
