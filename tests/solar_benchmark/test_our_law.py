"""The law sees what Home Assistant would feed it, and what it decides is written."""

from collections.abc import Iterable

import pytest

from custom_components.ocpp_csms.charging import law
from scripts.solar_benchmark.our_law import OurLaw
from scripts.solar_benchmark.plant import Plant, PlantConfig

SURPLUS = 3000.0
SOLAR = 3400.0


class Script:
    """Stands for the law: records what it is asked, and gives the next of its answers."""

    def __init__(self, answers: Iterable[law.Setpoint | None]) -> None:
        """Answer like this, then leave it."""
        self.asked: list[law.LawSample] = []
        self._answers = iter(answers)

    def step(
        self, state: law.LawState, sample: law.LawSample, config: law.LawConfig
    ) -> tuple[law.LawState, law.Setpoint | None]:
        """Record the sample."""
        self.asked.append(sample)
        return state, next(self._answers, None)


def observe(
    monkeypatch: pytest.MonkeyPatch,
    answers: Iterable[law.Setpoint | None] = (),
    config: PlantConfig | None = None,
    seconds: int = 120,
) -> tuple[list[law.LawSample], Plant]:
    """Run the adapter with a law of answers on an even surplus; return what the law was asked."""
    script, plant = Script(answers), Plant(3, config)
    monkeypatch.setattr(law, "step", script.step)
    ours = OurLaw(law.LawConfig(phase_modes=(0, 1, 3)))
    for now in range(seconds):
        plant.tick(now, SURPLUS, SOLAR)
        ours.act(now, plant)
    return script.asked, plant


def test_the_law_is_asked_once_for_each_reading_of_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it arrives, a second after it was measured."""
    asked, _ = observe(monkeypatch, seconds=35)
    assert [sample.now for sample in asked] == [1, 11, 21, 31]


def test_a_paused_charger_leaves_the_whole_surplus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is in force, nothing was written, so all is settled."""
    sample = observe(monkeypatch, seconds=15)[0][-1]
    assert sample.surplus == pytest.approx(SURPLUS)
    assert (sample.limit, sample.phases, sample.settled) == (0, 0, True)


def test_what_the_law_decides_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Current and phases; a pause keeps the phases of the charger."""
    answers = [law.Setpoint(current=9, phases=1), None, None, law.Setpoint(current=0, phases=0)]
    _, plant = observe(monkeypatch, answers)
    assert (plant.limit, plant.phases, plant.writes) == (0, 1, 2)


def test_the_surplus_is_not_settled_until_the_car_has_followed_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 s for the start and 12 s more; then the draw of the car is part of the surplus."""
    asked, _ = observe(monkeypatch, [law.Setpoint(current=9, phases=1)])
    unsettled = [sample.now for sample in asked if not sample.settled]
    assert unsettled == [11, 21, 31]
    assert asked[-1].surplus == pytest.approx(SURPLUS, abs=1)


def test_the_offset_of_the_car_is_learned_from_its_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    """It draws 0.3 A less than it is offered; nothing is known of it before."""
    asked, _ = observe(monkeypatch, [law.Setpoint(current=9, phases=1)])
    assert asked[0].offset == 0
    assert asked[-1].offset == pytest.approx(0.3)


def test_the_sun_is_seen_only_with_its_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one the law must do."""
    assert {sample.solar for sample in observe(monkeypatch)[0]} == {None}
    sensed, _ = observe(monkeypatch, config=PlantConfig(solar_interval=10))
    assert {sample.solar for sample in sensed} == {SOLAR}
