"""The health of the grid sensor, from one observation of the site to the next: is it fresh, plausible, alive, and the right way round?

The single judgements are in `sensors`; here is what must be remembered for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .observation import ConnectorObservation, SiteConfig, SiteObservation
from .sensors import FrozenWatch, PowerSample, SampleHistory, SignTest, SignVerdict, is_stale, plausible, watch_frozen

_SETTLED = 20.0  # s after a write
_CALM = 30.0  # s before a change of power in which the house must have been calm
_CALM_WINDOW = 60.0  # s that are looked at
_LONGEST_CHANGE = 100.0  # s that a change of power may take, over several writes
_MEASURED = 120.0  # s after a start: a meter that speaks every minute has shown it, and the grid's sensor twice since
_CLEAR = 0.2  # of a change, most that a slope is off
_UNREST = 0.25  # of the change of power, most that a calm house stirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is remembered of the grid sensor."""

    history: SampleHistory = field(default_factory=SampleHistory)
    seen_at: float | None = None  # time of the last sample, good or bad
    frozen: FrozenWatch | None = None
    bad_since: float | None = None  # since when it cannot be trusted
    implausible: bool = False
    is_frozen: bool = False
    sign: SignTest = field(default_factory=SignTest)
    calm: tuple[PowerSample, ...] = ()  # the samples since all cars have settled
    before: PowerSample | None = None  # the last sample before the power of a car changed, if the house was calm
    unrest: float = 0.0  # W, by how much it stirred then
    # The last write, and whether there is a car, in the order of the connectors.
    writes: tuple[tuple[float, bool], ...] = ()

    def bad_for(self, now: float) -> float | None:
        """For how many s it cannot be trusted; None: it is well."""
        return None if self.bad_since is None else now - self.bad_since


def power_of(connector: ConnectorObservation) -> float:
    """Return what a car takes by its meter, in W; a paused charge point may say nothing more of it."""
    if not connector.plugged_in or (connector.limit <= 0 and not _metered_since(connector)):
        return 0.0
    return (connector.measured or 0.0) * connector.voltage * (connector.phases_used or connector.phases)


def told_power(connector: ConnectorObservation) -> float:
    """Return what a car may take, in W."""
    return connector.limit * connector.voltage * connector.phases if connector.plugged_in else 0.0


def _metered_since(connector: ConnectorObservation) -> bool:
    """Whether the last meter value was taken after the car had followed the last write."""
    settled = _SETTLED * (2 if connector.began else 1)
    return connector.measured_at is not None and connector.measured_at >= connector.written_at + settled


def _is_settled(connector: ConnectorObservation, now: float) -> bool:
    """Whether it is known what a car takes now."""
    rests = connector.limit <= 0 and now >= connector.written_at + _SETTLED
    return not connector.plugged_in or connector.closed or rests or _metered_since(connector)


def examine(health: Health, observation: SiteObservation, config: SiteConfig) -> tuple[Health, float | None]:
    """Return the health after an observation, and the grid's power (W) if it is a new sample that can be used."""
    now, power = observation.now, observation.grid
    cars = sum(map(power_of, observation.connectors))
    is_new = observation.grid_at is not None and observation.grid_at != health.seen_at
    usable: float | None = None
    if is_new and observation.grid_at is not None:
        usable = None if power is None else plausible(power, config.fuse_power)
        health = replace(health, seen_at=observation.grid_at, implausible=power is not None and usable is None)
        if usable is not None:
            told = sum(map(told_power, observation.connectors))
            watch = health.frozen or FrozenWatch(since=now)
            frozen, is_frozen = watch_frozen(watch, now, usable, told=told, taken=cars)
            health = replace(health, frozen=frozen, is_frozen=is_frozen)
            if not is_frozen:
                health = replace(health, history=health.history.add(observation.grid_at))
            usable = None if is_frozen else usable
    silent = is_stale(now, health.history.last, health.history.median_interval)
    bad = silent or health.implausible or health.is_frozen or (power is None and health.history.last is not None)
    since = (now if health.bad_since is None else health.bad_since) if bad else None
    health = replace(health, bad_since=since)
    if usable is not None:
        own = usable + (observation.battery or 0.0)
        health = _tested(health, observation.connectors, PowerSample(at=now, grid=own, ev=cars))
    return health, usable


def is_measuring(health: Health, connectors: Sequence[ConnectorObservation], now: float) -> bool:
    """Whether the start of a car is about to tell the sign of the sensor, so that no limit should follow the sun until it has.

    Meter values come late. Another write before the one that shows the start would spoil the comparison.
    """
    if health.sign.verdict is not SignVerdict.UNDECIDED or health.before is None:
        return False
    return any(_has_just_begun(connector, now) for connector in connectors)


def _has_just_begun(connector: ConnectorObservation, now: float) -> bool:
    """Whether a car was offered current after a pause, or other phases, so lately that its meter may not have shown it."""
    return connector.plugged_in and connector.began and connector.limit > 0 and now - connector.written_at <= _MEASURED


def trusts_sign(health: Health) -> bool:
    """Whether nothing speaks against the sensor's sign."""
    return health.sign.verdict is not SignVerdict.INVERTED


def trusted_power(health: Health, observation: SiteObservation) -> float | None:
    """Return the power at the grid connection (W), also that of an older sample; None if something speaks against the sensor."""
    if health.bad_since is not None or health.sign.verdict in {SignVerdict.INVERTED, SignVerdict.BLIND}:
        return None
    return observation.grid


def _tested(health: Health, connectors: Sequence[ConnectorObservation], sample: PowerSample) -> Health:
    """Return the health with what a change of a car's power has shown, once it has settled.

    A car that follows the sun hides it: the grid stays near zero, as if the sensor did not see the car. So only changes in a calm house
    count: those that no cloud brought about. A sensor that has passed is not tested again.
    """
    if health.sign.verdict is SignVerdict.OK:
        return health
    writes = tuple((connector.written_at, connector.plugged_in and not connector.closed) for connector in connectors)
    if writes != health.writes:
        health = _changed(replace(health, writes=writes), sample.at)
    if not all(_is_settled(connector, sample.at) for connector in connectors):
        return health
    latest = health.calm[-1:]
    calm = (*(item for item in health.calm if item in latest or item.at > sample.at - _CALM_WINDOW), sample)
    health = replace(health, calm=calm)
    if health.before is None or len(calm) < 2:
        return health
    before, after = health.before, calm[0]
    clear = _is_clear(before, after, max(health.unrest, _range(calm)))
    return replace(health, sign=health.sign.observe(before, after) if clear else health.sign, before=None)


def _is_clear(before: PowerSample, after: PowerSample, unrest: float) -> bool:
    """Whether a change says something of the sensor: as large as the car's, against it, or none at all. Others were the house's."""
    change = after.ev - before.ev
    if not change or unrest > _UNREST * abs(change):
        return False
    slope = (after.grid - before.grid) / change
    return min(abs(slope - expected) for expected in (1.0, 0.0, -1.0)) <= _CLEAR


def _changed(health: Health, now: float) -> Health:
    """Return the health when a change has begun; one that is not over is taken together with it."""
    calm = health.calm
    if health.before is not None and now - health.before.at <= _LONGEST_CHANGE:
        return replace(health, calm=())
    quiet = len(calm) > 1 and calm[-1].at - calm[0].at >= _CALM
    return replace(health, calm=(), before=calm[-1] if quiet else None, unrest=_range(calm))


def _range(samples: Sequence[PowerSample]) -> float:
    powers = [sample.grid for sample in samples] or [0.0]
    return max(powers) - min(powers)
