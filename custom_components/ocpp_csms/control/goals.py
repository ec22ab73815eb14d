"""What the user wants of each connector beyond a fixed limit: its mode and what the modes go by. Kept with the entry's other data.

Entities and actions change goals; `loop` reads them. No goal is ever changed by a charger.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, time
from enum import StrEnum
import math
from typing import Any

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.csms.charge_point import ChargePoint

SHARE_SWITCHING = 60.0  # %, where the number of phases follows the sun; see docs/solar-benchmark.md
SHARE_FIXED = 75.0  # %


class PhaseChoice(StrEnum):
    """With how many phases the user wants to charge."""

    AUTO = "auto"
    ONE = "1"
    THREE = "3"


class CarPhases(StrEnum):
    """How many phases the car can use, as the user says."""

    AUTO = "auto"  # as many as it is seen to use
    ONE = "1"
    TWO = "2"
    THREE = "3"

    @property
    def number(self) -> int | None:
        """The number; None where the user does not say."""
        return None if self is CarPhases.AUTO else int(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What the user wants of one connector. Currents in A per phase, energies in kWh, shares in %."""

    mode: ChargingMode = ChargingMode.MANUAL
    suspended: ChargingMode | None = None  # the mode to go back to when the car is unplugged
    manual_limit: float | None = None  # what was last set by hand
    set_aside: float | None = None  # what that was before a mode yielded
    held_back: float | None = None  # what held in manual mode before fuse or grid operator allowed less
    minimum_current: float = 6.0
    maximum_current: float | None = None  # None: what the charge point may give
    solar_share: float | None = None  # None: the default, see `share`
    grid_allowance: float = 0.0  # W
    priority: int = 5
    energy_limit: float = 0.0  # a session; 0: none
    departure: time = time(7)  # local, each day
    deadline: datetime | None = None  # once, instead of the departure
    departure_energy: float = 20.0
    in_one_go: bool = False  # by the departure: without a break, instead of in the cheapest slots
    target_soc: float = 80.0
    battery_capacity: float = 0.0  # of the car; 0: unknown, then `departure_energy` counts
    price_limit: float | None = None  # at or below it, charging does not wait
    phases: PhaseChoice = PhaseChoice.AUTO
    car_phases: CarPhases = CarPhases.AUTO

    def share(self, *, switches: bool) -> float:
        """Return the least share of sun in %."""
        if self.solar_share is not None:
            return self.solar_share
        return SHARE_SWITCHING if switches else SHARE_FIXED

    def highest(self, station: float) -> float:
        """Return the most A that the modes use of what the charge point may give."""
        return station if self.maximum_current is None else min(self.maximum_current, station)

    # What is done by hand, and what follows from it

    def in_mode(self, mode: ChargingMode, highest: float) -> Goals:
        """Return the goals in a mode that the user has chosen. In manual mode the limit set by hand holds again, else the highest."""
        back = mode is ChargingMode.MANUAL and self.mode is not mode and self.manual_limit is None
        manual_limit = highest if back else self.manual_limit
        return replace(self, mode=mode, suspended=None, manual_limit=manual_limit, set_aside=None)

    def taken_over(self, limit: float, *, resumes: bool) -> Goals:
        """Return the goals with a limit set by hand (A) in place of the mode, which `resumes` when the car has gone, or does not."""
        suspended, set_aside = (self.mode, self.manual_limit) if resumes else (None, None)
        return replace(self, mode=ChargingMode.MANUAL, suspended=suspended, manual_limit=limit, set_aside=set_aside)

    def car_left(self, now: datetime, *, resumes: bool) -> Goals:
        """Return the goals without a car: a mode that was suspended is back if it `resumes`, and a deadline that is over is none."""
        goals = self if resumes else replace(self, suspended=None, set_aside=None)
        if goals.suspended is not None:
            goals = replace(self, mode=goals.suspended, suspended=None, manual_limit=goals.set_aside, set_aside=None)
        over = self.deadline is not None and self.deadline <= now
        return replace(goals, deadline=None) if over else goals

    def released(self) -> Goals:
        """Return the goals where nothing controls any more: all is in the user's hands."""
        return replace(self, mode=ChargingMode.MANUAL, suspended=None, set_aside=None, held_back=None)


