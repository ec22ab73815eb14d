"""Carries out what was decided: writes limits and starts transactions, one order at a time for each connector. Decides on nothing.

What has become of an order is part of the next observation; a step follows each.
"""

from collections.abc import Callable, Coroutine
import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorDecision
from custom_components.ocpp_csms.charging.profiles import cut
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import REFUSALS, CommandError, NotConnectedError

from .controlled import Controlled
from .goals import GoalBook
from .mishaps import Mishaps

_LOGGER = logging.getLogger(__name__)


class Orders:
    """The orders to the connectors of a site."""

    def __init__(
        self,
        hass: HomeAssistant,
        goals: GoalBook,
        mishaps: Mishaps,
        *,
        may_start: Callable[[ChargePoint], bool],
        done: Callable[[], None],
    ) -> None:
        """`may_start` says whether transactions of a charge point may be started unasked; `done` is called when an order was carried out."""
        self._hass = hass
        self._goals = goals
        self._mishaps = mishaps
        self._may_start = may_start
        self._over = done

    @callback
    def follow(self, controlled: Controlled, decision: ConnectorDecision, now: float) -> None:
        """Carry out a decision, as far as it makes sense now (s since 1970)."""
        if controlled.busy:
            return
        connector, goals = controlled.connector, self._goals.of(controlled.point, controlled.number)
        wanted = (
            goals.mode is not ChargingMode.MANUAL
            and self._may_start(controlled.point)
            and controlled.point.connected
            and decision.current > 0
        )
        if decision.write and controlled.gate.lets_pass(connector, controlled.in_force, decision, now):
            controlled.gate.attempted_at = now
            self._give(controlled, self._write(controlled, decision))
        elif controlled.starts.is_due(connector, wanted=wanted, now=now):
            controlled.starts.made(now)
            self._give(controlled, self._start(controlled))

    @callback
    def release(self, controlled: Controlled, amperes: float) -> None:
        """Give a connector back to the user with a limit in A; one that cannot be told now is told with the next connection."""
        self._hass.async_create_background_task(_set_free(controlled, amperes), f"{DOMAIN} {controlled.key}")

    @callback
    def fall_back(self, controlled: Controlled, now: float) -> None:
        """Lower a connector to what it has when Home Assistant is gone, if a mode has left it more."""
        settings, connector = controlled.point.settings, controlled.connector
        in_force = settings.maximum_current if connector.limit is None else connector.limit
        fallback = settings.fallback_current
        by_hand = self._goals.of(controlled.point, controlled.number).mode is ChargingMode.MANUAL
        if by_hand or fallback is None or in_force <= fallback or controlled.busy:
            return
        phases = connector.phases or settings.phases
        decision = ConnectorDecision(key=controlled.key, current=fallback, phases=phases, reason=Reason.SENSOR_STALE)
        if controlled.gate.lets_pass(connector, controlled.in_force, decision, now):
            controlled.gate.attempted_at = now
            self._give(controlled, self._write(controlled, decision))

    def _give(self, controlled: Controlled, order: Coroutine[None, None, None]) -> None:
        controlled.order = self._hass.async_create_background_task(order, f"{DOMAIN} {controlled.key}")

    async def _write(self, controlled: Controlled, decision: ConnectorDecision) -> None:
        point, number, gate = controlled.point, controlled.number, controlled.gate
        phases = None
        if point.limits.can_switch_phases and decision.current > 0:
            # A car that uses two of three is told three: chargers switch between one and all.
            phases = 1 if decision.phases == 1 else point.settings.phases
        with self._mishaps.survived():
            try:
                await point.set_limit(number, min(cut(decision.current), point.settings.maximum_current), phases=phases)
                if controlled.connector.paused and self._goals.of(point, number).mode is not ChargingMode.MANUAL:
                    await point.resume(number)
                gate.accepted()
            except NotConnectedError:
                pass
            except CommandError as error:
                if isinstance(error, REFUSALS):
                    gate.refused(_now())
                else:
                    gate.failed(_now())
                _LOGGER.info("The limit of %s connector %s was not taken: %s", point.identity, number, error)
            except Exception:
                gate.failed(_now())
                raise
            finally:
                self._done(controlled)

    async def _start(self, controlled: Controlled) -> None:
        point, number = controlled.point, controlled.number
        with self._mishaps.survived():
            try:
                await point.start(number)
            except CommandError as error:
                _LOGGER.info("%s did not start a transaction on connector %s: %s", point.identity, number, error)
            finally:
                self._done(controlled)

    @callback
    def _done(self, controlled: Controlled) -> None:
        """What was under way is over, perhaps before anybody knew that it had begun."""
        controlled.order = None
        self._over()


async def _set_free(controlled: Controlled, amperes: float) -> None:
    point, number = controlled.point, controlled.number
    try:
        await point.set_limit(number, amperes)
    except CommandError as error:
        _LOGGER.info("%s connector %s is not back at %g A yet: %s", point.identity, number, amperes, error)
        point.remember_limit(number, amperes)


def _now() -> float:
    return dt_util.utcnow().timestamp()
