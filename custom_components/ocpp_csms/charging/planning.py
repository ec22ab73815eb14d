"""When to charge so that the energy is there by the deadline and costs least. Not what the sun does then: that is the law's.

Pure: prices, deadline and time are handed in as aware datetimes; all arithmetic is in UTC, so a change of the clocks changes nothing.
The deadline beats the price: what is not known or too dear is still used if the energy cannot be there in time otherwise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
import math
from typing import NamedTuple

type Slot = tuple[datetime, datetime]
type _Span = tuple[float, float]  # s since the epoch

RESERVE = 0.05  # share of the energy that is planned on top of it
MINIMUM_RUN = 1800.0  # s
CHARGING_EFFICIENCY = 0.9  # of what the charger gives, so much arrives in the battery

_ROUNDING = 1e-3  # s
_JUST_OVER = 60.0  # s, within which a slot that is over can still be gone on with
_LONGEST = 7 * 86400.0  # s, no plan reaches further


@dataclass(frozen=True, slots=True)
class PriceSlot:
    """A price of energy from `start` to `end`, in any currency per kWh. Raises ValueError for datetimes without a zone."""

    start: datetime
    end: datetime
    price: float

    def __post_init__(self) -> None:
        """Refuse times that mean something else elsewhere."""
        _seconds(self.start)
        _seconds(self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a car needs and by when. Raises ValueError for datetimes without a zone and a power that is not above 0.

    `solar_forecast` are (start, end, kWh) that the car will have from the sun; they make the part from the grid smaller. `running`
    is the slot of the last plan in which it charges now, or has charged until now.
    """

    now: datetime
    deadline: datetime
    energy: float  # kWh
    power: float  # kW
    solar_forecast: Sequence[tuple[datetime, datetime, float]] = ()
    running: Slot | None = None

    def __post_init__(self) -> None:
        """Refuse what nothing can be planned with."""
        if not self.power > 0:
            raise ValueError(f"nothing can be planned with {self.power} kW")
        _seconds(self.now)
        _seconds(self.deadline)


@dataclass(frozen=True, slots=True)
class Plan:
    """When to charge, in UTC, in order and without overlaps."""

    slots: tuple[Slot, ...]
    energy: float  # kWh that these slots can take from the grid
    latest_start: datetime  # when charging without a break must begin at the latest


class _Piece(NamedTuple):
    """A span of one price."""

    start: float
    end: float
    price: float


def energy_needed(soc: float, target_soc: float, capacity_kwh: float) -> float:
    """Return the kWh to take from the charger until the battery is at its target; both states of charge in %."""
    return max(0.0, (target_soc - soc) / 100 * capacity_kwh / CHARGING_EFFICIENCY)


def is_due(plan: Plan, now: datetime) -> bool:
    """Whether the plan says to charge now."""
    return running_slot(plan, now) is not None


def running_slot(plan: Plan, now: datetime) -> Slot | None:
    """Return the slot that `now` lies in. While charging, hand it to the next plan, which then keeps it."""
    return next((slot for slot in plan.slots if slot[0] <= now < slot[1]), None)


def must_start_now(plan: Plan, now: datetime) -> bool:
    """Whether waiting any longer (for the sun, for a turn) costs the deadline."""
    return plan.energy > 0 and now >= plan.latest_start


def plan_cheapest(demand: Demand, slots: Sequence[PriceSlot]) -> Plan:
    """Return when to charge what is demanded by the deadline, cheapest first and at equal prices late.

    What the sun does not bring and a reserve is planned. Times without a price between others count as the dearest. After the last
    known price: if the energy fits there, the plan waits for prices; if not, that time is used and the rest is planned before it.

    No run is shorter than `MINIMUM_RUN` (but a slot that runs already, and less energy than that). A running slot is kept to its
    end, and beyond it if less than a minimum run would be left.

    With too little time all of it is used. With a deadline in the past the car charges now, as it is still wanted.
    """
    return _planned(demand, slots, _cheapest_runs)


