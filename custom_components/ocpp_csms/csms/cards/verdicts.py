"""Who may charge at one charge point: the verdicts on tags that are presented, start and stop transactions, and what else speaks for a tag.

The rules for tags are in `authorization`. What is added here is what one charge point knows: our own remote starts, tags that were
allowed once, transactions that run. No message and no version. Source: OCPP 1.6 §4.1, §4.8, §4.10; §3.4 (groups), §5.11 (remote start);
2.0.1 part 2, C01…C16, F01.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.charge_point_state import ChargePointEnvironment, ChargePointState
from custom_components.ocpp_csms.csms.model import Event, Registration

from .authorization import PRESENTED_GRACE, IdTag, PresentedTags, TagInfo, TagStatus, folded
from .remote_starts import RemoteStarts

ALLOWED_ONCE = timedelta(minutes=10)
"""So long a tag that was allowed once may start its transaction."""

_MOST_ALLOWED = 20
_MOST_REMEMBERED = 100  # transactions of a charge point

_EVENT_STATUS = {
    TagStatus.ACCEPTED: "accepted",
    TagStatus.BLOCKED: "blocked",
    TagStatus.EXPIRED: "expired",
    TagStatus.INVALID: "invalid",
    TagStatus.CONCURRENT_TX: "concurrent_tx",
}


class Verdicts:
    """The verdicts of one charge point."""

    def __init__(
        self,
        point: ChargePointState,
        environment: ChargePointEnvironment,
        *,
        own_tag: Callable[[], str],
        emit: Callable[[Event], None],
        mark: Callable[[int, str], None],
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Judge for a charge point. `own_tag` returns the tag of our remote starts, `stored` is what `snapshot` returned."""
        self.remote_starts = RemoteStarts()
        self._point = point
        self._environment = environment
        self._own_tag = own_tag
        self._emit = emit
        self._mark = mark
        self._presented = PresentedTags()
        self._allowed_once: dict[str, datetime] = {}  # by tag: until when
        # Transactions that are accepted whoever's tag it is
        self._excepted: tuple[str, ...] = tuple((stored or {}).get("excepted", ()))
        self._crowded: dict[str, bool] = {}  # by transaction: whether too many of its tag ran when it started

    @property
    def is_flooded(self) -> bool:
        """Whether somebody tries many unknown tags here."""
        return self._environment.unknown_tags.is_flooded(self._point.identity, self._environment.clock())

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {"excepted": list(self._excepted)}

    def allow_once(self, id_tag: str) -> datetime:
        """Accept a tag for one transaction, whatever else is known of it; return until when it must have started."""
        until = self._environment.clock() + ALLOWED_ONCE
        self._allowed_once.pop(folded(id_tag), None)
        self._allowed_once[folded(id_tag)] = until
        if len(self._allowed_once) > _MOST_ALLOWED:
            del self._allowed_once[next(iter(self._allowed_once))]
        return until

    def presented(self, id_tag: str) -> TagInfo:
        """Give the verdict on a tag that was held to the charge point (Authorize). The tag of a running transaction may always stop it."""
        now = self._environment.clock()
        info = self.of(id_tag)
        if not info.accepted and self._runs_here(id_tag):
            info = self._exception(id_tag, now + PRESENTED_GRACE)
        self._presented.note(id_tag, now)
        if not self._is_ours(id_tag, now):
            self._tell(id_tag, info, 0)
        return info

    def of(self, id_tag: str) -> TagInfo:
        """Return the verdict on a tag as such."""
        now = self._environment.clock()
        if self._point.registration is Registration.PENDING:
            return TagInfo(TagStatus.INVALID)
        if self.remote_starts.is_ours(id_tag, now) or (self._find(id_tag) is None and self._is_ours(id_tag, now)):
            return self._exception(id_tag, None)
        until = self._allowed_once.get(folded(id_tag))
        if until is not None and now <= until:
            return self._exception(id_tag, until)
        return self._check(id_tag, now)

    def at_start(self, transaction: Transaction, id_tag: str, *, new: bool) -> TagInfo:
        """Return the verdict on the tag that has started a transaction (StartTransaction): a retry gets what the first try got."""
        now = self._environment.clock()
        number = transaction.connector
        # The first start after a remote start is ours whatever became of its tag on the way, and so is its retry.
        # In 2.x a transaction may begin with the cable, before anybody is there.
        nobody = transaction.id_tag is None and not id_tag
        remote = not nobody and self.remote_starts.claim(
            number, transaction.fingerprint or transaction.transaction_id, now
        )
        if remote:
            self._except(transaction)
            if new:
                self._allowed_once.pop(folded(id_tag), None)  # this was the once
        info = self.for_transaction(transaction, id_tag)
        known = remote or self._is_ours(id_tag, now) or self._presented.is_recent(id_tag, now)
        if new and id_tag and not known:
            self._tell(id_tag, info, number)
        return info

    def during(self, transaction: Transaction, id_tag: str) -> TagInfo:
        """Return the verdict on a tag that is presented while a transaction runs; the first of one that nobody has started is as at a start."""
        if transaction.id_tag is None and id_tag:
            return self.at_start(transaction, id_tag, new=True)
        return self.for_transaction(transaction, id_tag)

    def for_transaction(self, transaction: Transaction, id_tag: str) -> TagInfo:
        """Return the verdict on a tag for a running transaction."""
        now = self._environment.clock()
        if self._is_excepted(transaction, id_tag):
            return self._exception(id_tag, None)
        until = self._allowed_once.pop(folded(id_tag), None)
        if until is not None and now <= until:
            self._except(transaction)
            return self._exception(id_tag, until)
        if self._find(id_tag) is None and self._is_ours(id_tag, now):
            return self._exception(id_tag, None)
        return self._check(id_tag, now, others=self._others(transaction, id_tag))

    def at_stop(self, transaction: Transaction | None, id_tag: str) -> TagInfo:
        """Return the verdict on the tag that has stopped a transaction (StopTransaction): that of its start, if it is the same tag."""
        if transaction is not None and self._is_excepted(transaction, id_tag):
            return self._exception(id_tag, self._environment.clock() + PRESENTED_GRACE)
        return self.of(id_tag)

    def _check(self, id_tag: str, now: datetime, *, others: int = 0) -> TagInfo:
        authorization = self._environment.authorization()
        return authorization.check(
            id_tag, now, charge_point=self._point.identity, policy=self._point.id_tag_policy, others=others
        )

    def _find(self, id_tag: str) -> IdTag | None:
        return self._environment.authorization().find(id_tag)

    def _exception(self, id_tag: str, until: datetime | None) -> TagInfo:
        """Accept a tag against the rules. Unless that goes for good, it expires in the charge point's cache, by the clock it has."""
        tag = self._find(id_tag)
        expiry = None if until is None else until + max(self._point.clock_skew.value, timedelta())
        return TagInfo(TagStatus.ACCEPTED, expiry, tag.parent if tag else None)

    def _except(self, transaction: Transaction) -> None:
        if transaction.transaction_id not in self._excepted:
            self._excepted = (*self._excepted, transaction.transaction_id)[-_MOST_REMEMBERED:]
            self._environment.changed(False)

    def _is_excepted(self, transaction: Transaction, id_tag: str) -> bool:
        same = folded(transaction.id_tag or id_tag) == folded(id_tag)
        return same and transaction.transaction_id in self._excepted

    def _is_ours(self, id_tag: str, now: datetime) -> bool:
        """Whether a tag is one that we start with."""
        return folded(id_tag) == folded(self._own_tag()) or self.remote_starts.is_ours(id_tag, now)

    def _runs_here(self, id_tag: str) -> bool:
        """Whether a transaction of the tag runs at this charge point."""
        running = (connector.running_transaction for connector in self._point.connectors.values())
        number = folded(id_tag)
        return bool(number) and any(item is not None and folded(item.id_tag or "") == number for item in running)

    def _others(self, transaction: Transaction, id_tag: str) -> int:
        """Return how many other transactions of the tag ran when this one was first told."""
        tag = self._find(id_tag)
        if tag is None or tag.concurrent is None:
            return 0
        crowded = self._crowded.get(transaction.transaction_id)
        if crowded is None:
            running = self._environment.ledger.running_of(id_tag)
            crowded = len([item for item in running if item is not transaction]) >= tag.concurrent
            self._crowded[transaction.transaction_id] = crowded
            if len(self._crowded) > _MOST_REMEMBERED:
                del self._crowded[next(iter(self._crowded))]
        return tag.concurrent if crowded else 0

    def _tell(self, id_tag: str, info: TagInfo, number: int) -> None:
        """Tell that a tag was presented, unless it is one of too many that nobody knows."""
        tag = self._find(id_tag)
        if tag is None and folded(id_tag) and self._point.registration is not Registration.PENDING:
            was_flooded = self.is_flooded
            unknown = self._environment.unknown_tags
            told = unknown.note(id_tag, self._point.identity, self._environment.clock())
            if was_flooded is not self.is_flooded:
                self._mark(0, "unknown_tags")
            if not told:
                return
        self._emit(
            Event(
                "id_tag_presented",
                "accepted" if info.accepted else "rejected",
                number,
                {
                    "id_tag": id_tag,
                    "name": tag.name if tag else None,
                    "known": tag is not None,
                    "status": _EVENT_STATUS[info.status],
                    "policy": self._point.id_tag_policy.value,
                },
            )
        )
