"""Long-term statistics of our own: what each ID tag that the user has named has charged, by hours, over all charge points.

They follow the records, the running ones too, and go with their tag. Without the recorder there are none.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util, slugify

from custom_components.ocpp_csms.const import CONF_ID_TAG, DOMAIN, SUBENTRY_ID_TAG
from custom_components.ocpp_csms.settings import subentries_of

from .energy_hours import counted
from .energy_statistics import FARTHEST
from .queries import fold
from .recorder import HOUR, async_clear, async_statistics, async_write, energy_metadata

type TagEnergy = Callable[[str, int], Awaitable[Mapping[int, float]]]
"""Returns what a tag has charged (kWh), by hours from an hour on."""

_LONGEST = 60  # characters of an id
_HASHED = re.compile(r".*_[0-9a-f]{8}")


class TagStatistics:
    """The statistics of all tags of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, used: TagEnergy) -> None:
        """Know no tag yet."""
        self._hass = hass
        self._entry = entry
        self._used = used
        self._ids: dict[str, str] = {}  # by tag, those that there are statistics of
        self._names: dict[str, str] = {}  # by tag, those that the user has named now
        self._due: dict[str, int] = {}  # by tag, the hour from which on it is to be counted

    @callback
    def restore(self, stored: Mapping[str, Any]) -> None:
        """Take up what `snapshot` returned. Raises AttributeError, TypeError or ValueError for anything else."""
        self._ids = {str(tag): str(statistic_id) for tag, statistic_id in stored.get("ids", {}).items()}
        self._due = {str(tag): int(hour) for tag, hour in stored.get("due", {}).items()}

    def snapshot(self) -> dict[str, Any]:
        """Return which statistics there are and what is to be counted, as JSON."""
        return {"ids": dict(self._ids), "due": dict(self._due)}

    @property
    def pending(self) -> bool:
        """Whether there is anything to count."""
        return bool(self._due)

    @callback
    def apply(self) -> bool:
        """Follow the user's tags as they are now; return whether there is anything to do or to save."""
        names = {
            fold(subentry.data[CONF_ID_TAG]) or "": subentry.title
            for subentry in subentries_of(self._entry, SUBENTRY_ID_TAG)
        }
        if gone := self._ids.keys() - names.keys():
            async_clear(self._hass, [self._ids.pop(tag) for tag in gone])
        for tag, name in names.items():
            if tag not in self._ids:
                self._ids[tag] = self._free_id(tag)
                self._due[tag] = 0  # all that it has ever charged
            elif self._names.get(tag, name) != name:
                async_write(self._hass, energy_metadata(self._ids[tag], name), ())
        changed = names != self._names
        self._names = names
        for tag in self._due.keys() - names.keys():
            del self._due[tag]
        return changed

    @callback
    def charged(self, id_tag: str | None, since: datetime) -> None:
        """A tag has charged from `since` on, or what is known of it has changed."""
        tag = fold(id_tag)
        if tag is not None and tag in self._ids:
            self._note(tag, int(since.timestamp() // HOUR))

    def _note(self, tag: str, hour: int) -> None:
        self._due[tag] = min(hour, self._due.get(tag, hour))

    async def async_count(self) -> None:
        """Bring the statistics of all tags that have charged up to date. Called again after a crash it comes to the same."""
        while self._due:
            tag, since = self._due.popitem()
            try:
                await self._async_count(tag, max(since, int(dt_util.utcnow().timestamp() // HOUR) - FARTHEST))
            except BaseException:
                self._note(tag, since)
                raise

    async def _async_count(self, tag: str, since: int) -> None:
        used = await self._used(tag, since)
        if (statistic_id := self._ids.get(tag)) is None:
            return  # the user has removed it meanwhile
        known = await async_statistics(self._hass, statistic_id, since)
        rows = counted([] if known is None else known.rows, used, since)
        if tag in self._ids:
            async_write(self._hass, energy_metadata(statistic_id, self._names[tag]), rows)

    def _free_id(self, tag: str) -> str:
        """Return the id of a tag's statistics; where another central system knows the tag too, each has its own."""
        others = (entry for entry in self._hass.config_entries.async_entries(DOMAIN) if entry is not self._entry)
        twins = (subentry for other in others for subentry in subentries_of(other, SUBENTRY_ID_TAG))
        is_shared = any(fold(subentry.data[CONF_ID_TAG]) == tag for subentry in twins)
        return statistic_id_of(f"{tag}/{self._entry.entry_id}" if is_shared else tag)


def statistic_id_of(tag: str) -> str:
    """Return the id of a tag's statistics: the tag itself, if an id can be written so, else what is like it and a hash."""
    slug = slugify(tag)
    if not slug or slug != tag or len(slug) > _LONGEST or _HASHED.fullmatch(slug):
        digest = sha256(tag.encode()).hexdigest()[:8]
        slug = f"{slug[:_LONGEST].strip('_') or 'tag'}_{digest}"
    return f"{DOMAIN}:{slug}"


@callback
def async_clear_tag_statistics(hass: HomeAssistant, stored: Mapping[str, Any]) -> None:
    """Delete the statistics that `snapshot` tells of: their entry is removed."""
    if ids := stored.get("ids"):
        async_clear(hass, ids.values())
