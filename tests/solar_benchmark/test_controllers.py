"""The models of other controllers do what is said of them."""

import numpy as np
import pytest

from scripts.solar_benchmark.cases import Case, System, Wiring
from scripts.solar_benchmark.controllers import NaiveBlueprint
from scripts.solar_benchmark.evcc_model import EvccConfig, EvccModel
from scripts.solar_benchmark.plant import MINIMUM, Plant, PlantConfig
from scripts.solar_benchmark.runs import Recording, drive, run_day
from scripts.solar_benchmark.traces import Sky


def first_second(recording: Recording, above: float) -> int:
    """Return the first second in which the car draws more."""
    return int(np.argmax(recording.car > above))


def evcc(
    surplus: list[float], *, phases: int = 1, switches: bool = False, step: float = 0.1
) -> tuple[Recording, Plant]:
    """Run the model of evcc on a made-up surplus."""
    plant = Plant(phases, PlantConfig(step=step))
    config = EvccConfig(switches_phases=switches, whole_amperes=step == 1)
    return drive(EvccModel(config), plant, np.array(surplus), np.array(surplus)), plant


def test_the_blueprint_adds_the_export_in_whole_amperes() -> None:
    """2000 W of export are 8 A."""
    plant = Plant(1)
    drive(NaiveBlueprint(), plant, np.full(15, 2000.0), np.full(15, 2000.0))
    assert plant.limit == 8


def test_the_blueprint_pauses_below_the_minimum_at_once() -> None:
    """That is why it starts and stops hundreds of times a day."""
    plant = Plant(1)
    surplus = np.array([2000.0] * 60 + [1000.0] * 60)
    recording = drive(NaiveBlueprint(), plant, surplus, surplus)
    assert recording.car[59] > 0
    assert recording.car[-1] == 0


def test_evcc_enables_after_a_minute_of_unbroken_surplus() -> None:
    """Its loop runs every 30 s; a reading against it starts the delay afresh."""
    assert 90 <= first_second(evcc([3000.0] * 200)[0], 0) <= 90 + 3 + 12
    interrupted = [3000.0] * 40 + [0.0] * 30 + [3000.0] * 200
    assert first_second(evcc(interrupted)[0], 0) >= 90 + 60


def test_evcc_holds_the_minimum_for_three_minutes_before_it_disables() -> None:
    """Whatever it imports meanwhile."""
    recording, _ = evcc([3000.0] * 300 + [-500.0] * 400)
    drawn = recording.car[300:]
    end = int(np.argmax(drawn == 0))
    assert 180 <= end <= 250
    assert drawn[100] == pytest.approx((MINIMUM - 0.3) * 230)


def test_evcc_goes_to_three_phases_only_when_one_is_not_enough() -> None:
    """After a minute of more than 16 A on one phase; at once while nothing is drawn."""
    recording, plant = evcc([3000.0] * 300 + [8000.0] * 300, phases=3, switches=True)
    assert set(recording.phases[:300].tolist()) == {0, 1}
    assert recording.phases[-1] == 3
    assert plant.phase_switches == 2


def test_evcc_truncates_for_chargers_of_whole_amperes() -> None:
    """So a wish that moves by less than an ampere writes nothing."""
    _, fine = evcc([3000.0 + second % 60 for second in range(600)])
    _, coarse = evcc([3000.0 + second % 60 for second in range(600)], step=1.0)
    assert coarse.limit == int(coarse.limit)
    assert coarse.writes < fine.writes


def test_the_evcc_model_has_the_published_figures_on_a_day() -> None:
    """Seed 301, broken clouds, phases that switch."""
    case = Case(sky=Sky.BROKEN, wiring=Wiring.SWITCHING, system=System.EVCC)
    found = run_day([case], Sky.BROKEN, 301)[case]
    assert (found.starts, found.phase_switches) == (6, 35)
    assert [found.solar, found.grid] == pytest.approx([43.933768, 5.436946])
    assert [found.writes_per_hour, found.error] == pytest.approx([90.042577, 638.946772])
