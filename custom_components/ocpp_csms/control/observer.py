"""What control is told: meters, charge points and goals put together as the observation of a site. Nothing is changed or decided here.

What cannot be observed of one connector does not hide the others; it counts as a load of the house.
"""

from collections.abc import Iterable, Iterator

from custom_components.ocpp_csms.charging.fuse import FuseConfig
from custom_components.ocpp_csms.charging.observation import (
    ConnectorConfig,
    ConnectorObservation,
    SiteConfig,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.profiles import Expiry, cut
from custom_components.ocpp_csms.charging.sensors import plausible
from custom_components.ocpp_csms.charging.wiring import NOMINAL_VOLTAGE
from custom_components.ocpp_csms.csms.limiting.limit_evidence import measured_current, phases_in_use, wiring_of
from custom_components.ocpp_csms.csms.model import IN_TRANSACTION, Connector, ConnectorStatus

from .controlled import Controlled
from .departures import Departures
from .goals import GoalBook, Goals, PhaseChoice
from .limit_in_force import FOLLOWED
from .meters import SiteMeters
from .mishaps import Mishaps
from .settings import DimmerSettings, SiteSettings

_BATTERY_SILENT = 900.0  # s after which nobody relies on what a battery is charged with


class SiteObserver:
    """Observes a site at each step."""

    def __init__(
        self, meters: SiteMeters, departures: Departures, goals: GoalBook, mishaps: Mishaps, fuse_power: float | None
    ) -> None:
        """`fuse_power`: what the main fuse allows on all phases in W."""
        self._meters = meters
        self._departures = departures
        self._goals = goals
        self._mishaps = mishaps
        self._fuse_power = fuse_power

    def observe(self, now: float, connectors: Iterable[Controlled]) -> SiteObservation:
        """Return what is known at a time, in s since 1970."""
        grid, currents = self._meters.grid, self._meters.currents
        return SiteObservation(
            now=now,
            grid=None if grid is None else grid.value,
            grid_at=None if grid is None else grid.at,
            solar=self._believed(self._meters.solar),
            battery=self._battery(now),
            battery_soc=self._meters.battery_soc,
            currents=None if currents is None else currents[0],
            currents_at=None if currents is None else currents[1],
            dimmed=self._meters.dimmed,
            connectors=tuple(self._observe_connectors(connectors, now)),
        )

    def _believed(self, watts: float | None) -> float | None:
        return None if watts is None else plausible(watts, self._fuse_power)

    def _battery(self, now: float) -> float | None:
        """Return the power of the battery. One that was charging when it was last heard of may not be any more."""
        sample = self._meters.battery
        if sample is None or (sample.value < 0 and now - sample.at > _BATTERY_SILENT):
            return None
        return self._believed(sample.value)

    def _observe_connectors(self, connectors: Iterable[Controlled], now: float) -> Iterator[ConnectorObservation]:
        for controlled in connectors:
            with self._mishaps.survived():
                yield self._observe_connector(controlled, self._goals.of(controlled.point, controlled.number), now)

    def _observe_connector(self, controlled: Controlled, goals: Goals, now: float) -> ConnectorObservation:
        point, connector, in_force = controlled.point, controlled.connector, controlled.in_force
        plugged_in = connector.plugged_in is True
        measured_at = _measured_at(controlled, now)
        in_force.note(
            connector,
            point.settings,
            phases_told(controlled),
            now,
            measured_at=measured_at,
            shows_limit=_shows_limit(controlled, measured_at),
        )
        controlled.gate.notice(connector)
        config = connector_config(controlled, goals, now)
        return ConnectorObservation(
            key=controlled.key,
            config=config,
            online=point.connected,
            plugged_in=plugged_in,
            plug_known=connector.plugged_in is not None,
            limit=point.settings.maximum_current if connector.limit_ignored else in_force.limit or 0.0,
            previous_limit=in_force.previous_limit,
            phases=min(phases_told(controlled), car_phases(controlled, goals)),
            voltage=wiring_of(connector, point.settings).voltage,
            written_at=in_force.written_at,
            began=in_force.began,
            measured=measured_current(connector, point.settings),
            measured_at=measured_at,
            phases_used=phases_in_use(connector),
            declined=connector.status is ConnectorStatus.SUSPENDED_EV,
            closed=_is_closed(connector),
            session_energy=connector.session_energy or 0.0,
            due=plugged_in and self._departures.is_due(point, controlled.number, goals, max(config.phase_counts)),
            rejected=controlled.gate.rejects(connector, now),
        )


def _is_closed(connector: Connector) -> bool:
    """Return whether no current can flow: nobody may charge yet, or nobody any more."""
    runs = connector.running_transaction is not None or connector.status in IN_TRANSACTION
    return connector.awaits_authorization or not runs


def site_config(settings: SiteSettings) -> SiteConfig:
    """Return what the pure part has to know of the house."""
    fuse, battery = settings.fuse, settings.battery
    config = None
    if fuse is not None:
        config = FuseConfig(rating=fuse.rating, margin=fuse.margin, circuit=settings.circuit, strict=fuse.strict)
    elif settings.circuit is not None:
        config = FuseConfig(rating=float("inf"), circuit=settings.circuit)
    dimmer = settings.dimmer or DimmerSettings(entity_id="")
    return SiteConfig(
        fuse=config,
        fuse_power=None if fuse is None else fuse.rating * NOMINAL_VOLTAGE * max(len(fuse.phases), 1),
        priority_soc=0.0 if battery is None else battery.priority_soc,
        dimmed_power=dimmer.power,
    )


def connector_config(controlled: Controlled, goals: Goals, now: float) -> ConnectorConfig:
    """Return what the pure part has to know of a connector."""
    point, connector = controlled.point, controlled.connector
    most = cut(point.settings.maximum_current)
    by_hand = goals.manual_limit
    counts = _phase_counts(controlled, goals, now)
    search = point.limits.search
    strategy = None if search is None else search.current
    coarse = strategy is not None and strategy.coarse
    endless = strategy is not None and strategy.expiry is Expiry.NONE
    return ConnectorConfig(
        mode=goals.mode,
        minimum=goals.minimum_current,
        maximum=controlled.in_force.useful(cut(goals.highest(most))),
        manual_limit=0.0 if connector.paused else None if by_hand is None else min(cut(by_hand), most),
        held_back=goals.held_back,
        fallback=None if endless else point.settings.fallback_current,
        share=goals.share(switches=len(counts) > 1) / 100,
        grid_allowance=goals.grid_allowance,
        priority=goals.priority,
        energy_limit=goals.energy_limit or None,
        phase_counts=counts,
        grid_phases=point.settings.grid_phases,
        step=1.0 if coarse else 0.1,
    )


def _phase_counts(controlled: Controlled, goals: Goals, now: float) -> tuple[int, ...]:
    """Return with how many phases the connector can charge the car: by what the car can use, and what the user allows."""
    point, most = controlled.point, car_phases(controlled, goals)
    if point.limits.can_switch_phases and most > 1:
        if goals.phases is PhaseChoice.AUTO:
            return (1,) if controlled.in_force.has_switched_enough(now) else (1, most)
        return (min(int(goals.phases), most),)
    return (most,)


def car_phases(controlled: Controlled, goals: Goals) -> int:
    """Return how many phases of the charge point the car can use: by what the user says, else as it was seen, else all."""
    wired = controlled.point.settings.phases
    return min(goals.car_phases.number or controlled.in_force.car_phases or wired, wired)


def phases_told(controlled: Controlled) -> int:
    """Return how many phases are on offer; what a charge point that cannot switch was told says nothing."""
    point = controlled.point
    chosen = controlled.connector.phases if point.limits.can_switch_phases else None
    return chosen or point.settings.phases


def _shows_limit(controlled: Controlled, measured_at: float | None) -> bool:
    """Whether the newest meter value shows what the car makes of the limit that is shown.

    After a restart of either side another one may have been in force.
    """
    told_at = controlled.point.limits.told_at(controlled.number)
    if measured_at is None or told_at is None:
        return measured_at is not None and controlled.connector.limit is None
    return measured_at - told_at > FOLLOWED


def _measured_at(controlled: Controlled, now: float) -> float | None:
    """Return when the newest reading was taken, by our clock. One of a clock that is behind would never seem new."""
    sampled_at = controlled.connector.sampled_at
    if sampled_at is None:
        return None
    return min(sampled_at.timestamp() + _behind(controlled), now)


def energy_age(controlled: Controlled, now: float) -> float:
    """Return how many s ago the newest energy of the session was taken, by our clock; 0 while none is known."""
    transaction = controlled.connector.transaction
    if transaction is None or transaction.metered is None:
        return 0.0
    return now - transaction.metered.timestamp() - _behind(controlled)


def _behind(controlled: Controlled) -> float:
    """Return by how many s the clock of the charge point is behind ours; 0 if it is ahead."""
    return max(-controlled.point.clock_skew.value.total_seconds(), 0.0)