def plan_in_one_go(demand: Demand, slots: Sequence[PriceSlot]) -> Plan:
    """Return the same as `plan_cheapest`, but for a single run: the cheapest one. If it has begun, it runs on."""
    return _planned(demand, slots, _cheapest_run)


class _Job(NamedTuple):
    """What is to be planned; times in s."""

    begin: float
    due: float
    need: float
    running: _Span | None  # what is left of the running slot


def _planned(demand: Demand, slots: Sequence[PriceSlot], choose: Callable[[_Job, list[_Piece]], list[_Span]]) -> Plan:
    """Return a plan: where there is a choice, it is made by `choose` from the prices up to the deadline."""
    job = _job(demand)
    if job.need <= _ROUNDING:
        spans = []
    elif job.due <= job.begin:
        spans = [(job.begin, job.begin + job.need)]
    elif job.need >= job.due - job.begin - _ROUNDING:
        spans = [(job.begin, job.due)]
    else:
        spans = choose(job, _pieces(slots, job.begin, job.due))
    return Plan(
        slots=tuple((_utc(start), _utc(end)) for start, end in spans),
        energy=_length(spans) / 3600 * demand.power,
        latest_start=_utc(max(job.begin, job.due - job.need)),
    )


def _job(demand: Demand) -> _Job:
    """Return what is demanded in seconds of charging."""
    begin, due = _seconds(demand.now), _seconds(demand.deadline)
    energy = max(0.0, demand.energy - _forecast_energy(demand, begin, due)) * (1 + RESERVE)
    need = min(energy / demand.power * 3600, _LONGEST)
    return _Job(begin, due, need, _running(begin, need, demand.running))


def _cheapest_runs(job: _Job, pieces: list[_Piece]) -> list[_Span]:
    """Return the cheapest spans, as many as it takes."""
    chosen = [] if job.running is None else [job.running]
    settled_until = max([_known_until(job, pieces), *(end for _, end in chosen)])
    start = max(settled_until, job.due - (job.need - _length(chosen)))
    if job.due - start > _ROUNDING:
        chosen = _merged([*chosen, (start, job.due)])
    return _add_cheapest(chosen, pieces, job)


def _cheapest_run(job: _Job, pieces: list[_Piece]) -> list[_Span]:
    """Return the cheapest single span."""
    if job.running is not None:
        return [(job.begin, job.begin + job.need)]
    known_until = _known_until(job, pieces)
    if job.due - known_until >= job.need:
        return [(job.due - job.need, job.due)]
    unknown = _Piece(known_until, job.due, max(piece.price for piece in pieces))
    best = min(_windows([*pieces, unknown], job.need), key=lambda window: (window.price, -window.end))
    return [(best.start, best.end)]


def _known_until(job: _Job, pieces: list[_Piece]) -> float:
    return pieces[-1].end if pieces else job.begin


def _add_cheapest(chosen: list[_Span], pieces: list[_Piece], job: _Job) -> list[_Span]:
    """Return the chosen spans and the cheapest further ones, until the need is met or the pieces are used up.

    Each step takes what costs least per time: a piece next to what is chosen, or a new run of the minimum length.
    """
    windows = _windows(pieces, min(MINIMUM_RUN, job.need))
    while (missing := job.need - _length(chosen)) > _ROUNDING and (moves := _moves(chosen, pieces, windows, missing)):
        best = min(moves, key=lambda move: (move.piece.price, move.begins, -move.piece.end)).piece
        chosen = _merged([*chosen, (best.start, best.end)])
    return chosen


class _Move(NamedTuple):
    """What can be added to the chosen spans."""

    piece: _Piece
    begins: bool  # a new run


