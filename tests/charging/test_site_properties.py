"""What holds in every mode, for every house and every fault: the properties of `site.step`."""

from dataclasses import replace
from itertools import pairwise
import math

from hypothesis import given, settings, strategies as st

from custom_components.ocpp_csms.charging.fuse import FuseConfig, PhaseCurrents
from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorObservation,
    SiteConfig,
    SiteDecision,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.site import SiteState, step

from .site_plant import Car, Charger, House, Moment

# s since the last step, grid, currents, connectors, dimmed, battery
type Line = tuple[float, float | None, PhaseCurrents | None, list[ConnectorObservation], bool, float | None]

CONTROLLED = [mode for mode in ChargingMode if mode is not ChargingMode.MANUAL]
ONE_PHASE, THREE_PHASES, SWITCHING = (1,), (3,), (1, 3)

configs = st.builds(
    ConnectorConfig,
    mode=st.sampled_from(CONTROLLED),
    minimum=st.sampled_from([6.0, 8.0, 10.0]),
    maximum=st.sampled_from([10.0, 16.0, 32.0]),
    share=st.sampled_from([0.0, 0.5, 0.75, 1.0]),
    grid_allowance=st.sampled_from([0.0, 1000.0]),
    priority=st.integers(1, 10),
    phase_counts=st.sampled_from([ONE_PHASE, THREE_PHASES, SWITCHING]),
    step=st.sampled_from([0.1, 1.0]),
)
sites = st.sampled_from(
    [
        SiteConfig(),
        SiteConfig(fuse=FuseConfig(rating=25), fuse_power=17250.0),
        SiteConfig(fuse=FuseConfig(rating=25, strict=True, circuit=20.0)),
        SiteConfig(fuse=FuseConfig(rating=math.inf, circuit=16.0)),
    ]
)
observed = st.builds(
    ConnectorObservation,
    key=st.just("one"),
    config=configs,
    online=st.booleans(),
    plugged_in=st.booleans(),
    limit=st.sampled_from([0.0, 4.0, 6.0, 9.3, 16.0, 32.0]),
    previous_limit=st.sampled_from([0.0, 6.0, 16.0]),
    phases=st.sampled_from([1, 3]),
    written_at=st.floats(0, 50),
    began=st.booleans(),
    measured=st.none() | st.floats(0, 32),
    measured_at=st.none() | st.floats(0, 100),
    phases_used=st.integers(0, 3),
    declined=st.booleans(),
    session_energy=st.floats(0, 50),
    due=st.booleans(),
    rejected=st.booleans(),
)
powers = st.none() | st.sampled_from([math.nan, math.inf, -math.inf, 1e9]) | st.floats(-12000, 12000)
currents = st.none() | st.tuples(*[st.floats(-30, 60) | st.just(math.nan)] * 3)
observations = st.lists(
    st.tuples(st.floats(0.5, 400), powers, currents, st.lists(observed, min_size=2, max_size=2), st.booleans(), powers),
    min_size=1,
    max_size=25,
)


def steps(
    config: SiteConfig,
    script: list[Line],
) -> list[tuple[SiteObservation, SiteDecision]]:
    """Take a step for each line; return what was seen and decided."""
    state, now, made = SiteState(), 0.0, []
    for seconds, grid, phases, (one, two), dimmed, battery in script:
        now += seconds
        observation = SiteObservation(
            now=now,
            grid=grid,
            grid_at=None if grid is None else now,
            battery=battery if battery is None or math.isfinite(battery) else None,
            currents=phases,
            currents_at=None if phases is None else now,
            dimmed=dimmed,
            connectors=(one, replace(two, key="two")),
        )
        state, decision = step(state, observation, config)
        made.append((observation, decision))
    return made


@settings(deadline=None, max_examples=200)
@given(sites, observations)
def test_a_current_is_none_or_within_minimum_and_maximum(config: SiteConfig, script: list[Line]) -> None:
    """In controlled modes, whatever is observed."""
    for observation, decision in steps(config, script):
        for seen, made in zip(observation.connectors, decision.connectors, strict=True):
            wanted = seen.config
            assert made.current == 0 or wanted.minimum <= made.current <= wanted.maximum
            assert made.phases in {1, 3}
            assert not (made.write and not seen.online)


