"""What a charging station says of an EVSE in several places, put together as the one status that a connector of the model has.

Three speak: the plugs of an EVSE and the EVSE itself (StatusNotification, NotifyEvent), its transaction (TransactionEvent), and its parts,
whose faults become an error code. `EvseStatus` is pure; `Statuses` shows what comes of it. No message is read here.
Source: OCPP 2.0.1 part 2, G01 (status), N07 (events), part 2 appendix (components), ChargingStateEnumType.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import NO_CABLE, ConnectorStatus, ErrorCode

OCCUPIED = ConnectorStatus.PREPARING
"""What an EVSE is that somebody uses, as long as its transaction does not say more."""

AVAILABILITIES = {
    "available": ConnectorStatus.AVAILABLE,
    "occupied": OCCUPIED,
    "reserved": ConnectorStatus.RESERVED,
    "unavailable": ConnectorStatus.INOPERATIVE,
    "faulted": ConnectorStatus.FAULTED,
}
"""ConnectorStatusEnumType, and AvailabilityState of the device model."""

CHARGING_STATES = {
    "charging": ConnectorStatus.CHARGING,
    "evconnected": OCCUPIED,
    "idle": OCCUPIED,
    "suspendedev": ConnectorStatus.SUSPENDED_EV,
    "suspendedevse": ConnectorStatus.SUSPENDED_EVSE,
}
"""ChargingStateEnumType."""

IDLE = "idle"  # no car is connected: the transaction began before, or the car has gone

# Of several plugs one can be used at a time: what the first of these says that any has, the EVSE is.
_PRECEDENCE = (
    OCCUPIED,
    ConnectorStatus.RESERVED,
    ConnectorStatus.AVAILABLE,
    ConnectorStatus.FAULTED,
    ConnectorStatus.INOPERATIVE,
)
_OUT_OF_USE = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.INOPERATIVE})
_MOST_FAULTS = 20  # of one EVSE at a time

# What a fault of a component is in the words of 1.6.
_ERROR_CODES = {
    "connectorplugretentionlock": ErrorCode.CONNECTOR_LOCK_FAILURE,
    "evretentionlock": ErrorCode.CONNECTOR_LOCK_FAILURE,
    "overcurrentprotection": ErrorCode.OVER_CURRENT_FAILURE,
    "overcurrentprotectionrecloser": ErrorCode.OVER_CURRENT_FAILURE,
    "rcd": ErrorCode.GROUND_FAILURE,
    "rcdrecloser": ErrorCode.GROUND_FAILURE,
    "groundisolationprotection": ErrorCode.GROUND_FAILURE,
    "powercontactor": ErrorCode.POWER_SWITCH_FAILURE,
    "fiscalmetering": ErrorCode.POWER_METER_FAILURE,
    "controlmetering": ErrorCode.POWER_METER_FAILURE,
    "tokenreader": ErrorCode.READER_FAILURE,
    "cppwmcontroller": ErrorCode.EV_COMMUNICATION_ERROR,
    "connectedev": ErrorCode.EV_COMMUNICATION_ERROR,
    "iso15118ctrlr": ErrorCode.EV_COMMUNICATION_ERROR,
    "temperaturesensor": ErrorCode.HIGH_TEMPERATURE,
    "aircoolingsystem": ErrorCode.HIGH_TEMPERATURE,
    "liquidcoolingsystem": ErrorCode.HIGH_TEMPERATURE,
    "controller": ErrorCode.INTERNAL_ERROR,
}


def combined(plugs: Collection[ConnectorStatus]) -> ConnectorStatus:
    """Return what an EVSE is whose plugs (at least one) are this."""
    return next(status for status in _PRECEDENCE if status in plugs)


def whole_of(evses: Collection[ConnectorStatus]) -> ConnectorStatus:
    """Return what a station is whose EVSEs (at least one) are this: it can be used if one of them can."""
    if any(status not in _OUT_OF_USE for status in evses):
        return ConnectorStatus.AVAILABLE
    return ConnectorStatus.FAULTED if ConnectorStatus.FAULTED in evses else ConnectorStatus.INOPERATIVE


class Car(Enum):
    """What an event says of the car beside its charging state."""

    UNSAID = auto()
    CAME = auto()
    LEFT = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """A part that reports a problem: `name` as the station calls it, a remark, and the code that its vendor has for it."""

    code: ErrorCode
    name: str
    info: str | None = None
    vendor: str | None = None


def fault_of(component: str, variable: str, info: str | None, vendor: str | None) -> Fault:
    """Return the fault that a variable of a component reports."""
    return Fault(_ERROR_CODES.get(component.casefold(), ErrorCode.OTHER_ERROR), f"{component}.{variable}", info, vendor)


class EvseStatus:
    """What is known of one EVSE (0: the station). `status` is None while nothing was said, `cable` while it cannot be told."""

    __slots__ = (
        "_availability",
        "_faults",
        "_newest",
        "_said",
        "_state",
        "_state_at",
        "_state_is_newer",
        "_waits",
        "cable",
    )

    def __init__(self) -> None:
        """Know nothing."""
        self.cable: bool | None = None
        self._said: dict[int, tuple[ConnectorStatus, datetime | None]] = {}  # by plug; 0: the EVSE itself
        self._availability: ConnectorStatus | None = None  # what all of it comes to
        self._newest: datetime | None = None  # when that was said last
        self._state: ConnectorStatus | None = None  # what a transaction says, or has left
        self._state_at: datetime | None = None
        self._state_is_newer = False  # than what the plugs say
        self._waits = False  # a transaction runs without a car: it has not come yet, or has gone
        self._faults: dict[str, Fault] = {}

    @property
    def status(self) -> ConnectorStatus | None:
        """What the EVSE is. Of an occupied one its transaction knows more; only its plugs end a fault."""
        said, state = self._availability, self._state
        if said is None or state is None:
            return state if said is None else said
        if said is OCCUPIED or (self._state_is_newer and said is not ConnectorStatus.FAULTED):
            return state
        return state if said in NO_CABLE else said

    @property
    def fault(self) -> Fault | None:
        """The fault that says most; None without any."""
        known = (fault for fault in self._faults.values() if fault.code is not ErrorCode.OTHER_ERROR)
        return next(known, next(iter(self._faults.values()), None))

    def said(self, plug: int, status: ConnectorStatus, at: datetime | None) -> None:
        """A plug (0: the EVSE itself) is this. What is older than its last word is left out; the EVSE's own word holds until a plug's next."""
        known = self._said.get(plug)
        if known is not None and at is not None and known[1] is not None and at < known[1]:
            return
        self._said[plug] = status, at
        before = self._availability
        now = status if plug == 0 else combined([said for number, (said, _) in self._said.items() if number])
        self._availability = now
        self._newest = at or self._newest
        self._state_is_newer = False
        if now in NO_CABLE:
            if not self._waits:  # such a one goes on beside a free plug; any other has nothing more to say
                self._state = self._state_at = None
            self.cable = False
        elif now is OCCUPIED and before is not OCCUPIED:
            self.cable, self._waits = True, False

    def charges(self, state: str, at: datetime | None, car: Car = Car.UNSAID) -> bool:
        """A transaction is in a charging state (a key of `CHARGING_STATES`), unless something newer is known; return whether that is news.

        Queued events are older than the status of the same reconnect, which only knows "occupied": they may say more.
        """
        if at is not None:
            if self._state_at is not None and at < self._state_at:
                return False
            if self._newest is not None and at < self._newest and self._availability in NO_CABLE:
                return False
        status = CHARGING_STATES[state]
        if self._state is status and self._state_is_newer and self.cable and state != IDLE:
            self._state_at = at  # as it nearly always is
            return False
        self._state, self._state_at, self._state_is_newer = status, at, True
        if state != IDLE or car is Car.CAME:
            self.cable, self._waits = True, False
        elif car is Car.LEFT or self._availability is not OCCUPIED:
            self.cable, self._waits = False, True
        return True

    def begins(self, at: datetime | None, car: Car) -> None:
        """A transaction begins and tells no charging state: what the one before it has left does not stay."""
        cable, waits = self.cable, self._waits
        self.charges(IDLE, at, car)
        if car is Car.UNSAID:
            self.cable, self._waits = cable, waits

    def ended(self, at: datetime | None, car: Car) -> None:
        """The transaction has ended: the cable is still in, unless the EVSE was said to be free."""
        if car is Car.LEFT:
            self.cable = False
        if self._availability is None and self.cable is False:
            self._availability = ConnectorStatus.AVAILABLE
        self._state = None if self._availability in NO_CABLE else ConnectorStatus.FINISHING
        self._state_at, self._state_is_newer, self._waits = at, False, False

    def interrupted(self, at: datetime | None, car: Car) -> None:
        """The station itself has cut its transaction off, nobody wanted it: a car that is still there is ready for the next one."""
        self.ended(at, car)
        if self._state is ConnectorStatus.FINISHING:
            self._state = OCCUPIED

    def failed(self, part: str, fault: Fault) -> None:
        """A part reports a problem."""
        if part in self._faults or len(self._faults) < _MOST_FAULTS:
            self._faults[part] = fault

    def recovered(self, part: str) -> None:
        """A part has none any more."""
        self._faults.pop(part, None)


class Statuses:
    """The EVSEs of one connection, shown in the model."""

    def __init__(self, charge_point: ChargePoint) -> None:
        """Know nothing: what was said before the connection is not taken for current."""
        self._charge_point = charge_point
        self._evses: dict[int, EvseStatus] = {}

    @property
    def named(self) -> list[int]:
        """The EVSEs that anything was told of by their numbers."""
        return [number for number in self._evses if number]

    def of(self, evse: int) -> EvseStatus:
        """Return what is known of an EVSE (0: the station)."""
        known = self._evses.get(evse)
        if known is None:
            known = self._evses[evse] = EvseStatus()
        return known

    def said(self, evse: int, plug: int, status: ConnectorStatus, at: datetime | None) -> None:
        """Take what a plug (0: the EVSE itself) is. The station as a whole is in service or not: it has no cable."""
        if evse == 0 and status in {OCCUPIED, ConnectorStatus.RESERVED}:
            status = ConnectorStatus.AVAILABLE
        self.of(evse).said(plug, status, at)
        self.show(evse, at)

    def show(self, evse: int, at: datetime | None) -> None:
        """Show what has come of an EVSE, if it is something else than what is shown. `at` is when that was told."""
        point, known = self._charge_point, self.of(evse)
        connector, status, fault = point.connector(evse), known.status, known.fault
        code = fault.code if fault is not None else ErrorCode.NO_ERROR
        if fault is None and status is ConnectorStatus.FAULTED:
            code = ErrorCode.OTHER_ERROR
        error = fault.name if fault is not None else None
        cable = known.cable if evse else None
        if (connector.status, connector.error_code, connector.error, connector.cable) == (status, code, error, cable):
            return
        if status is None:
            if connector.error_code is not None or fault is not None:
                point.error_reported(evse, code, error)
            return
        if at is not None and connector.status_at is not None:
            at = max(at, connector.status_at)  # what is older was left out already, place by place
        info, vendor = (fault.info, fault.vendor) if fault is not None else (None, None)
        point.status_reported(evse, status, code, at=at, error=error, info=info, vendor_error=vendor, cable=cable)
        if evse:
            self._show_station(at)

    def _show_station(self, at: datetime | None) -> None:
        """Show what the station as a whole is, by its EVSEs: few say it themselves since 2.0.1 (G01 knows plugs alone)."""
        station = self._evses.get(0)
        if station is not None and station.status is not None:
            return
        whole = whole_of({known.status for known in self._evses.values() if known.status is not None})
        if self._charge_point.connectors[0].status is not whole:
            self._charge_point.status_reported(0, whole, ErrorCode.NO_ERROR, at=at)
