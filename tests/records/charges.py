"""Records of charges to test with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.ocpp_csms.csms.booking.interval_energy import spread
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.records.record import Record


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 11) -> datetime:
    """Return a time in November 2026, or in another month of that year, in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def transaction(
    number: int | str, started: datetime, *, hours: float | None = 2.0, energy: float = 8.0, **told: Any
) -> Transaction:
    """Return a transaction that took its energy evenly; one without `hours` goes on."""
    told = {"connector": 1, "session": str(number), **told}
    stopped = None if hours is None else started + timedelta(hours=hours)
    made = Transaction(str(number), started=started, stopped=stopped, energy=energy, **told)
    if energy:
        spread(made.intervals, started, stopped or started + timedelta(hours=1), energy)
    return made


def record(number: int | str, started: datetime, *, charge_point: str = "CP1", **told: Any) -> Record:
    """Return the record of a transaction."""
    return Record(charge_point, "Garage", transaction(number, started, **told))