@settings(deadline=None, max_examples=100)
@given(sites, observations)
def test_the_same_observations_make_the_same_decisions(config: SiteConfig, script: list[Line]) -> None:
    """No clock, no chance."""
    assert repr(steps(config, script)) == repr(steps(config, script))


@settings(deadline=None, max_examples=100)
@given(observations)
def test_two_obedient_chargers_never_exceed_their_circuit(script: list[Line]) -> None:
    """The decisions together, whatever the modes are."""
    config = SiteConfig(fuse=FuseConfig(rating=math.inf, circuit=16.0))
    obedient = [
        (*line[:3], [replace(item, online=True, rejected=False) for item in line[3]], *line[4:]) for line in script
    ]
    for observation, decision in steps(config, obedient):
        plugged = {seen.key for seen in observation.connectors if seen.plugged_in}
        assert sum(made.current for made in decision.connectors if made.key in plugged) <= 16.001


# In a closed loop


def overloads(moments: list[Moment], most: float) -> int:
    """For how many steps in a row the true current was above, at most."""
    longest = run = 0
    for moment in moments:
        run = run + 1 if max(moment.currents) > most else 0
        longest = max(longest, run)
    return longest


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(list(ChargingMode)),
    st.lists(st.tuples(*[st.floats(0, 22)] * 3), min_size=2, max_size=6),
    st.sampled_from([ONE_PHASE, THREE_PHASES, SWITCHING]),
    st.sampled_from([1, 2, 3]),
)
def test_the_fuse_is_overloaded_for_seconds_only(
    mode: ChargingMode, house_currents: list[tuple[float, float, float]], counts: tuple[int, ...], car_phases: int
) -> None:
    """In every mode: from a sample to when the charger has obeyed; with 10 s from sample to sample."""
    config = ConnectorConfig(mode=mode, phase_counts=counts)
    charger = Charger(config, limit=16.0, phases=max(counts), car=Car(phases=car_phases), due=True)
    house = House(charger, config=SiteConfig(fuse=FuseConfig(rating=25)), sun=15000)
    house.currents = lambda now: house_currents[now // 300 % len(house_currents)]
    moments = house.run(300 * len(house_currents) * 2)
    assert overloads([moment for moment in moments if moment.now % 10 == 1], 25) <= 2


@settings(deadline=None, max_examples=20)
@given(st.integers(300, 900), st.sampled_from([THREE_PHASES, SWITCHING]), st.sampled_from([3000.0, 8000.0, 12000.0]))
def test_a_stale_sensor_never_raises_a_solar_current(seconds: int, counts: tuple[int, ...], sun: float) -> None:
    """Whenever it falls silent: from then on currents only fall."""
    charger = Charger(ConnectorConfig(mode=ChargingMode.SOLAR, phase_counts=counts))
    house = House(charger, sun=sun)
    house.run(seconds)
    house.silent = True
    house.run(20)
    limits = [moment.limits["one"] for moment in house.run(600)]
    assert all(later <= earlier for earlier, later in pairwise(limits))
    assert limits[-1] == 0


@settings(deadline=None, max_examples=10)
@given(st.integers(20, 900), st.integers(0, 8000), st.sampled_from([THREE_PHASES, SWITCHING]))
def test_starts_and_changes_of_phases_are_bounded(period: int, low: int, counts: tuple[int, ...]) -> None:
    """Whatever rhythm the clouds have: no more than 13 starts and 18 changes of phases an hour, by their dwell times."""
    charger = Charger(ConnectorConfig(mode=ChargingMode.SOLAR, share=0.5, phase_counts=counts))
    house = House(charger)
    house.sun = lambda now: 9000.0 if now // period % 2 else float(low)
    house.run(3600)
    assert charger.starts <= 14
    assert charger.switches <= 18
    assert charger.writes <= 180


@settings(deadline=None, max_examples=15)
@given(st.floats(0, 12000), st.floats(0, 3000))
def test_more_sun_is_never_less_current(sun: float, more: float) -> None:
    """In a calm house, once settled."""
    limits = []
    for power in (sun, sun + more):
        charger = Charger(ConnectorConfig(mode=ChargingMode.SOLAR))
        House(charger, sun=power).run(900)
        limits.append(charger.limit)
    assert limits[0] <= limits[1] + 0.4
