"""When to charge so that the energy is there by the deadline and costs least. Not what the sun does then: that is the law's.

Pure: prices, deadline and time are handed in as aware datetimes; all arithmetic is in UTC, so a change of the clocks changes nothing.
The deadline beats the price: what is not known or too dear is still used if the energy cannot be there in time otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
import math
from typing import NamedTuple

type Slot = tuple[datetime, datetime]
type _Span = tuple[float, float]  # s since the epoch

_ROUNDING = 1e-3  # s
_LONGEST = 7 * 86400.0  # s, no plan reaches further


class PlanReason(StrEnum):
    """Why a plan is as it is."""

    CHEAPEST = "cheapest"
    NOTHING_NEEDED = "nothing_needed"
    LATEST_START = "latest_start"  # no prices
    PRICES_TO_COME = "prices_to_come"  # there is time enough after those that are known
    TOO_LATE = "too_late"  # all the time that is left is needed, or more
    DEADLINE_PASSED = "deadline_passed"
    PRICE_LIMIT = "price_limit"  # no deadline, and too little time at or below the limit


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


@dataclass(frozen=True, slots=True)
class Plan:
    """When to charge, in UTC, in order and without overlaps."""

    slots: tuple[Slot, ...]
    energy: float  # kWh that these slots can take from the grid
    feasible: bool  # whether the energy is there in time
    reason: PlanReason
    latest_start: datetime | None = (
        None  # when charging without a break must begin at the latest; None: there is no deadline
    )


class _Piece(NamedTuple):
    """A span of one price."""

    start: float
    end: float
    price: float


def energy_needed(soc: float, target_soc: float, capacity_kwh: float, efficiency: float = 0.9) -> float:
    """Return the kWh to take from the charger until the battery is at its target; both states of charge in %."""
    return max(0.0, (target_soc - soc) / 100 * capacity_kwh / efficiency)


def is_due(plan: Plan, now: datetime) -> bool:
    """Whether the plan says to charge now."""
    return running_slot(plan, now) is not None


def running_slot(plan: Plan, now: datetime) -> Slot | None:
    """Return the slot that `now` lies in. While charging, hand it to the next `plan`, which then keeps it."""
    return next((slot for slot in plan.slots if slot[0] <= now < slot[1]), None)


def must_start_now(plan: Plan, now: datetime) -> bool:
    """Whether waiting any longer (for the sun, for a turn) costs the deadline."""
    return plan.latest_start is not None and plan.energy > 0 and now >= plan.latest_start


def plan(
    now: datetime,
    deadline: datetime | None,
    energy_kwh: float,
    power_kw: float,
    slots: Sequence[PriceSlot],
    *,
    contiguous: bool = False,
    minimum_run: timedelta = timedelta(minutes=30),
    reserve: float = 0.05,
    solar_forecast: Sequence[tuple[datetime, datetime, float]] | None = None,
    price_limit: float | None = None,
    running: Slot | None = None,
) -> Plan:
    """Return when to charge `energy_kwh` at `power_kw` by the deadline, cheapest first and at equal prices late.

    `solar_forecast` are (start, end, kWh) that the car will have from the sun; they make the part from the grid smaller. The rest
    and a `reserve` (a share of it) is planned. Times without a price between others count as the dearest. After the last known
    price: if the energy fits there, the plan waits for prices; if not, that time is used and the rest is planned before it.

    No run is shorter than `minimum_run` (but a slot that runs already, and less energy than that). `running` is the slot in which
    it charges now: it is kept to its end, and beyond it if less than a minimum run would be left.

    With a deadline in the past the car charges now, as it is still wanted; such a plan, and one whose time is too short, is not
    `feasible`. Without a deadline (None) only prices at or below the limit are used. Raises ValueError for datetimes without a zone
    and a power that is not above 0.
    """
    if not power_kw > 0:
        raise ValueError(f"nothing can be planned with {power_kw} kW")
    begin, due = _seconds(now), None if deadline is None else _seconds(deadline)
    energy = max(0.0, energy_kwh - _forecast_energy(solar_forecast or (), begin, due, power_kw)) * (1 + reserve)
    need = min(energy / power_kw * 3600, _LONGEST)
    if not energy > 0:
        return Plan((), 0.0, feasible=True, reason=PlanReason.NOTHING_NEEDED)
    if due is not None:
        if due <= begin:
            return _made(
                [(begin, begin + need)], power_kw, feasible=False, reason=PlanReason.DEADLINE_PASSED, latest=begin
            )
        if need >= due - begin - _ROUNDING:
            feasible = need <= due - begin + _ROUNDING
            return _made([(begin, due)], power_kw, feasible=feasible, reason=PlanReason.TOO_LATE, latest=begin)
    job = _Job(
        begin,
        due,
        need,
        minimum_run.total_seconds(),
        _kept(begin, need, minimum_run.total_seconds(), running),
        price_limit,
    )
    spans, reason = (_contiguous if contiguous else _spread)(job, _pieces(slots, begin, due))
    enough = sum(end - start for start, end in spans) >= need - _ROUNDING
    latest = None if due is None else due - need
    return _made(spans, power_kw, feasible=enough, reason=reason if enough else PlanReason.PRICE_LIMIT, latest=latest)


class _Job(NamedTuple):
    """What is to be planned; times in s."""

    begin: float
    due: float | None
    need: float
    minimum_run: float
    kept: _Span | None  # the running slot
    price_limit: float | None

    @property
    def fixed(self) -> list[_Span]:
        """What is planned before any price is looked at."""
        return [] if self.kept is None else [self.kept]


def _spread(job: _Job, pieces: list[_Piece]) -> tuple[list[_Span], PlanReason]:
    """Return the cheapest spans, as many as it takes."""
    known_until = pieces[-1].end if pieces else job.begin
    chosen, missing = job.fixed, job.need - _length(job.fixed)
    reason = PlanReason.CHEAPEST
    if job.due is not None and missing > _ROUNDING:
        after = max(known_until, *(end for _, end in chosen)) if chosen else known_until
        use = min(missing, max(0.0, job.due - after))
        if use > 0:
            chosen = _merged([*chosen, (job.due - use, job.due)])
        if use >= missing - _ROUNDING:
            reason = PlanReason.PRICES_TO_COME if pieces else PlanReason.LATEST_START
    affordable = [piece for piece in pieces if job.price_limit is None or piece.price <= job.price_limit]
    chosen = _add_cheapest(chosen, affordable, job)
    if job.due is not None:
        chosen = _add_cheapest(chosen, pieces, job)
    return chosen, reason


def _contiguous(job: _Job, pieces: list[_Piece]) -> tuple[list[_Span], PlanReason]:
    """Return the cheapest single span."""
    if job.kept is not None:
        return [(job.begin, job.begin + job.need)], PlanReason.CHEAPEST
    known_until = pieces[-1].end if pieces else job.begin
    if job.due is not None:
        if job.due - known_until >= job.need:
            return [(job.due - job.need, job.due)], PlanReason.PRICES_TO_COME if pieces else PlanReason.LATEST_START
        if job.due > known_until:
            pieces = [*pieces, _Piece(known_until, job.due, max(piece.price for piece in pieces))]
    windows = _windows(pieces, job.need)
    if job.due is None and job.price_limit is not None:
        windows = [window for window in windows if window.price <= job.price_limit]
    best = min(windows, key=lambda window: (window.price, -window.end), default=None)
    return [] if best is None else [(best.start, best.end)], PlanReason.CHEAPEST


def _add_cheapest(chosen: list[_Span], pieces: list[_Piece], job: _Job) -> list[_Span]:
    """Return the chosen spans and the cheapest further ones, until the need is met or the pieces are used up.

    Each step takes what costs least per time: a piece next to what is chosen, or a new run of the minimum length.
    """
    windows = _windows(pieces, min(job.minimum_run, job.need))
    while (missing := job.need - _length(chosen)) > _ROUNDING:
        windows = [
            window for window in windows if all(window.end <= start or end <= window.start for start, end in chosen)
        ]
        moves = [(piece.price, 0, -piece.end, piece) for piece in _extensions(chosen, pieces, missing)]
        moves += [(window.price, 1, -window.end, window) for window in windows]
        if not moves:
            break
        best = min(moves)[3]
        chosen = _merged([*chosen, (best.start, best.end)])
    return chosen


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


def _pieces(slots: Sequence[PriceSlot], begin: float, due: float | None) -> list[_Piece]:
    """Return the prices from `begin` to the last known one (or the deadline) without gaps and overlaps; [] if none is known.

    Where slots overlap the dearer counts, in gaps the dearest of all.
    """
    until = math.inf if due is None else due
    spans = [
        (max(begin, _seconds(slot.start)), min(until, _seconds(slot.end)), slot.price)
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


def _kept(begin: float, need: float, minimum_run: float, running: Slot | None) -> _Span | None:
    """Return what is left of the slot in which it charges, or up to the end of the need if that comes shortly after."""
    if running is None or not _seconds(running[0]) <= begin < _seconds(running[1]):
        return None
    length = min(need, _seconds(running[1]) - begin)
    return begin, begin + (need if need - length < minimum_run else length)


def _forecast_energy(
    forecast: Iterable[tuple[datetime, datetime, float]], begin: float, due: float | None, power_kw: float
) -> float:
    """Return the kWh of a forecast from now to the deadline, no more than the car can take."""
    energy = 0.0
    for first, last, kwh in forecast:
        start, end = _seconds(first), _seconds(last)
        inside = min(end, math.inf if due is None else due) - max(start, begin)
        if inside > 0 and math.isfinite(kwh):
            energy += max(0.0, min(kwh * inside / (end - start), power_kw * inside / 3600))
    return energy


def _made(spans: Iterable[_Span], power_kw: float, *, feasible: bool, reason: PlanReason, latest: float | None) -> Plan:
    """Return a plan of spans in s."""
    merged = _merged(spans)
    slots = tuple((_utc(start), _utc(end)) for start, end in merged)
    start_by = None if latest is None else _utc(latest)
    return Plan(slots, _length(merged) / 3600 * power_kw, feasible, reason, start_by)


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
