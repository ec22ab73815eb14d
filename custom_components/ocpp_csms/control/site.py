"""Charging control as entities, actions and the entry know it: whether a house is set up or not, and what is done by hand in between."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.profiles import cut
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CommandError, LimitPostponedError

from .goals import GoalBook
from .loop import ControlLoop
from .settings import SiteSettings, site_settings, site_subentry


class SiteControl:
    """Charging control of one entry: the goals of its connectors, and the loop that follows them while a house is set up."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        charge_points: Callable[[], list[ChargePoint]],
        *,
        stored: Mapping[str, Any],
        changed: Callable[[], None],
    ) -> None:
        """`charge_points` returns the confirmed ones, `stored` is what `snapshot` returned, `changed` is called when there is something to save."""
        self.goals = GoalBook(stored.get("goals", {}), changed)
        self.loop: ControlLoop | None = None
        self._hass = hass
        self._entry = entry
        self._charge_points = charge_points
        remembered = stored.get("site")
        self._memory: Mapping[str, Any] = remembered if isinstance(remembered, Mapping) else {}
        self._callbacks: list[CALLBACK_TYPE] = []

    @callback
    def listen(self, callback_: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when the loop begins, changes or ends. Returns what ends it."""
        self._callbacks.append(callback_)
        return lambda: self._callbacks.remove(callback_)

    @callback
    def apply(self) -> None:
        """Begin, change or end the loop with the subentry of the site."""
        subentry = site_subentry(self._entry)
        settings: SiteSettings | None = None if subentry is None else site_settings(subentry)
        if settings == (None if self.loop is None else self.loop.settings):
            return
        if self.loop is not None:
            self._remember(self.loop)
            self.loop.stop()
            if settings is None:
                self._release(self.loop)
        self.loop = None
        if settings is not None:
            self.loop = ControlLoop(
                self._hass,
                self._entry,
                settings,
                self.goals,
                self._charge_points,
                slopes=self._slopes_of(settings),
            )
            self.loop.start()
        for callback_ in list(self._callbacks):
            callback_()

    @callback
    def stop(self) -> None:
        """Control no more until the entry is loaded again."""
        if self.loop is not None:
            self.loop.stop()

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        if self.loop is not None:
            self._remember(self.loop)
        return {"goals": self.goals.snapshot(), "site": dict(self._memory)}

    # By hand

    @callback
    def set_mode(self, charge_point: ChargePoint, number: int, mode: ChargingMode) -> None:
        """Let another mode decide on the current of a connector; does nothing without a house."""
        if self.loop is not None:
            goals = self.goals.of(charge_point, number).in_mode(mode, charge_point.settings.maximum_current)
            self.goals.put(charge_point, number, goals)
            self.loop.mode_chosen(charge_point, number)

    async def set_limit(self, charge_point: ChargePoint, number: int, amperes: float) -> None:
        """Limit the current of a connector, in A per phase, because the user or an automation says so: a mode yields to it.

        Raises the exceptions of `csms.errors`; a limit that is only postponed stays wanted.
        """
        postponed: LimitPostponedError | None = None
        with self.by_hand(charge_point, number, amperes):
            try:
                await charge_point.request_limit(number, amperes)
            except LimitPostponedError as error:
                postponed = error
        # What is lowered for the fuse is raised again to this.
        self.goals.update(charge_point, number, manual_limit=amperes)
        if self.loop is not None:
            self.loop.step_soon()
        if postponed is not None:
            raise postponed

    @contextmanager
    def by_hand(self, charge_point: ChargePoint, number: int, limit: float | None = None) -> Iterator[None]:
        """The user or an automation commands by hand inside: a mode yields, unless the command fails. `limit`: what is set, in A."""
        before = self.goals.of(charge_point, number)
        self.take_over(charge_point, number, limit)
        taken = self.goals.of(charge_point, number)
        try:
            yield
        except CommandError:
            self.goals.take_back(charge_point, number, taken=taken, before=before)
            raise

    @callback
    def take_over(self, charge_point: ChargePoint, number: int, limit: float | None = None) -> None:
        """The user has taken over by hand: the mode comes back when the car is unplugged, if the user wants it to.

        `limit` is what is about to be set, in A; without one, what is in force goes on, and a car that was held at 0 A is free.
        """
        goals = self.goals.of(charge_point, number)
        if self.loop is None or goals.mode is ChargingMode.MANUAL:
            return
        if limit is None:
            free = goals.manual_limit or charge_point.settings.maximum_current
            limit = charge_point.connectors[number].limit or free
        taken = goals.taken_over(limit, resumes=self.loop.settings.resume_after_unplug)
        self.goals.put(charge_point, number, taken)
        self.loop.hands_off(charge_point, number)

    def holds(self, charge_point: ChargePoint, number: int) -> bool:
        """Whether a mode keeps a connector from charging now."""
        decides = self.loop is not None and self.goals.of(charge_point, number).mode is not ChargingMode.MANUAL
        return decides and charge_point.connectors[number].limit == 0

    # Within

    def _release(self, loop: ControlLoop) -> None:
        """The house is gone: every connector is in the user's hands again, with the limit it had there."""
        for point in self._charge_points():
            for number in sorted(filter(None, point.connectors)):
                goals, most = self.goals.of(point, number), point.settings.maximum_current
                by_hand = goals.held_back if goals.manual_limit is None else goals.manual_limit
                ours = goals.mode is not ChargingMode.MANUAL or by_hand is not None
                self.goals.put(point, number, goals.released())
                loop.release(point, number, ours=ours, amperes=cut(most if by_hand is None else min(by_hand, most)))

    def _slopes_of(self, settings: SiteSettings) -> list[float]:
        """Return what is remembered of the test of the grid sensor that these settings name."""
        kept = self._memory.get("slopes")
        if self._memory.get("grid") != repr(settings.grid) or not isinstance(kept, list):
            return []
        return [float(slope) for slope in kept if isinstance(slope, int | float)]

    def _remember(self, loop: ControlLoop) -> None:
        """Keep what the test of the grid sensor has found; it says nothing of another sensor."""
        self._memory = {"grid": repr(loop.settings.grid), "slopes": list(loop.health.sign.slopes)}
