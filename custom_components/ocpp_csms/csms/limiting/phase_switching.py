"""Whether a charge point charges with one or three phases at will, and the care that a change takes: contactors are not made to switch current.

Which limit goes with it, and how it is written, is the business of `limits`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

from custom_components.ocpp_csms.charging.reapplication import Applied
from custom_components.ocpp_csms.charging.wiring import MINIMUM_CURRENT, STANDBY_CURRENT
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.model import Connector

from .limit_evidence import measured_current, phases_in_use


class PhaseSwitching:
    """The phases of one charge point's connectors."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        followed: bool | None,
        learned: Callable[[], None],
        give_up: Callable[[int], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`followed`: whether a single phase was seen to be used when it was told; None: nothing was seen, `learned` is called when it was.

        `give_up` is told a connector to which a number of phases means nothing; `spawn` runs work in the background.
        """
        self.followed = followed
        self._point = point
        self._environment = environment
        self._learned = learned
        self._give_up = give_up
        self._spawn = spawn
        self._still: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)  # no current flows
        self._unlisten: Callable[[], None] | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the charge point says, or is known, to charge with one or three phases at will, and nothing measured speaks against it."""
        known = self._point.quirks.phase_switching
        said = self._point.features.phase_switching if known is None else known
        return said and self.followed is not False and self._point.settings.phases == 3

    def forget(self) -> None:
        """What was measured tells nothing any more."""
        self.followed = None

    # A change

    def needs_a_pause(self, number: int, applied: Applied | None, phases: int | None) -> bool:
        """Whether so many phases are others than those that carry current now."""
        connector = self._point.connectors[number]
        told = applied.limit.phases if applied else None
        current = measured_current(connector, self._point.settings)
        same = phases == (told or phases_in_use(connector))
        return not (phases is None or same or current is None or current < STANDBY_CURRENT)

    def begin_pause(self, number: int) -> None:
        """The current is about to be stopped."""
        self._still[number].clear()

    async def until_still(self, number: int) -> None:
        """Return when no current has flowed for so long that contactors may switch. Raises `InvalidRequestError("phases_busy")` if it does not stop."""
        timing = self._environment.timing
        try:
            async with asyncio.timeout(timing.phase_switch):
                await self._still[number].wait()
        except TimeoutError:
            raise InvalidRequestError("phases_busy") from None
        await asyncio.sleep(timing.contactors)

    def stopped(self, number: int) -> None:
        """No current flows any more."""
        self._still[number].set()

    # Whether it is followed

    def sampled(self, connector: Connector, applied: Applied) -> None:
        """Meter values have come: notice the end of the current, and learn whether the charge point really switches phases."""
        current = measured_current(connector, self._point.settings)
        if current is not None and current < STANDBY_CURRENT:
            self.stopped(connector.number)
        used = phases_in_use(connector)
        settled = self._environment.clock().timestamp() - applied.at >= self._environment.timing.phase_switch
        if applied.limit.phases != 1 or not used or not settled or applied.limit.current < MINIMUM_CURRENT:
            return
        if self.followed is not (used == 1):
            self.followed = used == 1
            self._learned()
        if used != 1:
            self._give_up(connector.number)

    # Whether it is possible still

    def watch(self) -> None:
        """From now on, until the connection ends, notice when the charge point does not switch phases any more."""
        if self._unlisten is None:
            self._unlisten = self._point.listen(0, ("configuration", "settings"), self._doubt_all)

    def doubt(self, number: int) -> None:
        """The charge point may not switch phases any more. It tells its configuration in parts: what counts is what is so after a while."""
        if self._point.connected and self._point.connectors[number].phases is not None and not self.is_possible:
            self._spawn(self._judge(number))

    def disconnected(self) -> None:
        """The connection has gone: nothing is noticed until the next one."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def forget_connector(self, number: int) -> None:
        """A connector does not exist."""
        self._still.pop(number, None)

    def _doubt_all(self) -> None:
        for number in list(self._point.connectors):
            self.doubt(number)

    async def _judge(self, number: int) -> None:
        await asyncio.sleep(self._environment.timing.phase_switch)
        if number in self._point.connectors and not self.is_possible:
            self._give_up(number)
