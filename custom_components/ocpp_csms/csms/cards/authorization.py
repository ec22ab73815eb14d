"""ID tags: who may charge. Pure: given the tags, the policy and the time, the answer follows.

Source: OCPP 1.6 §7.2 (AuthorizationStatus), §7.28 (IdToken: compared without regard to case); 2.0.1 part 2
(AuthorizationStatusEnumType, IdTokenType).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from custom_components.ocpp_csms.csms.wire.fields import LONGEST_TEXT

# So long a tag that was presented is expected to start its transaction.
PRESENTED_GRACE = timedelta(minutes=2)
_MOST_PRESENTED = 20


class Policy(StrEnum):
    """What happens to tags that nobody entered."""

    ACCEPT_ALL = "accept_all"
    LISTED_ONLY = "listed_only"
    ASK = "ask"  # refused, and told so that somebody can be asked


class TagStatus(StrEnum):
    """The verdict on a tag (OCPP 1.6 §7.2)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


@dataclass(frozen=True, slots=True)
class IdTag:
    """One tag as the user entered it. `expiry` in UTC.

    `concurrent` is how many of its transactions may run at a time (None: any number), `charge_points` at which charge points it may
    charge, by identity (empty: at all).
    """

    id_tag: str
    name: str | None = None
    allowed: bool = True
    expiry: datetime | None = None
    parent: str | None = None
    concurrent: int | None = None
    charge_points: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TagInfo:
    """The answer to a charge point about a tag."""

    status: TagStatus
    expiry: datetime | None = None
    parent: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the tag may charge."""
        return self.status is TagStatus.ACCEPTED


class Authorization:
    """The tags of a central system and its policy."""

    def __init__(self, policy: Policy | None = None, tags: Mapping[str, IdTag] | None = None) -> None:
        """Take the tags by any key; they are found by their number. Without a policy, all are accepted until there is a tag."""
        self._tags = {folded(tag.id_tag): tag for tag in (tags or {}).values()}
        self.policy = policy or (Policy.LISTED_ONLY if self._tags else Policy.ACCEPT_ALL)

    def find(self, id_tag: str) -> IdTag | None:
        """Return the tag that the user entered under this number, if any."""
        return self._tags.get(folded(id_tag))

    def tags(self) -> Iterable[IdTag]:
        """Return all tags that the user entered."""
        return self._tags.values()

    def check(
        self,
        id_tag: str,
        now: datetime,
        *,
        charge_point: str | None = None,
        policy: Policy | None = None,
        others: int = 0,
    ) -> TagInfo:
        """Return the verdict on a tag at the time `now` (UTC): Invalid goes before Blocked, Expired, ConcurrentTx and Accepted.

        `charge_point` is the identity of the one where it was presented, `policy` that of this charge point if it has one of its own,
        `others` how many transactions of the tag run besides the one that it wants to start. Group and expiry are part of every verdict.
        """
        tag = self.find(id_tag)
        if tag is None:
            readable = 0 < len(id_tag.strip()) < LONGEST_TEXT  # a longer one was cut: it could be anybody's
            accepted = readable and (policy or self.policy) is Policy.ACCEPT_ALL
            return TagInfo(TagStatus.ACCEPTED if accepted else TagStatus.INVALID)
        return TagInfo(_status(tag, now, charge_point, others), tag.expiry, tag.parent)


def folded(id_tag: str) -> str:
    """Return the number of a tag for comparison: without regard to case, and to blanks around it."""
    return id_tag.strip().casefold()


def _status(tag: IdTag, now: datetime, charge_point: str | None, others: int) -> TagStatus:
    elsewhere = bool(tag.charge_points) and charge_point is not None and charge_point not in tag.charge_points
    if not tag.allowed or elsewhere:
        return TagStatus.BLOCKED
    if tag.expiry is not None and tag.expiry <= now:
        return TagStatus.EXPIRED
    if tag.concurrent is not None and others >= tag.concurrent:
        return TagStatus.CONCURRENT_TX
    return TagStatus.ACCEPTED


class PresentedTags:
    """The tags that a charge point has asked about of late."""

    def __init__(self) -> None:
        """Begin with none."""
        self._presented: tuple[tuple[str, datetime], ...] = ()

    def note(self, id_tag: str, now: datetime) -> None:
        """A tag has been presented."""
        self._presented = (*self._presented, (folded(id_tag), now))[-_MOST_PRESENTED:]

    def is_recent(self, id_tag: str, now: datetime) -> bool:
        """Tell whether a tag was presented within the last two minutes."""
        number = folded(id_tag)
        return any(tag == number and now - at <= PRESENTED_GRACE for tag, at in self._presented)
