"""Runs the control of a site: gives `charging.site.step` what sensors and charge points say, and carries out what it decides.

Nothing is decided here. A step is taken at each sample of the grid, and every ten seconds, for time passes without samples too. One
limit is under way for each connector at most; what has become of it is part of the next observation.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
import logging
from traceback import walk_tb
from types import CodeType

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .charging.fuse import FuseConfig, Phases
from .charging.health import Health
from .charging.modes import ChargingMode
from .charging.observation import ConnectorDecision, ConnectorObservation, SiteConfig, SiteDecision, SiteObservation
from .charging.profiles import NOMINAL_VOLTAGE, cut
from .charging.sensors import plausible
from .charging.site import SiteState, remembering, step
from .charging.wakeup import WakeAction
from .const import DOMAIN
from .control_issues import ControlIssues
from .csms.authorization import Policy
from .csms.charge_point import ChargePoint
from .csms.errors import CallFailedError, CommandError, NotConnectedError, RefusedError, UnclearAnswerError
from .csms.limit_evidence import measured_current, phases_in_use
from .csms.model import Connector, ConnectorStatus, Event
from .departures import Departures
from .goals import GoalBook, Goals
from .seats import ControlStatus, Seat, connector_config, phases_in_force, phases_told
from .settings import authorization
from .site_sensors import SiteSensors
from .site_settings import DimmerSettings, SiteSettings

__all__ = ["ChargeControl", "ControlStatus"]

_LOGGER = logging.getLogger(__name__)

STEP_INTERVAL = timedelta(seconds=10)
_HANDS_OFF = 15.0  # s after the user has taken over
_START_PATIENCE = 20.0  # s for a charge point to start a transaction by itself
_STARTS = 3  # how often one is started for a car at most
_SHOWN_EVERY = 9.0  # s, what the house has is shown at each step in time, not at each sample
_SHOWN_WATTS = 10  # W, to which the surplus is shown
_BATTERY_SILENT = 900.0  # s after which nobody relies on what a battery is charged with
_WAITING = frozenset({ConnectorStatus.PREPARING, ConnectorStatus.FINISHING})
_TOLD_OF_CAR = {WakeAction.REPORT_NOT_DRAWING: "car_not_drawing", WakeAction.REPORT_FULL: "car_full"}
_ENDED_BY_HAND = frozenset({"Local", "Remote", "DeAuthorized", "EmergencyStop", "UnlockCommand"})


class ChargeControl:
    """The control of the connectors of one central system."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        settings: SiteSettings,
        goals: GoalBook,
        charge_points: Callable[[], list[ChargePoint]],
        *,
        slopes: Iterable[float] = (),
    ) -> None:
        """`charge_points` returns the confirmed ones. `slopes` is what was remembered of the grid sensor's test."""
        self.settings = settings
        self.surplus: float | None = None  # W
        self.headroom: Phases | None = None  # A
        self._hass = hass
        self._goals = goals
        self._charge_points = charge_points
        self._sensors = SiteSensors(hass, settings)
        self._config = _site_config(settings)
        self._issues = ControlIssues(hass, entry)
        self._departures = Departures(hass, settings.price)
        self._entry = entry
        self._state = remembering(slopes)
        self._seats: dict[tuple[str, int], Seat] = {}
        self._listeners: list[CALLBACK_TYPE] = []
        self._undo: list[CALLBACK_TYPE] = []
        self._due = False
        self._shown_at = float("-inf")
        self._logged: set[tuple[type[Exception], CodeType, int]] = set()

    # Life

    @callback
    def start(self) -> None:
        """Begin to control."""
        self._undo = [
            self._sensors.listen(self.step_soon),
            async_track_time_interval(self._hass, self._tick, STEP_INTERVAL),
        ]
        self._departures.start()
        self.step_soon()

    @callback
    def stop(self) -> None:
        """Control no more. Limits stay as they are; each has its own dead man."""
        for undo in self._undo:
            undo()
        self._undo.clear()
        self._departures.stop()
        self._issues.clear()
        for seat in self._seats.values():
            if seat.task is not None:
                seat.task.cancel()

    @callback
    def listen(self, callback_: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when surplus or headroom change. Returns what ends it."""
        self._listeners.append(callback_)
        return lambda: self._listeners.remove(callback_)

    @property
    def health(self) -> Health:
        """What is known of the grid sensor."""
        return self._state.health

    def status(self, charge_point: ChargePoint, number: int) -> ControlStatus:
        """Return what is done with a connector; the key `control` of it is marked when that changes."""
        return self._seat(charge_point, number).status

    @callback
    def set_mode(self, charge_point: ChargePoint, number: int, mode: ChargingMode) -> None:
        """Take another mode. Going back to manual, the limit set by hand holds again, else the highest."""
        goals = self._goals.of(charge_point, number)
        changes: dict[str, object] = {"mode": mode, "suspended": None, "set_aside": None}
        if mode is ChargingMode.MANUAL and goals.mode is not mode and goals.manual_limit is None:
            changes["manual_limit"] = charge_point.settings.maximum_current
        self._goals.update(charge_point, number, **changes)
        charge_point.limits.withdraw(number)
        seat = self._seat(charge_point, number)
        seat.blocked_until, seat.starts = float("-inf"), 0
        last = charge_point.connectors[number].transaction
        seat.overruled = None if last is None or last.running else last.transaction_id
        self.step_soon()

    @callback
    def take_over(self, charge_point: ChargePoint, number: int, limit: float | None = None) -> None:
        """The user has taken over by hand: the mode comes back when the car is unplugged.

        `limit` is what is about to be set, in A; without one, what is in force goes on, and a car that was held at 0 A is free.
        """
        goals = self._goals.of(charge_point, number)
        if goals.mode is ChargingMode.MANUAL:
            return
        in_force = charge_point.connectors[number].limit
        free = goals.manual_limit or charge_point.settings.maximum_current
        self._goals.update(
            charge_point,
            number,
            mode=ChargingMode.MANUAL,
            suspended=goals.mode,
            manual_limit=(in_force or free) if limit is None else limit,
            set_aside=goals.manual_limit,
        )
        self._seat(charge_point, number).blocked_until = _now() + _HANDS_OFF
        self.step_soon()

    def holds(self, charge_point: ChargePoint, number: int) -> bool:
        """Whether a mode keeps a connector from charging now."""
        controlled = self._goals.of(charge_point, number).mode is not ChargingMode.MANUAL
        return controlled and charge_point.connectors[number].limit == 0

    @callback
    def release(self) -> None:
        """The house is not controlled any more: every connector is in the user's hands again, with the limit it had there."""
        for point, number in self._connectors():
            goals, connector = self._goals.of(point, number), point.connectors[number]
            by_hand = goals.held_back if goals.manual_limit is None else goals.manual_limit
            ours = goals.mode is not ChargingMode.MANUAL or by_hand is not None
            most = point.settings.maximum_current
            free = cut(most if by_hand is None else min(by_hand, most))
            self._goals.update(point, number, mode=ChargingMode.MANUAL, suspended=None, set_aside=None, held_back=None)
            # Of a write that was cut short nobody knows what became of it.
            other = self._seat(point, number).busy or (connector.limit is not None and connector.limit != free)
            if ours and other:
                name = f"{DOMAIN} {point.identity} {number}"
                self._hass.async_create_background_task(_set_free(point, number, free), name)

    # Steps

    @callback
    def _tick(self, _now: datetime) -> None:
        self._step()

    @callback
    def step_soon(self) -> None:
        """Take a step soon, one for all sensors that report at the same time."""
        if not self._due:
            self._due = True
            self._hass.loop.call_soon(self._step)

    @callback
    def _step(self) -> None:
        """Take a step. What goes wrong is logged, once for each kind, and the next step begins afresh."""
        self._due = False
        if not self._undo:
            return
        state = self._state
        self._state = remembering(state.health.sign.slopes)
        with self._surviving():
            self._decide(state, self._observe())

    def _decide(self, state: SiteState, observation: SiteObservation) -> None:
        self._state, decision = step(state, observation, self._config)
        self._show(decision, observation.now)
        by_key = {f"{point.identity}/{number}": (point, number) for point, number in self._connectors()}
        there = {(point.identity, number) for point, number in by_key.values()}
        self._seats = {key: seat for key, seat in self._seats.items() if key in there}
        for made in decision.connectors:
            with self._surviving():
                self._follow(*by_key[made.key], made, observation, decision.surplus)
        self._issues.update(self._state, observation, self.settings)

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """Go on whatever goes wrong inside, for an end of the steps would leave all limits as they are. The same mistake is logged once."""
        try:
            yield
        except Exception as error:
            place = _place_of(error)
            level = logging.DEBUG if place in self._logged else logging.ERROR
            self._logged.add(place)
            _LOGGER.log(level, "Charging control has failed; it goes on", exc_info=True)

    def _connectors(self) -> list[tuple[ChargePoint, int]]:
        return [(point, number) for point in self._charge_points() for number in sorted(point.connectors) if number]

    def _observe(self) -> SiteObservation:
        now = _now()
        grid, currents = self._sensors.grid, self._sensors.currents
        return SiteObservation(
            now=now,
            grid=None if grid is None else grid.value,
            grid_at=None if grid is None else grid.at,
            solar=self._believed(self._sensors.solar),
            battery=self._battery(now),
            battery_soc=self._sensors.battery_soc,
            currents=None if currents is None else currents[0],
            currents_at=None if currents is None else currents[1],
            dimmed=self._sensors.dimmed,
            connectors=tuple(self._observe_connectors(now)),
        )

    def _believed(self, watts: float | None) -> float | None:
        return None if watts is None else plausible(watts, self._config.fuse_power)

    def _battery(self, now: float) -> float | None:
        """Return the power of the battery. One that was charging when it was last heard of may not be any more."""
        sample = self._sensors.battery
        if sample is None or (sample.value < 0 and now - sample.at > _BATTERY_SILENT):
            return None
        return self._believed(sample.value)

    def _observe_connectors(self, now: float) -> Iterator[ConnectorObservation]:
        for point, number in self._connectors():
            with (
                self._surviving()
            ):  # without it the others are controlled all the same: it counts as a load of the house
                yield self._observe_connector(point, number, now)

    def _observe_connector(self, point: ChargePoint, number: int, now: float) -> ConnectorObservation:
        connector, seat, goals = point.connectors[number], self._seat(point, number), self._goals.of(point, number)
        most = point.settings.maximum_current
        plugged_in = connector.plugged_in is True
        if connector.plugged_in is False:  # not while nobody knows, after a restart
            self._left(point, number, seat, goals)
            goals = self._goals.of(point, number)
        measured_at = _measured_at(point, connector, now)
        seat.note(connector, point.settings, phases_told(point, connector), now, measured_at)
        config = connector_config(point, connector, goals, seat, now)
        return ConnectorObservation(
            key=f"{point.identity}/{number}",
            config=config,
            online=point.connected,
            plugged_in=plugged_in,
            plug_known=connector.plugged_in is not None,
            limit=most if connector.limit_ignored else seat.limit or 0.0,
            previous_limit=seat.previous_limit,
            phases=phases_in_force(point, connector, seat),
            written_at=seat.written_at,
            began=seat.began,
            measured=measured_current(connector, point.settings),
            measured_at=measured_at,
            phases_used=phases_in_use(connector),
            declined=connector.status is ConnectorStatus.SUSPENDED_EV,
            session_energy=connector.session_energy or 0.0,
            due=plugged_in and self._departures.is_due(point, number, goals, max(config.phase_counts)),
            rejected=seat.rejects(connector, now),
        )

    def _left(self, point: ChargePoint, number: int, seat: Seat, goals: Goals) -> None:
        """The car has gone: a mode that was suspended comes back, and nothing of the session is remembered."""
        seat.leave()
        self._departures.forget(point.identity, number)
        if goals.suspended is not None:
            self._goals.update(
                point, number, mode=goals.suspended, suspended=None, manual_limit=goals.set_aside, set_aside=None
            )
        if goals.deadline is not None and goals.deadline <= dt_util.utcnow():
            self._goals.update(point, number, deadline=None)

    # Decisions

    def _show(self, decision: SiteDecision, now: float) -> None:
        """Show what the house has, in steps of time and size that spare whoever keeps a history of it."""
        surplus = None if decision.surplus is None else float(_SHOWN_WATTS * round(decision.surplus / _SHOWN_WATTS))
        headroom = None if decision.headroom is None else _rounded(decision.headroom)
        shown = surplus, headroom
        known = (surplus is None, headroom is None) == (self.surplus is None, self.headroom is None)
        if shown == (self.surplus, self.headroom) or (known and now - self._shown_at < _SHOWN_EVERY):
            return
        self.surplus, self.headroom = shown
        self._shown_at = now
        for listener in list(self._listeners):
            listener()

    def _follow(
        self,
        point: ChargePoint,
        number: int,
        decision: ConnectorDecision,
        observation: SiteObservation,
        surplus: float | None,
    ) -> None:
        seat, goals, connector = self._seat(point, number), self._goals.of(point, number), point.connectors[number]
        seat.count_sun(connector.session_energy, observation, surplus)
        if decision.held_back != goals.held_back:
            self._goals.update(point, number, held_back=decision.held_back)
        status = ControlStatus(
            reason=decision.reason,
            target_current=None if goals.mode is ChargingMode.MANUAL else decision.current,
            fuse_limited=decision.fuse_limited,
            failsafe=decision.failsafe,
            planned_start=self._departures.next_start(point, number),
            solar_energy=None if connector.session_energy is None else round(seat.solar_energy, 2),
            solar_share=round(100 * seat.solar_energy / seat.counted) if seat.counted else None,
        )
        if status != seat.status:
            seat.status = status
            point.notify(number, "control")
        self._announce(point, number, seat, decision, goals)
        if seat.busy:
            return
        name = f"{DOMAIN} {decision.key}"
        if decision.write and seat.may_write(connector, decision, observation.now):
            seat.attempted_at = observation.now
            work = self._write(point, number, decision)
            seat.task = self._hass.async_create_background_task(work, name)
        elif self._wants_start(point, connector, goals, seat, decision, observation.now):
            seat.starts += 1
            seat.waiting_since = observation.now
            seat.task = self._hass.async_create_background_task(self._begin(point, number), name)

    @staticmethod
    def _announce(point: ChargePoint, number: int, seat: Seat, decision: ConnectorDecision, goals: Goals) -> None:
        """Tell once that a mode begins to charge, or pauses, and what has become of the car."""
        before = seat.granted
        seat.granted = None if goals.mode is ChargingMode.MANUAL else decision.current > 0
        told = _TOLD_OF_CAR.get(decision.event)
        if told is None and None not in {before, seat.granted} and before is not seat.granted:
            told = "started" if seat.granted else "paused"
        if told is not None:
            data = {"mode": goals.mode.value, "reason": decision.reason.value, "current": decision.current}
            point.announce(Event("charging_decision", told, number, data))

    def _wants_start(
        self,
        point: ChargePoint,
        connector: Connector,
        goals: Goals,
        seat: Seat,
        decision: ConnectorDecision,
        now: float,
    ) -> bool:
        """Whether a car waits for a transaction that nobody starts. Where only known tags may charge, a card decides, not we."""
        last = connector.transaction
        overruled = last is not None and last.transaction_id == seat.overruled
        waits = connector.status is ConnectorStatus.PREPARING
        if last is not None and last.reason in _ENDED_BY_HAND:
            # Whoever has ended it does not want another one, until the user chooses a mode.
            waits = overruled and connector.status in _WAITING
        may_start = goals.mode is not ChargingMode.MANUAL and authorization(self._entry).policy is Policy.ACCEPT_ALL
        if not (waits and may_start and point.connected and decision.current > 0):
            seat.waiting_since = None
            return False
        if seat.waiting_since is None:
            seat.waiting_since = now
        return seat.starts < _STARTS and now - seat.waiting_since >= _START_PATIENCE

    async def _write(self, point: ChargePoint, number: int, decision: ConnectorDecision) -> None:
        seat, connector = self._seat(point, number), point.connectors[number]
        phases = decision.phases if point.limits.can_switch_phases and decision.current > 0 else None
        with self._surviving():
            try:
                await point.set_limit(number, min(cut(decision.current), point.settings.maximum_current), phases=phases)
                if connector.paused and self._goals.of(point, number).mode is not ChargingMode.MANUAL:
                    await point.resume(number)
                seat.accepted()
            except NotConnectedError:
                pass
            except CommandError as error:
                refused = isinstance(error, (RefusedError, CallFailedError, UnclearAnswerError))
                seat.put_off(_now(), refused=refused)
                _LOGGER.info("The limit of %s connector %s was not taken: %s", point.identity, number, error)
            except Exception:
                seat.put_off(_now(), refused=False)
                raise
            finally:
                self._done(seat)

    async def _begin(self, point: ChargePoint, number: int) -> None:
        with self._surviving():
            try:
                await point.start(number)
            except CommandError as error:
                _LOGGER.info("%s did not start a transaction on connector %s: %s", point.identity, number, error)
            finally:
                self._done(self._seat(point, number))

    @callback
    def _done(self, seat: Seat) -> None:
        """What was under way is over, perhaps before anybody knew that it had begun."""
        seat.task = None
        self.step_soon()

    def _seat(self, charge_point: ChargePoint, number: int) -> Seat:
        return self._seats.setdefault((charge_point.identity, number), Seat())


def _place_of(error: Exception) -> tuple[type[Exception], CodeType, int]:
    """Return what tells one mistake from another: its kind, and where it happened."""
    frame, line = list(walk_tb(error.__traceback__))[-1]
    return type(error), frame.f_code, line


async def _set_free(point: ChargePoint, number: int, amperes: float) -> None:
    """Tell a limit that is the user's own again; one that cannot be told now is told with the next connection."""
    try:
        await point.set_limit(number, amperes)
    except CommandError as error:
        _LOGGER.info("%s connector %s is not back at %g A yet: %s", point.identity, number, amperes, error)
        point.remember_limit(number, amperes)


def _now() -> float:
    return dt_util.utcnow().timestamp()


def _measured_at(point: ChargePoint, connector: Connector, now: float) -> float | None:
    """Return when the newest reading was taken, by our clock. One of a clock that is behind would never seem new."""
    if connector.sampled_at is None:
        return None
    behind = max(-point.clock_skew.value.total_seconds(), 0.0)
    return min(connector.sampled_at.timestamp() + behind, now)


def _rounded(headroom: Phases) -> Phases:
    one, two, three = (round(amperes, 1) for amperes in headroom)
    return one, two, three


def _site_config(settings: SiteSettings) -> SiteConfig:
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
        fuse_power=None if fuse is None else fuse.rating * NOMINAL_VOLTAGE * max(len(fuse.currents), 1),
        priority_soc=0.0 if battery is None else battery.priority_soc,
        dimmed_power=dimmer.power,
    )
