"""Who may charge as far as the charge point knows: the local authorization list and the authorization cache.

OCPP 1.6, sections 3.5, 5.15 (SendLocalList) and 9.1/9.2. Pure: the moment is handed in.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ocpp.v16.enums import AuthorizationStatus, UpdateStatus, UpdateType

from .messages import read_timestamp


@dataclass(frozen=True, slots=True)
class TagInfo:
    """What is known of an ID tag (IdTagInfo, section 7.27)."""

    status: str
    parent_id_tag: str | None = None
    expiry: str | None = None

    @classmethod
    def from_wire(cls, info: object) -> TagInfo:
        """Read an `idTagInfo`; one that is not there, or without status, counts as invalid."""
        if not isinstance(info, dict):
            return cls(AuthorizationStatus.invalid)
        return cls(info.get("status", AuthorizationStatus.invalid), info.get("parentIdTag"), info.get("expiryDate"))

    def accepted(self, now: datetime) -> bool:
        """Tell whether the tag may charge now."""
        if self.status != AuthorizationStatus.accepted:
            return False
        return self.expiry is None or now < read_timestamp(self.expiry)


@dataclass(slots=True)
class Authorization:
    """The list, its version (0 = empty) and the cache."""

    version: int = 0
    listed: dict[str, TagInfo] = field(default_factory=dict)
    cache: dict[str, TagInfo] = field(default_factory=dict)

    def lookup(self, id_tag: str, *, listed: bool = True, cached: bool = True) -> TagInfo | None:
        """Return what is known of the tag; the list comes before the cache."""
        if listed and id_tag in self.listed:
            return self.listed[id_tag]
        return self.cache.get(id_tag) if cached else None

    def learn(self, id_tag: str, info: TagInfo) -> None:
        """Keep what the central system said of a tag, but not that it charges elsewhere: that passes."""
        if info.status != AuthorizationStatus.concurrent_tx:
            self.cache[id_tag] = info

    def update(self, version: int, kind: UpdateType, entries: list[dict[str, Any]], longest: int) -> UpdateStatus:
        """Apply SendLocalList; a list that would grow beyond `longest` fails and changes nothing."""
        if kind is UpdateType.differential and version <= self.version:
            return UpdateStatus.version_mismatch
        changed = {} if kind is UpdateType.full else dict(self.listed)
        for entry in entries:
            if (info := entry.get("idTagInfo")) is not None:
                changed[entry["idTag"]] = TagInfo.from_wire(info)
            elif kind is UpdateType.full:
                return UpdateStatus.failed
            else:
                changed.pop(entry["idTag"], None)
        if len(changed) > longest:
            return UpdateStatus.failed
        self.version, self.listed = version, changed
        return UpdateStatus.accepted

    def dump(self) -> dict[str, Any]:
        """Return what survives a restart, as JSON values."""
        return {
            "version": self.version,
            "listed": {tag: [info.status, info.parent_id_tag, info.expiry] for tag, info in self.listed.items()},
            "cache": {tag: [info.status, info.parent_id_tag, info.expiry] for tag, info in self.cache.items()},
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self.version = values["version"]
        self.listed = {tag: TagInfo(*info) for tag, info in values["listed"].items()}
        self.cache = {tag: TagInfo(*info) for tag, info in values["cache"].items()}
