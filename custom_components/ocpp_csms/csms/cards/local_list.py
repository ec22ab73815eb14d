"""The local authorization list of a charge point: what it ought to hold, what it was told, and what to send next to bring it in step.

Pure, in no version's words. A list is sent as a whole or as what has changed; each message makes a new version of it. What does not fit
in one message is sent as a whole list that is too short, and changes that complete it. Source: OCPP 1.6 §3.5.2, §5.10, §5.15; 2.0.1
part 2, D01, D02.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from custom_components.ocpp_csms.csms.requests import LocalListEntry, SendLocalList

from .authorization import Authorization, TagStatus, folded


class LocalListState(StrEnum):
    """How it stands with the local list of a charge point."""

    OFF = "off"  # the user does not want it
    UNUSED = "unused"  # there is nothing to be kept
    UNSUPPORTED = "unsupported"
    DISABLED = "disabled"  # switched off in the charge point
    PENDING = "pending"
    IN_STEP = "in_step"
    INCOMPLETE = "incomplete"  # as far as it reaches, it is in step
    FAILED = "failed"  # the charge point has refused it


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSupport:
    """What a charge point says about its local list: whether it has one and uses it, the most entries of it, and of one message."""

    supported: bool
    enabled: bool = True
    longest: int | None = None
    longest_message: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a charge point was told, by number of the tag, and the version of it."""

    version: int
    entries: Mapping[str, LocalListEntry] = field(default_factory=dict)

    def after(self, update: SendLocalList) -> Told:
        """Return what it holds once an update was accepted."""
        entries = {} if update.full else dict(self.entries)
        for entry in update.entries:
            if entry.status is None:
                entries.pop(folded(entry.id_tag), None)
            else:
                entries[folded(entry.id_tag)] = entry
        return Told(update.version, entries)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"version": self.version, "entries": [_entry_to(entry) for entry in self.entries.values()]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `as_dict` returned. Raises KeyError, TypeError or ValueError for anything else."""
        entries = [_entry_from(item) for item in stored["entries"]]
        return cls(int(stored["version"]), {folded(entry.id_tag): entry for entry in entries})


def wanted_entries(
    authorization: Authorization, charge_point: str, now: datetime, longest_tag: int
) -> tuple[LocalListEntry, ...]:
    """Return what the list of a charge point ought to hold: the tags that the user entered, those that may charge first.

    Tags that may not charge at this one, and those that are longer than it can read, are left out: it asks about them.
    """
    entries = []
    for tag in authorization.tags():
        if len(tag.id_tag) > longest_tag or (tag.charge_points and charge_point not in tag.charge_points):
            continue
        info = authorization.check(tag.id_tag, now, charge_point=charge_point)
        entries.append(LocalListEntry(id_tag=tag.id_tag, status=info.status, expiry=info.expiry, parent=info.parent))
    return tuple(sorted(entries, key=lambda entry: entry.status is not TagStatus.ACCEPTED))


def whole_list(entries: Iterable[LocalListEntry], version: int, longest_message: int | None) -> SendLocalList:
    """Return the message that replaces the list; of a long one, it has the beginning."""
    return SendLocalList(version=version, full=True, entries=tuple(entries)[:longest_message])


def next_update(
    entries: Iterable[LocalListEntry], told: Told | None, version: int, longest_message: int | None
) -> SendLocalList | None:
    """Return the next message that brings the list nearer to `entries`; None when it is in step.

    `version` is the highest that is known of; what the charge point was told is None where that is not known.
    """
    if told is None:
        return whole_list(entries, version + 1, longest_message)
    changes = changed_entries(entries, told)[:longest_message]
    return SendLocalList(version=told.version + 1, full=False, entries=changes) if changes else None


def changed_entries(entries: Iterable[LocalListEntry], told: Told) -> tuple[LocalListEntry, ...]:
    """Return what a charge point was not told yet; what has to go comes first, which makes room for what comes."""
    wanted = {folded(entry.id_tag): entry for entry in entries}
    gone = [removal(entry.id_tag) for number, entry in told.entries.items() if number not in wanted]
    return (*gone, *(entry for number, entry in wanted.items() if told.entries.get(number) != entry))


def removal(id_tag: str) -> LocalListEntry:
    """Return the entry that takes a tag off the list."""
    return LocalListEntry(id_tag=id_tag, status=None)


def _entry_to(entry: LocalListEntry) -> list[Any]:
    return [entry.id_tag, entry.status, entry.expiry.isoformat() if entry.expiry else None, entry.parent]


def _entry_from(item: list[Any]) -> LocalListEntry:
    id_tag, status, expiry, parent = item
    entry = LocalListEntry(id_tag=str(id_tag), status=TagStatus(status), parent=parent)
    return replace(entry, expiry=datetime.fromisoformat(expiry)) if expiry else entry
