"""Long reports: split into numbered messages, each of which says whether another one follows (B07.FR.10, part 2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part[T]:
    """One message of a report: its number from 0, whether more follow, and its items; None where there is none."""

    number: int
    more: bool
    items: list[T] | None


def parts[T](items: Sequence[T], size: int) -> Iterator[Part[T]]:
    """Yield a report in parts of at most `size` items. An empty report has one part."""
    starts = range(0, len(items), size) or range(1)
    for number, start in enumerate(starts):
        chosen = [*items[start : start + size]]
        yield Part(number=number, more=start + size < len(items), items=chosen or None)
