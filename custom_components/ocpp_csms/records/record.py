"""The record of one transaction as the history keeps it. Plain data and its shape as JSON; no file, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from custom_components.ocpp_csms.csms.booking.transactions import Transaction

type Key = tuple[str, str]
"""What tells one record from another: charge point identity and transaction id."""


@dataclass(frozen=True, slots=True)
class Record:
    """One transaction of a charge point. `name` is what the charge point was called then: it may be gone since."""

    charge_point: str
    name: str
    transaction: Transaction

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.charge_point, self.transaction.transaction_id

    @property
    def started(self) -> datetime:
        """When its transaction began (UTC)."""
        return self.transaction.started

    @property
    def stopped(self) -> datetime | None:
        """When it ended (UTC); None while it runs."""
        return self.transaction.stopped

    @property
    def month(self) -> str:
        """The month that it belongs to, such as `2026-11`: that of its start in UTC, which no change of the home's zone moves."""
        return month_of(self.started)

    @property
    def order(self) -> tuple[datetime, str]:
        """Where it stands among others."""
        return self.started, " ".join(self.key)

    def frozen(self) -> Record:
        """Return the record as it is now; the ledger goes on writing in its own."""
        return replace(self, transaction=replace(self.transaction, intervals=dict(self.transaction.intervals)))

    def as_dict(self) -> dict[str, Any]:
        """Return the record as JSON."""
        return {"charge_point": self.charge_point, "name": self.name, "transaction": self.transaction.as_dict()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `as_dict` returned. Raises AttributeError, KeyError, TypeError or ValueError for anything else."""
        return cls(stored["charge_point"], stored["name"], Transaction.from_dict(stored["transaction"]))


def month_of(moment: datetime) -> str:
    """Return the month of a time, by UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m")
