"""What the user and the central system want a charge point to be configured to, in no version's words.

Pure. Which keys or variables hold it, and how it is written, is said by the dialects.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .quirks import Quirks
from .wire.fields import names as names_in

# What we show, most wanted first: a charge point that takes only a few is asked for the first few.
MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "SoC",
)
_LEAST_MEASURANDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user and the central system want of the configuration. Intervals in s."""

    heartbeat_interval: int
    ping_interval: int
    meter_interval: int
    measurands: tuple[str, ...] = ()

    def sample_interval(self, quirks: Quirks) -> int:
        """Return how often the charge point is to measure, in s: no more often than it bears."""
        return max(self.meter_interval, quirks.meter_interval or 0)


def wanted_measurands(wanted: Wanted, quirks: Quirks, supported: Collection[str] | None) -> tuple[str, ...]:
    """Return what is to be measured: what the user wants, else what is known to be best, else what we show; only what is `supported`.

    None is said of what is supported where the charge point does not tell.
    """
    names = wanted.measurands or quirks.measurands or MEASURANDS
    return tuple(
        name for name in names if name not in quirks.without_measurands and (supported is None or name in supported)
    )


def measurand_lists(names: tuple[str, ...]) -> Iterator[str]:
    """Yield comma lists of measurands to try in turn until one is accepted: all that is wanted, then the essential ones, then two."""
    tried = set()
    for count in (len(names), _LEAST_MEASURANDS, 2):
        value = ",".join(names[:count])
        if value and value not in tried:
            tried.add(value)
            yield value


def measurands_satisfied(current: str | None, candidate: str) -> bool:
    """Whether the charge point already sends all of a list, in whatever order and with whatever more."""
    have = {name.casefold() for name in names_in(current)}
    return all(name.casefold() in have for name in names_in(candidate))
