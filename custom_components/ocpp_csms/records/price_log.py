"""What energy cost in each quarter of an hour of the last days, so that what is told late has the price of its time. Pure: time is given.

The price of a quarter is the mean over the time for which it is known. Prices per kWh, times in s since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Any, Self

from custom_components.ocpp_csms.csms.booking.transactions import INTERVAL

KEPT = 10 * 24 * 4  # quarters


@dataclass(slots=True)
class PriceLog:
    """The prices of the last days by quarters."""

    quarters: dict[int, tuple[float, float]] = field(
        default_factory=dict
    )  # quarter → s for which the price is known, mean
    price: float | None = None  # from `since` on
    since: float = 0.0

    def note(self, price: float | None, now: float) -> None:
        """From now on this is the price; None: it is not known."""
        self._advance(now)
        self.price = price

    def of(self, quarter: int, now: float) -> float | None:
        """Return the price of a quarter; of one that has only begun, or is to come, the price of now. None: it is not known."""
        self._advance(now)
        if quarter in self.quarters:
            return self.quarters[quarter][1]
        return self.price if quarter >= int(now // INTERVAL) else None

    def as_dict(self, now: float) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        self._advance(now)
        return {
            "quarters": {
                str(quarter): [round(known), round(mean, 6)] for quarter, (known, mean) in self.quarters.items()
            },
            "price": self.price,
            "until": now,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], price: float | None, now: float) -> Self:
        """Restore what `as_dict` returned, and go on with the price of now. If that is the same, it is taken to have held all the time.

        Raises AttributeError, IndexError, KeyError, TypeError or ValueError for anything else.
        """
        log = cls({int(quarter): (float(known), float(mean)) for quarter, (known, mean) in stored["quarters"].items()})
        if price is not None and price == stored["price"]:
            log.price, log.since = price, float(stored["until"])
        log.note(price, now)
        return log

    def _advance(self, now: float) -> None:
        """Count the price in until now; a clock that was set back counts nothing."""
        if self.price is not None and math.isfinite(self.price):
            begin = max(self.since, now - KEPT * INTERVAL)
            while begin < now:
                quarter = int(begin // INTERVAL)
                end = min(now, (quarter + 1) * INTERVAL)
                known, mean = self.quarters.get(quarter, (0.0, 0.0))
                length = known + end - begin
                self.quarters[quarter] = length, (known * mean + (end - begin) * self.price) / length
                begin = end
        self.since = max(self.since, now)
        oldest = int(now // INTERVAL) - KEPT
        while self.quarters and (first := next(iter(self.quarters))) < oldest:
            del self.quarters[first]
