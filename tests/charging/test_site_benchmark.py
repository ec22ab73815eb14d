"""What is published of the solar law holds for what is shipped: `site.step` with one connector does on the same plant as the law alone."""

from typing import Any

import pytest

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorObservation,
    SiteConfig,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.site import SiteState, step
from custom_components.ocpp_csms.charging.wishes import law_config
from scripts.solar_benchmark.metrics import Metrics, measure
from scripts.solar_benchmark.our_law import OurLaw
from scripts.solar_benchmark.plant import VOLTAGE, Plant
from scripts.solar_benchmark.runs import drive
from scripts.solar_benchmark.traces import HOUR, Sky, day

MORNING, AFTERNOON = 4 * HOUR, 9 * HOUR  # s of the trace: from 9:00 to 14:00, clear at first, then broken clouds


class Site:
    """One connector in the mode "solar", through everything: as the integration puts an observation together, once confirmed."""

    def __init__(self, config: ConnectorConfig, site: SiteConfig | None = None) -> None:
        """Begin paused."""
        self._config, self._site = config, site or SiteConfig()
        self._state = SiteState()
        self._seen: int | None = None
        self._limit, self._previous, self._phases = 0.0, 0.0, max(config.phase_counts)
        self._written, self._began = float("-inf"), False

    def act(self, now: int, plant: Plant) -> None:
        """Take a step at each reading of the grid, and every ten seconds."""
        grid = plant.grid.latest
        new = grid is not None and grid.time != self._seen
        if not new and now % 10:
            return
        self._seen = None if grid is None else grid.time
        observation = SiteObservation(
            now=now,
            grid=None if grid is None else grid.value,
            grid_at=None if grid is None else grid.time + 1,
            solar=None if plant.solar.latest is None else plant.solar.latest.value,
            connectors=(self._observed(plant),),
        )
        self._state, decision = step(self._state, observation, self._site)
        made = decision.connectors[0]
        if made.write:
            phases = made.phases if made.current else self._phases
            self._began = self._limit == 0 or phases != self._phases
            self._previous, self._limit, self._phases, self._written = self._limit, made.current, phases, now
            plant.write(now, made.current, made.phases if made.current else None)

    def _observed(self, plant: Plant) -> ConnectorObservation:
        meter = plant.meter.latest
        return ConnectorObservation(
            key="one",
            config=self._config,
            limit=self._limit,
            previous_limit=self._previous,
            phases=self._phases,
            written_at=self._written,
            began=self._began,
            measured=None if meter is None else meter.value.current,
            measured_at=None if meter is None else meter.time,
        )


def figures(controller: Any, counts: tuple[int, ...], sky: Sky = Sky.BROKEN, seed: int = 3) -> Metrics:
    """Run a controller for some hours of a day."""
    of = day(sky, seed)
    hours = slice(MORNING, AFTERNOON)
    result = drive(controller, Plant(counts[-1]), of.surplus[hours], of.solar[hours])
    return measure(result.car, of.solar[hours], of.surplus[hours], (0, *counts), result.counts)


@pytest.mark.parametrize(("counts", "share"), [((1,), 0.75), ((3,), 0.75), ((1, 3), 0.6)])
def test_the_site_charges_as_the_law_does(counts: tuple[int, ...], share: float) -> None:
    """Five hours of broken clouds: nearly the same sun, grid, starts, changes of phases and writes."""
    config = ConnectorConfig(mode=ChargingMode.SOLAR, share=share, phase_counts=counts)
    law, site = figures(OurLaw(law_config(config, VOLTAGE)), counts), figures(Site(config), counts)
    assert law.solar > 5
    assert site.solar == pytest.approx(law.solar, abs=0.25)
    assert site.grid == pytest.approx(law.grid, abs=0.15)
    assert site.score == pytest.approx(law.score, abs=0.4)
    assert site.starts == pytest.approx(law.starts, abs=1)
    assert site.phase_switches == pytest.approx(law.phase_switches, abs=2)
    assert site.writes_per_hour == pytest.approx(law.writes_per_hour, abs=2)
