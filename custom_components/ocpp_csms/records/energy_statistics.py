"""Long-term statistics of the connectors' energy, put right after a charge point has told what was charged while it was offline.

The energy dashboard shows what each hour used. Home Assistant counts all that comes late in the hour in which it comes; from here on it
stands in the hours that it was used in. Without the recorder, or where the user has the sensor not recorded, nothing is done.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
import logging
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.model import Quantity

from .energy_hours import LateEnergy, corrected
from .recorder import HOUR, async_statistics, async_write

_LOGGER = logging.getLogger(__name__)

# So long after the end of an hour Home Assistant may still be about to write it; ours would stand in its way.
COMPILING = 60  # s
FARTHEST = 366 * 24  # hours: what is older is put right by nobody

type Place = tuple[str, int]
"""A charge point's identity and a connector of it."""

type HourlyEnergy = Callable[[Place, int], Awaitable[Mapping[int, float]]]
"""Returns what transactions took at a connector (kWh), by hours from an hour on."""


class EnergyStatistics:
    """The statistics of all connectors' energy, and what is to be put right of them."""

    def __init__(
        self, hass: HomeAssistant, *, used: HourlyEnergy, register: Callable[[str, int], float | None]
    ) -> None:
        """Have nothing to put right. `register` returns that of a connector, in kWh."""
        self._hass = hass
        self._used = used
        self._register = register
        self._late: dict[Place, LateEnergy] = {}
        self._due: set[Place] = set()

    @callback
    def restore(self, stored: Mapping[str, Any]) -> None:
        """Take up what `snapshot` returned. Raises AttributeError, TypeError or ValueError for anything else."""
        self._late = {
            (str(identity), int(number)): LateEnergy(*map(int, hours))
            for identity, connectors in stored.items()
            for number, hours in connectors.items()
        }
        self.hour_is_over()

    def snapshot(self) -> dict[str, Any]:
        """Return what is still to be put right, as JSON."""
        kept: dict[str, Any] = {}
        for (identity, number), late in self._late.items():
            kept.setdefault(identity, {})[str(number)] = [late.since, late.first_heard, late.last_heard]
        return kept

    @property
    def pending(self) -> bool:
        """Whether anything is to be put right now."""
        return bool(self._due)

    @callback
    def heard(self, identity: str, number: int, since: datetime) -> None:
        """Energy has become known that a connector took from `since` on."""
        now = _hour(dt_util.utcnow().timestamp())
        late = LateEnergy(max(_hour(since.timestamp()), now - FARTHEST), now, now)
        place = identity, number
        known = self._late.get(place)
        self._late[place] = late if known is None else known.also(late)
        self._due.add(place)

    @callback
    def hour_is_over(self) -> None:
        """Look again at what was put right before: the hour of the news has a row now."""
        self._due.update(self._late)

    async def async_put_right(self) -> None:
        """Put right what is to be. Called again, also after a crash, it comes to the same."""
        while self._due:
            place = self._due.pop()
            late = self._late[place]
            end = _hour(dt_util.utcnow().timestamp() - COMPILING)
            try:
                await self._async_put_right(place, late, end)
            except BaseException:
                self._due.add(place)
                raise
            if end > late.last_heard and self._late.get(place) == late:
                del self._late[place]

    async def _async_put_right(self, place: Place, late: LateEnergy, end: int) -> None:
        identity, number = place
        entity_id = er.async_get(self._hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{identity}_{number}_{Quantity.ENERGY}"
        )
        statistics = None if entity_id is None else await async_statistics(self._hass, entity_id, late.since)
        if statistics is None or statistics.newest is None:
            return
        factor, newest = statistics.per_kwh, statistics.newest
        register = self._register(identity, number)
        # The newest row may not have heard the news itself.
        unheard = 0.0 if register is None else max(register * factor - newest.state, 0.0)
        used = {hour: energy * factor for hour, energy in (await self._used(place, late.since)).items()}
        rows = corrected(statistics.rows, used, late, end=end, total=newest.sum + unheard)
        if rows:
            _LOGGER.debug("%s hours of %s are put right", len(rows), entity_id)
            async_write(self._hass, statistics.metadata, rows)


def _hour(timestamp: float) -> int:
    return int(timestamp // HOUR)