def _moves(chosen: Sequence[_Span], pieces: Sequence[_Piece], windows: Sequence[_Piece], missing: float) -> list[_Move]:
    """Return what can be added: extensions of the chosen spans, and the windows that overlap none of them."""
    moves = [_Move(piece, begins=False) for piece in _extensions(chosen, pieces, missing)]
    return moves + [
        _Move(window, begins=True)
        for window in windows
        if all(window.end <= start or end <= window.start for start, end in chosen)
    ]


def _extensions(chosen: Sequence[_Span], pieces: Sequence[_Piece], longest: float) -> Iterable[_Piece]:
    """Yield what is free right before and right after each chosen span, of one price and no longer than `longest`."""
    for index, (first, last) in enumerate(chosen):
        free_from = chosen[index - 1][1] if index else -math.inf
        free_to = chosen[index + 1][0] if index + 1 < len(chosen) else math.inf
        for start, end, price in pieces:
            if start < first <= end:
                yield _Piece(max(start, free_from, first - longest), first, price)
            if start <= last < end:
                yield _Piece(last, min(end, free_to, last + longest), price)


def _windows(pieces: Sequence[_Piece], length: float) -> list[_Piece]:
    """Return all spans of a length that begin or end where a price does, with their mean price. The cheapest is one of them."""
    starts = {start for piece in pieces for start in (piece.start, piece.end - length)}
    windows = []
    for start in sorted(starts):
        end = start + length
        parts = [
            (min(end, piece.end) - max(start, piece.start), piece.price)
            for piece in pieces
            if piece.start < end and start < piece.end
        ]
        if sum(part for part, _ in parts) >= length - _ROUNDING:
            windows.append(_Piece(start, end, sum(part * price for part, price in parts) / length))
    return windows


def _pieces(slots: Sequence[PriceSlot], begin: float, due: float) -> list[_Piece]:
    """Return the prices from `begin` to the last known one (the deadline at most) without gaps and overlaps; [] if none is known.

    Where slots overlap the dearer counts, in gaps the dearest of all.
    """
    spans = [
        (max(begin, _seconds(slot.start)), min(due, _seconds(slot.end)), slot.price)
        for slot in slots
        if math.isfinite(slot.price)
    ]
    known = sorted(_Piece(*span) for span in spans if span[0] < span[1])
    if not known:
        return []
    dearest = max(piece.price for piece in known)
    edges = sorted({begin, *(piece.start for piece in known), *(piece.end for piece in known)})
    pieces = []
    for start, end in pairwise(edges):
        prices = [piece.price for piece in known if piece.start <= start and end <= piece.end]
        pieces.append(_Piece(start, end, max(prices, default=dearest)))
    return pieces


def _running(begin: float, need: float, slot: Slot | None) -> _Span | None:
    """Return what is left of the slot in which it charges, or up to the end of the need if that comes shortly after."""
    if slot is None or not _seconds(slot[0]) <= begin < _seconds(slot[1]) + _JUST_OVER:
        return None
    length = min(need, max(0.0, _seconds(slot[1]) - begin))
    if need - length < MINIMUM_RUN:
        length = need
    return (begin, begin + length) if length > 0 else None


def _forecast_energy(demand: Demand, begin: float, due: float) -> float:
    """Return the kWh of the forecast from `begin` to `due`, no more than the car can take."""
    energy = 0.0
    for first, last, kwh in demand.solar_forecast:
        start, end = _seconds(first), _seconds(last)
        inside = min(end, due) - max(start, begin)
        if inside > 0 and math.isfinite(kwh):
            energy += max(0.0, min(kwh * inside / (end - start), demand.power * inside / 3600))
    return energy


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    """Return spans in order, with those that touch as one."""
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + _ROUNDING:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _length(spans: Iterable[_Span]) -> float:
    """Return the s that spans last."""
    return sum(end - start for start, end in spans)


def _seconds(moment: datetime) -> float:
    """Return s since the epoch. Raises ValueError for a datetime without a zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.timestamp()


def _utc(seconds: float) -> datetime:
    """Return the moment of s since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)
