"""Runs the control of a house: gives `charging.site.step` what was observed, shows what it says, and has its decisions carried out.

Nothing is decided here. A step is taken at each sample of the house's meters, when a car comes or its transaction begins, and every ten seconds, for time passes
without samples too.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.charging.foresight import next_decision
from custom_components.ocpp_csms.charging.fuse import PhaseCurrents
from custom_components.ocpp_csms.charging.health import Health
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import (
    ConnectorDecision,
    ConnectorObservation,
    SiteDecision,
    SiteObservation,
)
from custom_components.ocpp_csms.charging.site import SiteState, remembering, step
from custom_components.ocpp_csms.charging.wakeup import CarReport
from custom_components.ocpp_csms.csms.cards.authorization import Policy
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Event

from .controlled import Controlled, ControlStatus, Foreseen
from .departures import Departures
from .goals import GoalBook, Goals
from .issues import ControlIssues
from .meters import SiteMeters
from .mishaps import Mishaps
from .observer import SiteObserver, energy_age, site_config
from .orders import Orders
from .settings import SiteSettings

STEP_INTERVAL = timedelta(seconds=10)
_SHOWN_EVERY = 9.0  # s, what the house has is shown at each step in time, not at each sample
_SHOWN_WATTS = 10  # W, to which the surplus is shown
_FORESEEN_EVERY = 30.0  # s
_PATIENCE = 300.0  # s without a decision
_TOLD_OF_CAR = {CarReport.NOT_DRAWING: "car_not_drawing", CarReport.FULL: "car_full"}


class ControlLoop:
    """The control of the connectors of one central system, while the house is set up."""

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
        self.headroom: PhaseCurrents | None = None  # A
        self._hass = hass
        self._goals = goals
        self._charge_points = charge_points
        self._config = site_config(settings)
        self._mishaps = Mishaps()
        self._meters = SiteMeters(hass, settings)
        self._departures = Departures(hass, settings.price)
        self._observer = SiteObserver(self._meters, self._departures, goals, self._mishaps, self._config.fuse_power)
        self._orders = Orders(
            hass,
            goals,
            self._mishaps,
            may_start=lambda point: point.id_tag_policy is Policy.ACCEPT_ALL,
            done=self.step_soon,
        )
        self._issues = ControlIssues(hass, entry)
        self._state = remembering(slopes)
        self._controlled: dict[tuple[str, int], Controlled] = {}
        self._listeners: list[CALLBACK_TYPE] = []
        self._undo: list[CALLBACK_TYPE] = []
        self._due = False
        self._shown_at = float("-inf")

    # Life

    @callback
    def start(self) -> None:
        """Begin to control."""
        self._undo = [
            self._meters.listen(self.step_soon),
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
        for controlled in self._controlled.values():
            controlled.unlisten()
            if controlled.order is not None:
                controlled.order.cancel()

    @callback
    def release(self, charge_point: ChargePoint, number: int, *, ours: bool, amperes: float) -> None:
        """Give a connector back to the user with a limit in A, if it has another by what was decided (`ours`) here."""
        controlled = self.of(charge_point, number)
        in_force = controlled.connector.limit
        # Of an order that was cut short nobody knows what became of it.
        if ours and (controlled.busy or (in_force is not None and in_force != amperes)):
            self._orders.release(controlled, amperes)
        controlled.unlisten()

    # What is known, and what is told from outside

    @callback
    def listen(self, callback_: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when surplus or headroom change. Returns what ends it."""
        self._listeners.append(callback_)
        return lambda: self._listeners.remove(callback_)

    @property
    def health(self) -> Health:
        """What is known of the grid sensor."""
        return self._state.health

    def of(self, charge_point: ChargePoint, number: int) -> Controlled:
        """Return a connector; its key `control` is marked when its `status` changes."""
        key = charge_point.identity, number
        known = self._controlled.get(key)
        if known is not None and known.point is charge_point:
            return known
        if known is not None:
            known.unlisten()
        now = dt_util.utcnow().timestamp()
        unlisten = charge_point.listen(number, ("status", "transaction"), self.step_soon)
        self._controlled[key] = controlled = Controlled(charge_point, number, decided_at=now, unlisten=unlisten)
        return controlled

    @callback
    def mode_chosen(self, charge_point: ChargePoint, number: int) -> None:
        """The user has chosen a mode: it decides at once, whatever went before."""
        charge_point.limits.withdraw(number)
        controlled = self.of(charge_point, number)
        controlled.gate.open()
        controlled.starts.mode_chosen(controlled.connector)
        self.step_soon()

    @callback
    def hands_off(self, charge_point: ChargePoint, number: int) -> None:
        """The user is about to command by hand."""
        self.of(charge_point, number).gate.hands_off(dt_util.utcnow().timestamp())
        self.step_soon()

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
        """Take a step. What goes wrong is logged, once for each kind, and the next step begins afresh.

        A connector that nobody has been able to decide on for long has no more than it has without Home Assistant.
        """
        self._due = False
        if not self._undo:
            return
        now, state = dt_util.utcnow().timestamp(), self._state
        self._state = remembering(state.health.sign.slopes)
        with self._mishaps.survived():
            connectors = self._connectors()
            for controlled in connectors:
                with self._mishaps.survived():
                    self._notice_departure(controlled)
            observation = self._observer.observe(now, connectors)
            self._decide(state, observation, {controlled.key: controlled for controlled in connectors})
        for controlled in self._controlled.values():
            if now - controlled.decided_at >= _PATIENCE:
                with self._mishaps.survived():
                    self._orders.fall_back(controlled, now)

    def _connectors(self) -> list[Controlled]:
        """Return those that are there, and forget the others."""
        connectors = [
            self.of(point, number) for point in self._charge_points() for number in sorted(point.connectors) if number
        ]
        there = {(controlled.point.identity, controlled.number) for controlled in connectors}
        for key in self._controlled.keys() - there:
            self._controlled.pop(key).unlisten()
        return connectors

    def _notice_departure(self, controlled: Controlled) -> None:
        """Remember nothing of a car that has gone; not while nobody knows, after a restart."""
        if controlled.connector.plugged_in is False:
            controlled.car_left()
            point, number = controlled.point, controlled.number
            self._departures.forget(point.identity, number)
            resumes = self.settings.resume_after_unplug
            goals = self._goals.of(point, number).car_left(dt_util.utcnow(), resumes=resumes)
            self._goals.put(point, number, goals)

    def _decide(self, state: SiteState, observation: SiteObservation, connectors: dict[str, Controlled]) -> None:
        self._state, decision = step(state, observation, self._config)
        self._show_house(decision, observation.now)
        for made, observed in zip(decision.connectors, observation.connectors, strict=True):
            controlled = connectors[made.key]
            with self._mishaps.survived():
                connector = controlled.connector
                controlled.solar.count(
                    connector.session_energy,
                    observation.connectors,
                    decision.surplus,
                    connector.transaction,
                    energy_age(controlled, observation.now),
                )
                self._show(controlled, made, observed, observation.now)
            with self._mishaps.survived():
                self._orders.follow(controlled, made, observation.now)
                controlled.decided_at = observation.now
        self._issues.update(self._state, observation, self.settings)

    # What is shown

    def _show_house(self, decision: SiteDecision, now: float) -> None:
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

    def _show(
        self, controlled: Controlled, decision: ConnectorDecision, observed: ConnectorObservation, now: float
    ) -> None:
        """Show what is done with a connector and why."""
        point, number = controlled.point, controlled.number
        goals, connector = self._goals.of(point, number), controlled.connector
        self._goals.put(point, number, replace(goals, held_back=decision.held_back))
        is_over = decision.reason is Reason.ENERGY_REACHED
        status = ControlStatus(
            reason=decision.reason,
            target_current=None if goals.mode is ChargingMode.MANUAL else decision.current,
            fuse_limited=decision.fuse_limited,
            failsafe=decision.failsafe,
            planned_start=None if is_over else self._departures.next_start(point, number),
            next_decision=self._next_decision(controlled, decision, observed, now),
            solar_energy=None if connector.session_energy is None else round(controlled.solar.solar, 2),
            solar_share=controlled.solar.share,
        )
        if status != controlled.status:
            controlled.status = status
            point.notify(number, "control")
        _announce(controlled, decision, goals)

    def _next_decision(
        self, controlled: Controlled, decision: ConnectorDecision, observed: ConnectorObservation, now: float
    ) -> datetime | None:
        """Return when the plan or the sun will change what is done, to ten seconds; looked at again when the reason changes, or in a while."""
        foreseen = controlled.foreseen
        if foreseen.reason is not decision.reason or now - foreseen.looked_at >= _FORESEEN_EVERY:
            at = next_decision(self._state, observed, decision, now)
            controlled.foreseen = foreseen = Foreseen(decision.reason, now, at)
        sun = None if foreseen.at is None or foreseen.at <= now else _by_ten_seconds(foreseen.at)
        is_over = decision.reason is Reason.ENERGY_REACHED
        plan = None if is_over else self._departures.next_change(controlled.point, controlled.number)
        return min((moment for moment in (sun, plan) if moment is not None), default=None)


def _announce(controlled: Controlled, decision: ConnectorDecision, goals: Goals) -> None:
    """Tell once that a mode begins to charge, or pauses, and what has become of the car."""
    before = controlled.granted
    controlled.granted = None if goals.mode is ChargingMode.MANUAL else decision.current > 0
    told = None if decision.report is None else _TOLD_OF_CAR[decision.report]
    if told is None and None not in {before, controlled.granted} and before is not controlled.granted:
        told = "started" if controlled.granted else "paused"
    if told is not None:
        data = {"mode": goals.mode.value, "reason": decision.reason.value, "current": decision.current}
        controlled.point.announce(Event("charging_decision", told, controlled.number, data))


def _by_ten_seconds(at: float) -> datetime:
    """Return the first full ten seconds from a time (s since 1970) on: nobody needs it any closer."""
    return datetime.fromtimestamp(-(-at // 10) * 10, UTC)


def _rounded(headroom: PhaseCurrents) -> PhaseCurrents:
    one, two, three = (round(amperes, 1) for amperes in headroom)
    return one, two, three
