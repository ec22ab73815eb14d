"""Sharing between connectors: the fuse's headroom in A per phase, the surplus in W. Not who wants what: claims come from outside.

Strict priority between classes. Within a class all that fit at their minimum are served, and what is left is shared alike above
the minima. If not all fit, those in turn go first: who is served keeps its turn for 15 minutes, then the least energy of the session
decides. Times are s of any monotonic clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from .fuse import PhaseCurrents

TURN = 15 * 60.0  # s that one that is served is not made to wait for another
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one connector asks for. All amounts are in the unit of what is shared: A per phase, or W.

    `maximum` is what it can use now (that of its mode, not of its plug), else others go without. A maximum below the minimum asks
    for nothing.
    """

    key: str
    priority: int  # 1..10, 10 is served first
    minimum: float
    maximum: float
    active: bool = True  # False: it was offered current and draws none (idle, full): served with what nobody else wants
    session_energy: float = 0.0  # kWh
    served_since: float | None = None  # s, when its turn began; None: not served


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseClaim(Claim):
    """A claim on phases of the grid connection, 0..2: a car on L2 alone claims `(1,)`. Amounts in A per phase."""

    phases: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarClaim(Claim):
    """A claim on the surplus. Amounts in W."""

    taking: float = 0.0  # what it takes now
    pausable: bool = True  # False: takes its minimum whatever the sun does


def allocate(headroom: PhaseCurrents, claims: Sequence[PhaseClaim], now: float) -> dict[str, float]:
    """Return the A per phase that each connector may take: 0, or between its minimum and maximum.

    `headroom` is what all of them may take together on each phase (`fuse.headroom`). A car that has just been plugged in gets its
    share at once and the others get less: write decreases first; `fuse.cap_step` makes the increase wait. Idle cars get their
    minimum of what is left when all others have theirs, and no more.
    """
    rest = [max(0.0, amount) for amount in headroom]
    shares = dict.fromkeys(sorted(claim.key for claim in claims), 0.0)
    for group in _classes(claim for claim in claims if claim.active):
        served = _take_minima(rest, _in_turn(group, now))
        shares |= _fill(rest, {claim: claim.phases for claim in served})
    for group in _classes(claim for claim in claims if not claim.active):
        shares |= {claim.key: claim.minimum for claim in _take_minima(rest, _in_turn(group, now))}
    return shares


def share_surplus(surplus: float, claims: Sequence[SolarClaim], now: float) -> dict[str, float]:
    """Return the W of the surplus that each connector's solar law may see; together never more than the surplus.

    A single claim sees all of it, negative or below its minimum. Of several, the highest class comes first and lower ones see what is
    left after its maxima; idle ones come last. Within a class, if the minima of all fit, they share alike what is above. If not,
    those in turn whose minima fit share, the next in line sees the whole rest (its law weighs how much of it would be sun) and those
    after it 0. As long as that next one takes power, what it takes of its minimum is not shown to those before it: it cannot be used
    twice. The minimum of claims that do not pause is set aside for them before all else, for it is taken anyhow. If less than
    nothing is left then, the last in line of those that take power sees it and the others see 0: the surplus includes what all of
    them take, so none of them has sun.
    """
    if len(claims) == 1:
        return {claims[0].key: surplus}
    able = [claim for claim in claims if claim.maximum >= claim.minimum]
    seen = dict.fromkeys(sorted(claim.key for claim in claims), 0.0)
    seen |= {claim.key: claim.minimum for claim in able if _is_certain(claim)}
    rest = surplus - sum(seen.values())
    wanted = [_above_minimum(claim) if _is_certain(claim) else claim for claim in able]
    classes = [
        *_classes(claim for claim in wanted if claim.active),
        *_classes(claim for claim in wanted if not claim.active),
    ]
    lines = [_in_turn(group, now) for group in classes]
    if rest < 0:
        everyone = [claim for line in lines for claim in line]
        taking = [claim for claim in everyone if claim.taking > 0] or everyone[:1]
        return seen | {claim.key: seen[claim.key] + rest for claim in taking[-1:]}
    for line in lines:
        given = _share_in_class(rest, line)
        rest = max(0.0, rest - sum(given.values()))
        seen |= {key: seen[key] + share for key, share in given.items()}
    return seen


