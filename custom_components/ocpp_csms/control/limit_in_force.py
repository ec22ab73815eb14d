"""The limit that is in force on a connector, whoever wrote it, and what the car was seen to make of it."""

from collections import deque
from dataclasses import dataclass, field
import math

from custom_components.ocpp_csms.charging.profiles import cut
from custom_components.ocpp_csms.charging.wiring import STANDBY_CURRENT
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointSettings
from custom_components.ocpp_csms.csms.limiting.limit_evidence import measured_current, phases_in_use
from custom_components.ocpp_csms.csms.model import Connector

_DAY = 86400.0  # s
_SWITCHES_A_DAY = 12  # of phases; contactors wear out
_APPETITE = 2.0  # A more than a car takes, by which it is offered more all the same
FOLLOWED = 60.0  # s after a write until a car shows how many phases it uses, also after a change of them


@dataclass(slots=True)
class LimitInForce:
    """What is in force on a connector. Currents in A per phase, times in s since 1970."""

    limit: float | None = None  # at the last step; None: there was none
    previous_limit: float = 0.0
    phases: int | None = None
    written_at: float = -math.inf
    began: bool = False  # the last write ended a pause or changed phases
    begun_at: float = -math.inf  # the last of those
    switches: deque[float] = field(default_factory=deque)  # changes of phases within a day
    car_phases: int | None = None  # that the car was seen to use
    car_current: float | None = None  # the most that the car takes of more that it is offered

    def note(
        self,
        connector: Connector,
        settings: ChargePointSettings,
        phases: int,
        now: float,
        *,
        measured_at: float | None,
        shows_limit: bool = True,
    ) -> None:
        """Notice what is in force now, and what the car makes of it by a meter value; `shows_limit`: of this limit."""
        maximum = settings.maximum_current
        limit = 0.0 if connector.paused else maximum if connector.limit is None else connector.limit
        if self.limit is not None and (limit != self.limit or phases != self.phases):
            self.previous_limit = self.limit
            self.began = self.limit == 0 or phases != self.phases
            self.begun_at = now if self.began else self.begun_at
            if phases != self.phases:
                self.switches.append(now)
            self.written_at = now
        self.limit, self.phases = limit, phases
        if measured_at is None:
            return
        followed = shows_limit and measured_at - self.written_at > FOLLOWED
        self._note_appetite(measured_current(connector, settings), followed)
        used = phases_in_use(connector)
        # How many they are does not depend on how much they carry.
        if used and phases == settings.phases and measured_at - self.begun_at > FOLLOWED:
            self.car_phases = used

    def _note_appetite(self, measured: float | None, followed: bool) -> None:
        """Notice a car that takes much less than it is offered: more of it is of no use. It may want more later."""
        if measured is None or self.limit is None or measured < STANDBY_CURRENT:
            return
        if self.car_current is not None and measured > self.car_current + STANDBY_CURRENT:
            self.car_current = None
        elif followed and self.limit - measured > _APPETITE:
            self.car_current = measured

    def car_left(self) -> None:
        """The next car may be another."""
        self.car_phases = self.car_current = None

    def useful(self, maximum: float) -> float:
        """Return the most A that it makes sense to offer: a little more than the car was seen to take."""
        return maximum if self.car_current is None else min(maximum, cut(self.car_current + _APPETITE))

    def has_switched_enough(self, now: float) -> bool:
        """Whether the phases have been changed as often as is good for contactors in a day; the last change is one to a single phase."""
        while self.switches and now - self.switches[0] > _DAY:
            self.switches.popleft()
        return len(self.switches) >= _SWITCHES_A_DAY - (self.phases == 1)
