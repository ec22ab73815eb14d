"""Home Assistant's long-term statistics, as rows of hours: read in the recorder's threads, written by its queue. Nothing is decided here."""

from collections.abc import Iterable
from dataclasses import dataclass

from homeassistant.components.recorder.const import DOMAIN as RECORDER_DOMAIN
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    async_import_statistics,
    get_last_short_term_statistics,
    get_last_statistics,
    get_metadata,
)
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from custom_components.ocpp_csms.const import DOMAIN

from .energy_hours import HourRow

HOUR = 3600  # s


@callback
def is_recording(hass: HomeAssistant) -> bool:
    """Tell whether there is a recorder."""
    return RECORDER_DOMAIN in hass.config.components


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of one sensor: what they are called and counted in, the last hours, and the newest five minutes."""

    metadata: StatisticMetaData
    rows: list[HourRow]
    newest: HourRow | None

    @property
    def per_kwh(self) -> float:
        """How much of their unit a kWh is."""
        unit = self.metadata["unit_of_measurement"]
        return EnergyConverter.convert(1.0, UnitOfEnergy.KILO_WATT_HOUR, unit)


async def async_statistics(hass: HomeAssistant, statistic_id: str, since: int) -> Statistics | None:
    """Return the statistics from before the hour `since` on; None if there are none, or not of energy."""
    recorder = get_instance(hass)
    # What is waiting to be written counts, too.
    await recorder.async_block_till_done()
    hours = int(dt_util.utcnow().timestamp()) // HOUR - since
    return await recorder.async_add_executor_job(_read, hass, statistic_id, max(hours, 0) + 2)


@callback
def async_write(hass: HomeAssistant, metadata: StatisticMetaData, rows: Iterable[HourRow]) -> None:
    """Have rows written, each instead of the one of the same hour that may be there."""
    data = [
        StatisticData(start=dt_util.utc_from_timestamp(row.hour * HOUR), state=row.state, sum=row.sum) for row in rows
    ]
    if metadata["source"] == RECORDER_DOMAIN:
        async_import_statistics(hass, metadata, data)
    else:
        async_add_external_statistics(hass, metadata, data)


@callback
def async_clear(hass: HomeAssistant, statistic_ids: Iterable[str]) -> None:
    """Have statistics deleted."""
    get_instance(hass).async_clear_statistics(list(statistic_ids))


def energy_metadata(statistic_id: str, name: str) -> StatisticMetaData:
    """Return what statistics of our own are called and counted in."""
    return StatisticMetaData(
        has_sum=True,
        mean_type=StatisticMeanType.NONE,
        name=name,
        source=DOMAIN,
        statistic_id=statistic_id,
        unit_class=EnergyConverter.UNIT_CLASS,
        unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    )


def _read(hass: HomeAssistant, statistic_id: str, hours: int) -> Statistics | None:
    """Return the last hours of statistics. It blocks."""
    found = get_metadata(hass, statistic_ids={statistic_id}).get(statistic_id)
    if found is None or found[1]["unit_of_measurement"] not in EnergyConverter.VALID_UNITS:
        return None
    long_term = get_last_statistics(hass, hours, statistic_id, False, {"state", "sum"})
    short_term = get_last_short_term_statistics(hass, 1, statistic_id, False, {"state", "sum"})
    newest = _rows(short_term.get(statistic_id, []))
    return Statistics(found[1], _rows(long_term.get(statistic_id, [])), newest[-1] if newest else None)


def _rows(found: Iterable[object]) -> list[HourRow]:
    """Return rows by hour, oldest first, without those that have no sum."""
    rows = []
    for row in found:
        match row:
            case {"start": start, "sum": float(total), "state": float(state)}:
                rows.append(HourRow(int(start) // HOUR, state, total))
    return sorted(rows, key=lambda row: row.hour)