def _is_certain(claim: SolarClaim) -> bool:
    """Whether a claim takes its minimum whatever the surplus."""
    return claim.active and not claim.pausable


def _above_minimum(claim: SolarClaim) -> SolarClaim:
    """Return what a claim that takes its minimum anyhow asks for beyond it."""
    return replace(
        claim, minimum=0.0, maximum=claim.maximum - claim.minimum, taking=max(0.0, claim.taking - claim.minimum)
    )


def _share_in_class(surplus: float, line: Sequence[SolarClaim]) -> dict[str, float]:
    """Return what each of a class, given in turn, sees of a surplus that is not negative."""
    fitting: list[SolarClaim] = []
    least = 0.0
    for claim in line:
        if least + claim.minimum > surplus + _ROUNDING:
            break
        fitting.append(claim)
        least += claim.minimum
    waiting = line[len(fitting) :]
    held = min(waiting[0].taking, waiting[0].minimum) if waiting else 0.0
    shares = _fill([max(0.0, surplus - least - held)], dict.fromkeys(fitting, (0,)))
    if waiting:
        rest = surplus - sum(shares.values())
        shares |= dict.fromkeys((claim.key for claim in waiting), 0.0)
        shares[waiting[0].key] = max(0.0, rest)
    return shares


def _classes[C: Claim](claims: Iterable[C]) -> list[list[C]]:
    """Return the claims by class of priority, the first served first."""
    ordered = sorted(claims, key=lambda claim: -claim.priority)
    return [list(group) for _, group in groupby(ordered, key=lambda claim: claim.priority)]


def _in_turn[C: Claim](claims: Iterable[C], now: float) -> list[C]:
    """Return the claims of one class in the order in which they are served when not all can be."""

    def place(claim: C) -> tuple[bool, float, str]:
        keeps_turn = claim.served_since is not None and now - claim.served_since < TURN
        return (not keeps_turn, claim.session_energy, claim.key)

    return sorted(claims, key=place)


def _take_minima(rest: list[float], line: Iterable[PhaseClaim]) -> list[PhaseClaim]:
    """Take the minima that fit, in turn, off the rest per phase, and return whose they are."""
    served = []
    for claim in line:
        fits = all(rest[phase] + _ROUNDING >= claim.minimum for phase in claim.phases)
        if fits and claim.minimum <= claim.maximum:
            served.append(claim)
            for phase in claim.phases:
                rest[phase] = max(0.0, rest[phase] - claim.minimum)
    return served


def _fill[C: Claim](rest: list[float], served: Mapping[C, tuple[int, ...]]) -> dict[str, float]:
    """Return minimum and share of the rest of those served, and take it off: all rise alike until a maximum or a phase stops one.

    `served` are claims whose minima are taken off the rest already, with the phases (indices of the rest) that each uses.
    """
    shares = {claim.key: claim.minimum for claim in served}
    rising = sorted(served, key=lambda claim: claim.key)
    while rising := [claim for claim in rising if _can_rise(claim, shares[claim.key], rest, served[claim])]:
        counts = [sum(phase in served[claim] for claim in rising) for phase in range(len(rest))]
        by_phase = [left / count for left, count in zip(rest, counts, strict=True) if count]
        rise = min(by_phase + [claim.maximum - shares[claim.key] for claim in rising])
        for claim in rising:
            shares[claim.key] = min(claim.maximum, shares[claim.key] + rise)
        rest[:] = [max(0.0, left - rise * count) for left, count in zip(rest, counts, strict=True)]
    return shares


def _can_rise(claim: Claim, share: float, rest: Sequence[float], phases: Sequence[int]) -> bool:
    """Whether neither the claim's maximum nor one of its phases is reached."""
    return claim.maximum - share > _ROUNDING and all(rest[phase] > _ROUNDING for phase in phases)
