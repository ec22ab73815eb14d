"""ID tags: who may charge. Pure: given the tags, the policy and the time, the answer follows.

Source: OCPP 1.6 §7.2 (AuthorizationStatus), §7.28 (IdToken: compared without regard to case).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# So long a tag that was presented is expected to start its transaction.
_PRESENTED_GRACE = timedelta(minutes=2)
_MOST_PRESENTED = 20


class Policy(StrEnum):
    """What happens to tags that nobody entered."""

    ACCEPT_ALL = "accept_all"
    LISTED_ONLY = "listed_only"


class TagStatus(StrEnum):
    """The verdict on a tag (OCPP 1.6 §7.2)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"


@dataclass(frozen=True, slots=True)
class IdTag:
    """One tag as the user entered it. `expiry` in UTC."""

    id_tag: str
    name: str | None = None
    allowed: bool = True
    expiry: datetime | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class TagInfo:
    """The answer to a charge point about a tag."""

    status: TagStatus
    expiry: datetime | None = None
    parent: str | None = None


class Authorization:
    """The tags of a central system and its policy."""

    def __init__(self, policy: Policy = Policy.ACCEPT_ALL, tags: Mapping[str, IdTag] | None = None) -> None:
        """Take the tags by any key; they are found by their number."""
        self.policy = policy
        self._tags = {tag.id_tag.casefold(): tag for tag in (tags or {}).values()}

    def find(self, id_tag: str) -> IdTag | None:
        """Return the tag that the user entered under this number, if any."""
        return self._tags.get(id_tag.strip().casefold())

    def check(self, id_tag: str, now: datetime) -> TagInfo:
        """Return the verdict on a presented tag at the time `now` (UTC)."""
        tag = self.find(id_tag)
        if tag is None:
            accepted = self.policy is Policy.ACCEPT_ALL and bool(id_tag.strip())
            return TagInfo(TagStatus.ACCEPTED if accepted else TagStatus.INVALID)
        if not tag.allowed:
            status = TagStatus.BLOCKED
        elif tag.expiry is not None and tag.expiry <= now:
            status = TagStatus.EXPIRED
        else:
            status = TagStatus.ACCEPTED
        return TagInfo(status, tag.expiry, tag.parent)


class PresentedTags:
    """The tags that a charge point has asked about of late."""

    def __init__(self) -> None:
        """Begin with none."""
        self._presented: tuple[tuple[str, datetime], ...] = ()

    def note(self, id_tag: str, now: datetime) -> None:
        """A tag has been presented."""
        self._presented = (*self._presented, (id_tag.strip().casefold(), now))[-_MOST_PRESENTED:]

    def is_recent(self, id_tag: str, now: datetime) -> bool:
        """Tell whether a tag was presented within the last two minutes."""
        folded = id_tag.strip().casefold()
        return any(tag == folded and now - at <= _PRESENTED_GRACE for tag, at in self._presented)
