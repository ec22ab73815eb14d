"""What is compared is what the targets and tables ask for."""

from scripts.solar_benchmark.cases import (
    DEFAULT_SHARE,
    USUAL,
    FuseCase,
    FuseSystem,
    System,
    Wiring,
    all_cases,
    compared,
    fuse_cases,
    shares_of,
)
from scripts.solar_benchmark.traces import Sky


def test_no_case_runs_twice() -> None:
    """Tables share their rows."""
    cases = all_cases()
    assert len(cases) == len(set(cases))


def test_the_default_share_of_switching_phases_is_in_the_range_of_the_targets() -> None:
    """Between 50 and 60 %."""
    assert 0.5 <= DEFAULT_SHARE[Wiring.SWITCHING] <= 0.6


def test_every_share_of_the_targets_is_shown() -> None:
    """50, 60 and 75 %, and the default."""
    for wiring in Wiring:
        assert {0.5, 0.6, 0.75, DEFAULT_SHARE[wiring]} == set(shares_of(wiring))


def test_only_a_charger_that_cannot_switch_is_given_to_the_blueprint() -> None:
    """A blueprint that switches phases is none that people write."""
    with_blueprint = {w for w in Wiring if any(case.system is System.NAIVE for case in compared(Sky.CLEAR, w))}
    assert with_blueprint == {Wiring.ONE_PHASE, Wiring.THREE_PHASES}


def test_main_tables_use_the_usual_plant() -> None:
    """Ten seconds of grid sensor, three of latency, and no sensor of the sun."""
    assert all(case.plant == USUAL for wiring in Wiring for case in compared(Sky.BROKEN, wiring))
    assert USUAL.solar_interval is None


def test_several_chargers_begin_paused_and_one_at_full_power() -> None:
    """Without control all take what they can."""
    assert FuseCase(system=FuseSystem.OURS, chargers=1).initial == [16.0]
    assert FuseCase(system=FuseSystem.OURS, chargers=3).initial == [0.0, 0.0, 0.0]
    assert FuseCase(system=FuseSystem.NONE, chargers=3).initial == [16.0, 16.0, 16.0]


def test_the_fuse_is_kept_with_slow_and_fast_sensors() -> None:
    """By ours and by the model of evcc, with one charger and with three."""
    for chargers in (1, 3):
        intervals = {(case.system, case.sensor_interval) for case in fuse_cases(chargers)}
        assert {(s, i) for s in (FuseSystem.EVCC, FuseSystem.OURS) for i in (1, 10)} <= intervals
