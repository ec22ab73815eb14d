"""When to charge by price and deadline: keeps prices and the forecast of the sun, and a plan for each connector that has a use for one.

What a plan is, `charging.planning` decides; here are the clock, the price entity and the car's needs.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_interval
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.planning import (
    Demand,
    Plan,
    PriceSlot,
    Slot,
    energy_needed,
    is_due,
    must_start_now,
    plan_cheapest,
    plan_in_one_go,
    running_slot,
)
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.limiting.limit_evidence import wiring_of
from custom_components.ocpp_csms.csms.model import Quantity

from .goals import Goals
from .prices import async_price_slots, current_price
from .solar_forecast import SolarSlot, async_solar_forecast

REFRESH_INTERVAL = timedelta(minutes=15)
_SOONEST = timedelta(seconds=60)  # from one refresh to the next
_PLAN_AGE = timedelta(seconds=60)
_CAR_SHARE = 0.6  # of the sun that is expected: the house takes the rest, and forecasts promise too much
_LEAST_POWER = 0.1  # kW


@dataclass(slots=True, kw_only=True)
class _KeptPlan:
    """A plan, what it was made for, and when. `started`: the deadline left no time to wait, and has been heeded since."""

    plan: Plan
    deadline: datetime
    goals: Goals
    phases: int
    at: datetime
    outdated: bool = False
    started: bool = False

    def holds(self, phases: int, now: datetime) -> bool:
        """Whether there is no need for a new one. When a slot is over there is: the car may have taken less than was planned."""
        is_over = is_due(self.plan, self.at) and not is_due(self.plan, now)
        is_fresh = timedelta(0) <= now - self.at < _PLAN_AGE
        return is_fresh and not is_over and not self.outdated and phases == self.phases

    def is_overdue(self, now: datetime) -> bool:
        """Whether the deadline has passed while it was still charging."""
        return self.deadline <= now and bool(self.plan.slots) and self.plan.slots[-1][1] >= self.deadline

    def running(self, now: datetime) -> Slot | None:
        """Return the slot in which it charges, or has charged until now."""
        return running_slot(self.plan, now) or running_slot(self.plan, self.at)

    def charges(self, now: datetime) -> bool:
        """Whether it says to charge now."""
        return self.started or is_due(self.plan, now)


class Departures:
    """The plans of all connectors."""

    def __init__(self, hass: HomeAssistant, price: str | None) -> None:
        """`price` is the entity of the price, if there is one."""
        self._hass = hass
        self._price = price
        self._slots: tuple[PriceSlot, ...] = ()
        self._sun: tuple[SolarSlot, ...] = ()
        self._plans: dict[tuple[str, int], _KeptPlan] = {}
        self._undo: list[CALLBACK_TYPE] = []
        self._task: asyncio.Task[None] | None = None
        self._refreshed_at: datetime | None = None

    @callback
    def start(self) -> None:
        """Begin to follow prices and forecast."""
        self._undo = [async_track_time_interval(self._hass, self._refresh_soon, REFRESH_INTERVAL)]
        if self._price is not None:
            self._undo.append(async_track_state_change_event(self._hass, self._price, self._price_changed))
        self._refresh_soon(dt_util.utcnow())

    @callback
    def stop(self) -> None:
        """Follow them no more."""
        for undo in self._undo:
            undo()
        self._undo.clear()
        if self._task is not None:
            self._task.cancel()

    def is_due(self, charge_point: ChargePoint, number: int, goals: Goals, phases: int) -> bool:
        """Whether price or plan say that the connector shall charge now, whatever the sun does. `phases`: of the car, as far as known."""
        if goals.mode is not ChargingMode.SCHEDULED and not goals.mode.follows_sun:
            self.forget(charge_point.identity, number)
            return False
        if goals.mode.follows_sun and goals.deadline is None:
            self.forget(charge_point.identity, number)
            return self._is_cheap(goals)
        now = dt_util.utcnow()
        kept = self._keep(charge_point, number, goals, phases, now)
        return kept.charges(now) or self._is_cheap(goals)

    def next_start(self, charge_point: ChargePoint, number: int) -> datetime | None:
        """Return when the plan of a connector begins to charge; None without a plan, and while it charges."""
        kept = self._plans.get((charge_point.identity, number))
        now = dt_util.utcnow()
        if kept is None or kept.charges(now):
            return None
        return next((start for start, _ in kept.plan.slots if start > now), None)

    def next_change(self, charge_point: ChargePoint, number: int) -> datetime | None:
        """Return when the plan of a connector begins or ceases to charge; None without a plan, and where it charges to the end."""
        kept = self._plans.get((charge_point.identity, number))
        if kept is None or kept.started:
            return None
        moments = (moment for slot in kept.plan.slots for moment in slot)
        return next((moment for moment in moments if moment > dt_util.utcnow()), None)

    def forget(self, identity: str, number: int) -> None:
        """Drop the plan of a connector that has no use for one."""
        self._plans.pop((identity, number), None)

    def _is_cheap(self, goals: Goals) -> bool:
        if goals.price_limit is None or self._price is None:
            return False
        price = current_price(self._hass, self._price)
        return price is not None and price <= goals.price_limit

    def _keep(self, charge_point: ChargePoint, number: int, goals: Goals, phases: int, now: datetime) -> _KeptPlan:
        """Return the plan of a connector: the one that is kept, or a new one that keeps the slot in which it charges."""
        key = charge_point.identity, number
        kept = self._plans.get(key)
        if kept is not None and kept.goals != goals:
            kept = None
        if kept is not None and kept.holds(phases, now):
            return kept
        demand = _demand(charge_point, number, goals, phases, now)
        if kept is not None:
            # A car that is not ready when it should be goes on; the next departure is that of another day.
            deadline = kept.deadline if kept.is_overdue(now) else demand.deadline
            demand = replace(demand, running=kept.running(now), deadline=deadline)
        self._plans[key] = fresh = _KeptPlan(
            plan=self._planned(demand, goals),
            deadline=demand.deadline,
            goals=goals,
            phases=phases,
            at=now,
            started=goals.mode.follows_sun and _has_started(demand, kept),
        )
        return fresh

    def _planned(self, demand: Demand, goals: Goals) -> Plan:
        """Return a plan, as the user wants it.

        That of a mode that follows the sun is for what the sun is not expected to bring. Where nobody knows what to expect, the sun
        has until the latest start.
        """
        if goals.mode.follows_sun:
            expected = [(slot.start, slot.end, slot.energy * _CAR_SHARE) for slot in self._sun]
            return plan_cheapest(replace(demand, solar_forecast=expected), self._slots if expected else ())
        if goals.in_one_go:
            return plan_in_one_go(demand, self._slots)
        return plan_cheapest(demand, self._slots)

    @callback
    def _price_changed(self, _event: Event[EventStateChangedData]) -> None:
        now = dt_util.utcnow()
        if self._refreshed_at is None or now - self._refreshed_at >= _SOONEST:
            self._refresh_soon(now)

    @callback
    def _refresh_soon(self, now: datetime) -> None:
        if self._task is None or self._task.done():
            self._refreshed_at = now
            self._task = self._hass.async_create_background_task(self._refresh(), f"{DOMAIN} prices and forecast")

    async def _refresh(self) -> None:
        """Ask for prices and forecast. Prices that are known stay known: a list that is gone does not make them untrue."""
        if self._price is not None:
            self._slots = await async_price_slots(self._hass, self._price) or self._slots
        self._sun = await async_solar_forecast(self._hass)
        for kept in self._plans.values():
            kept.outdated = True


def _has_started(demand: Demand, kept: _KeptPlan | None) -> bool:
    """Whether there is no time to wait for the sun, or was none: what is gained on the plan since is no reason to stop."""
    without_sun = plan_cheapest(demand, ())
    return without_sun.energy > 0 and (must_start_now(without_sun, demand.now) or (kept is not None and kept.started))


def _demand(charge_point: ChargePoint, number: int, goals: Goals, phases: int, now: datetime) -> Demand:
    most = goals.highest(charge_point.settings.maximum_current)
    wiring = wiring_of(charge_point.connectors[number], charge_point.settings)
    return Demand(
        now=now,
        deadline=_deadline(goals, now),
        energy=_energy(charge_point, number, goals),
        power=max(wiring.watts(most, phases) / 1000, _LEAST_POWER),
    )


def _deadline(goals: Goals, now: datetime) -> datetime:
    """Return the deadline: the one that was set, else the next time of departure."""
    if goals.deadline is not None:
        return goals.deadline
    local = dt_util.as_local(now)
    today = local.replace(
        hour=goals.departure.hour, minute=goals.departure.minute, second=goals.departure.second, microsecond=0
    )
    return today if today > local else (today + timedelta(days=1))


def _energy(charge_point: ChargePoint, number: int, goals: Goals) -> float:
    """Return the kWh that the car still needs."""
    connector = charge_point.connectors[number]
    soc = connector.readings.get(Quantity.SOC)
    if soc is not None and goals.battery_capacity > 0:
        return energy_needed(soc, goals.target_soc, goals.battery_capacity)
    return max(goals.departure_energy - (connector.session_energy or 0.0), 0.0)
