"""What a sensor of the PV system adds to the surplus: clouds are told from loads.

While a charger settles, the grid does not say what the surplus is; the sun still does. And a cloud that is moving in goes on moving.
Nothing here knows a charger. A sensor that lags behind the grid's shows itself, and is not used then.
"""

from dataclasses import dataclass
from math import copysign, exp

from .surplus import WINDOW

SLOPE_SECONDS = 10.0  # s, over which the change of the sun is taken: an edge of a cloud takes so long
LOOKAHEAD_SECONDS = 6.2  # s from a sample until the car draws what it was told
UNSURE_POWER = 60.0  # W of a foreseen change that are not believed: the PV power trembles
BRIDGE_SECONDS = 60.0  # s that the household's load counts as unchanged while the charger does not settle
TRUST_SECONDS = 1800.0  # s, time constant of the comparison of the two sensors
TRUST_RATIO = 0.9  # clouds that both show make less, loads alone 1, a sensor that lags and shows each cloud twice more
_JITTER = 0.5  # s by which samples may come early


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarState:
    """What is remembered of the sun: powers in W, times in s."""

    load: float | None = None  # of the household
    load_at: float = 0.0
    settled: tuple[tuple[float, float], ...] = ()  # time and power of those samples that the surplus is the mean of
    recent: tuple[tuple[float, float], ...] = ()  # time and power, back to SLOPE_SECONDS
    last: tuple[float, float, float] | None = None  # time, power and surplus of the last sample that was settled
    movement: float = 0.0  # W, mean of how much the surplus changes from sample to sample
    mismatch: float = 0.0  # W, the same for what the sun does not explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """What the sun says: the surplus (W), None if nobody knows it now, and by how much it will have changed when the car follows."""

    surplus: float | None
    drift: float = 0.0


def look(state: SolarState, now: float, surplus: float, settled: bool, solar: float | None) -> tuple[SolarState, Sky]:
    """Return the state and the sky after a sample; `solar` in W, None: there is no sensor, or it is silent."""
    if solar is None:
        return SolarState(), Sky(surplus=surplus if settled else None)
    recent = (*_since_slope(state.recent, now), (now, solar))
    if settled:
        state = _learned(state, now, surplus, solar)
    trusted = state.mismatch <= TRUST_RATIO * state.movement
    known: float | None = None
    if settled:
        known = surplus
    elif trusted and state.load is not None and now - state.load_at <= BRIDGE_SECONDS:
        known = solar - state.load
    state = SolarState(
        load=state.load,
        load_at=state.load_at,
        settled=state.settled if settled else (),
        recent=recent,
        last=state.last,
        movement=state.movement,
        mismatch=state.mismatch,
    )
    return state, Sky(surplus=known, drift=_drift(recent) if trusted else 0.0)


def _learned(state: SolarState, now: float, surplus: float, solar: float) -> SolarState:
    """Return the state with the household's load, and how well sun and surplus go together."""
    settled = (*(item for item in state.settled if item[0] > now - WINDOW), (now, solar))
    movement, mismatch = state.movement, state.mismatch
    if state.last is not None:
        then, solar_then, surplus_then = state.last
        gain = 1 - exp(-min(now - then, BRIDGE_SECONDS) / TRUST_SECONDS)
        change = surplus - surplus_then
        movement += gain * (abs(change) - movement)
        mismatch += gain * (abs(change - (solar - solar_then)) - mismatch)
    return SolarState(
        load=sum(power for _, power in settled) / len(settled) - surplus,
        load_at=now,
        settled=settled,
        recent=state.recent,
        last=(now, solar, surplus),
        movement=movement,
        mismatch=mismatch,
    )


def _since_slope(recent: tuple[tuple[float, float], ...], now: float) -> tuple[tuple[float, float], ...]:
    """Return the samples from the youngest one on that is SLOPE_SECONDS old."""
    old = [index for index, (then, _) in enumerate(recent) if then <= now - SLOPE_SECONDS + _JITTER]
    return recent[old[-1] :] if old else recent


def _drift(recent: tuple[tuple[float, float], ...]) -> float:
    """Return how much the PV power will have changed in LOOKAHEAD_SECONDS if it goes on as it does, in W."""
    (then, before), (now, power) = recent[0], recent[-1]
    if now - then < SLOPE_SECONDS - _JITTER:
        return 0.0
    change = (power - before) / (now - then) * LOOKAHEAD_SECONDS
    return copysign(max(0.0, abs(change) - UNSURE_POWER), change)
