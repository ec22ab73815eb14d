"""A connector under control: what is remembered of it from one step to the next, and what is shown of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
import math

from custom_components.ocpp_csms.charging.modes import Reason
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Connector

from .limit_in_force import LimitInForce
from .solar_energy import SolarEnergy
from .start_attempts import StartAttempts
from .write_gate import WriteGate


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStatus:
    """What control does with a connector, and why."""

    reason: Reason = Reason.MANUAL
    target_current: float | None = None  # A
    fuse_limited: bool = False
    failsafe: bool = False
    planned_start: datetime | None = None
    next_decision: datetime | None = None
    solar_energy: float | None = None  # kWh of the session
    solar_share: float | None = None  # % of the session


@dataclass(frozen=True, slots=True)
class Foreseen:
    """When the decision is expected to change, in s since 1970 (None: nothing is expected), and when and for what reason that was said."""

    reason: Reason | None = None
    looked_at: float = -math.inf
    at: float | None = None


@dataclass(slots=True)
class Controlled:
    """A connector of a charge point, and what is remembered of it."""

    point: ChargePoint
    number: int
    decided_at: float  # s since 1970, at first when it was first seen
    unlisten: Callable[[], None]  # ends that control listens to it
    in_force: LimitInForce = field(default_factory=LimitInForce)
    gate: WriteGate = field(default_factory=WriteGate)
    starts: StartAttempts = field(default_factory=StartAttempts)
    solar: SolarEnergy = field(default_factory=SolarEnergy)
    status: ControlStatus = field(default_factory=ControlStatus)
    foreseen: Foreseen = Foreseen()
    granted: bool | None = None  # whether a mode let it charge at the last step; None: no mode decided
    order: asyncio.Task[None] | None = None  # that is being carried out

    @property
    def key(self) -> str:
        """Its name among those of the site."""
        return f"{self.point.identity}/{self.number}"

    @property
    def connector(self) -> Connector:
        """The connector as the charge point tells of it."""
        return self.point.connectors[self.number]

    @property
    def busy(self) -> bool:
        """Whether an order is under way. One that is answered at once is over before it is kept here."""
        return self.order is not None and not self.order.done()

    def car_left(self) -> None:
        """Remember nothing of the car that has gone."""
        self.in_force.car_left()
        self.starts.car_left()