def _moment(kept: str) -> datetime:
    """Return an instant. Raises ValueError for one without a zone: it could be any of a day."""
    moment = datetime.fromisoformat(kept)
    if moment.utcoffset() is None:
        raise ValueError(f"{kept} has no time zone")
    return moment


def _amount(kept: Any) -> float:
    """Return a number that is not below 0. Raises ValueError for anything else."""
    if isinstance(kept, bool) or not isinstance(kept, int | float) or not 0 <= kept < math.inf:
        raise ValueError(f"{kept!r} is no amount")
    return float(kept)


def _price(kept: Any) -> float:
    """Return a price; it may be below 0. Raises ValueError for anything else."""
    return -_amount(-kept) if isinstance(kept, int | float) and kept < 0 else _amount(kept)


def _flag(kept: Any) -> bool:
    """Return a yes or no. Raises TypeError for anything else."""
    if not isinstance(kept, bool):
        raise TypeError(f"{kept!r} is neither true nor false")
    return kept


def _priority(kept: Any) -> int:
    return min(max(int(_amount(kept)), 1), 10)


_DEFAULT = Goals()
_HANDS = ("mode", "suspended", "manual_limit", "set_aside")  # what a command by hand changes
_READ: dict[str, Callable[[Any], Any]] = {
    "mode": ChargingMode,
    "suspended": ChargingMode,
    "phases": PhaseChoice,
    "car_phases": CarPhases,
    "departure": time.fromisoformat,
    "deadline": _moment,
    "priority": _priority,
    "price_limit": _price,
    "in_one_go": _flag,
}


class GoalBook:
    """The goals of all connectors, as they are kept."""

    def __init__(self, stored: Mapping[str, Mapping[str, Any]], changed: Callable[[], None]) -> None:
        """`stored` is what `snapshot` returned; `changed` is called when there is something to save."""
        self._stored = {
            identity: {number: goals for number, goals in connectors.items() if isinstance(goals, Mapping)}
            for identity, connectors in (stored.items() if isinstance(stored, Mapping) else ())
            if isinstance(connectors, Mapping)
        }
        self._goals: dict[tuple[str, int], Goals] = {}
        self._changed = changed

    def of(self, charge_point: ChargePoint, number: int) -> Goals:
        """Return the goals of a connector."""
        key = charge_point.identity, number
        if key not in self._goals:
            self._goals[key] = _read(self._stored.get(charge_point.identity, {}).get(str(number), {}))
        return self._goals[key]

    def update(self, charge_point: ChargePoint, number: int, **changes: Any) -> None:
        """Change some goals of a connector."""
        self.put(charge_point, number, replace(self.of(charge_point, number), **changes))

    def put(self, charge_point: ChargePoint, number: int, goals: Goals) -> None:
        """Keep the goals of a connector; if they are others, those who listen to its key `goals` are told."""
        if goals == self.of(charge_point, number):
            return
        self._goals[charge_point.identity, number] = goals
        written = self._stored.setdefault(charge_point.identity, {})
        written[str(number)] = {key: _plain(value) for key, value in asdict(goals).items()}
        self._changed()
        charge_point.notify(number, "goals")

    def take_back(self, charge_point: ChargePoint, number: int, *, taken: Goals, before: Goals) -> None:
        """Go back to the mode and limit of `before`, unless somebody has chosen others since `taken`."""
        now = self.of(charge_point, number)
        if all(getattr(now, name) == getattr(taken, name) for name in _HANDS):
            self.update(charge_point, number, **{name: getattr(before, name) for name in _HANDS})

    def forget(self, identity: str) -> None:
        """Drop what was wanted of a charge point that is gone."""
        for key in [key for key in self._goals if key[0] == identity]:
            del self._goals[key]
        if self._stored.pop(identity, None) is not None:
            self._changed()

    def snapshot(self) -> dict[str, Any]:
        """Return all goals as JSON."""
        return self._stored


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (time, datetime)) else value


def _read(stored: Mapping[str, Any]) -> Goals:
    """Restore goals; what cannot be read takes its default."""
    known = {}
    for item in fields(Goals):
        value = stored.get(item.name)
        if value is None:
            continue
        read: Callable[[Any], Any] = _READ.get(item.name, _amount)
        try:
            known[item.name] = read(value)
        except TypeError, ValueError:
            continue
    return replace(_DEFAULT, **known)
