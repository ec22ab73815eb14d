"""Seeds are read, days are run, and every controller gets the same day."""

import numpy as np
import pytest

from scripts.solar_benchmark.cases import Case, System, Wiring, ours
from scripts.solar_benchmark.our_law import OurLaw
from scripts.solar_benchmark.plant import PlantConfig
from scripts.solar_benchmark.runs import controller_of, parse_seeds, record, run_day
from scripts.solar_benchmark.traces import Day, Sky


@pytest.mark.parametrize(
    ("text", "seeds"), [("7", (7,)), ("301-304", (301, 302, 303, 304)), ("1-3,9", (1, 2, 3, 9)), ("5-5", (5,))]
)
def test_seeds_are_read(text: str, seeds: tuple[int, ...]) -> None:
    """Single ones and ranges, both ends included."""
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "3-", "5-2", "1-3,2"])
def test_what_names_no_seeds_is_refused(text: str) -> None:
    """A day must not count twice."""
    with pytest.raises(ValueError):
        parse_seeds(text)


@pytest.fixture
def short() -> Day:
    """Return twenty minutes of even sun."""
    return Day(Sky.CLEAR, 0, np.full(1200, 3400.0), np.full(1200, 400.0))


@pytest.mark.parametrize("system", System)
def test_every_controller_charges_when_the_sun_shines(short: Day, system: System) -> None:
    """On one phase, with 3 kW to spare."""
    case = Case(sky=Sky.CLEAR, wiring=Wiring.ONE_PHASE, system=system, share=0.5)
    found = record(case, short)
    assert found.phases[-1] == 1
    assert 2500 < found.car[-1] < 3100


def test_phases_are_those_that_the_car_draws_on(short: Day) -> None:
    """0 while nothing flows, whatever the charger is set to."""
    found = record(ours(Sky.CLEAR, Wiring.SWITCHING), short)
    assert set(found.phases[found.car == 0].tolist()) == {0}
    assert 0 not in found.phases[found.car > 0]


def test_our_law_is_told_what_the_charger_can_do() -> None:
    """The controller of ours is the integration's own."""
    assert isinstance(controller_of(ours(Sky.CLEAR, Wiring.SWITCHING, plant=PlantConfig(step=1.0))), OurLaw)


def test_a_day_has_figures_of_all_its_cases() -> None:
    """The optimum without import imports nothing, and nobody captures more without import."""
    case = Case(sky=Sky.CLEAR, wiring=Wiring.ONE_PHASE, system=System.NO_IMPORT)
    found = run_day([case], Sky.CLEAR, 301)
    assert set(found) == {case}
    assert found[case].grid == 0 < found[case].solar
    assert found[case].error == 0
