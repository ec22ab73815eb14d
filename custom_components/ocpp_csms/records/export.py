"""Records as text: CSV for spreadsheets, JSON for programs. Pure: what a column is called and how it is written stands in one table.

Times are those of the home, with their distance from UTC; numbers have a decimal point and no unit: the column names it.
"""

from collections.abc import Callable, Iterable
import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
import io

from homeassistant.helpers.json import json_bytes
from homeassistant.util.json import JsonObjectType, JsonValueType

from custom_components.ocpp_csms.csms.booking.transactions import INTERVAL, Transaction

from .queries import Total
from .record import Record

type Cell = str | int | float | bool | None

# What a spreadsheet takes for a formula if a text begins with it, and what it skips before looking.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class ExportFormat(StrEnum):
    """What records are exported as."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `digits` behind the point, for numbers."""

    name: str
    value: Callable[[Record, tzinfo], Cell]
    digits: int | None = None


def _of(value: Callable[[Transaction], Cell]) -> Callable[[Record, tzinfo], Cell]:
    return lambda record, _zone: value(record.transaction)


def _time(value: Callable[[Transaction], datetime | None]) -> Callable[[Record, tzinfo], Cell]:
    return lambda record, zone: _local(value(record.transaction), zone)


COLUMNS = (
    Column("charge_point", lambda record, _: record.charge_point),
    Column("charge_point_name", lambda record, _: record.name),
    Column("connector", _of(lambda item: item.connector)),
    Column("transaction_id", _of(lambda item: item.transaction_id)),
    Column("session", _of(lambda item: item.session)),
    Column("id_tag", _of(lambda item: item.id_tag)),
    Column("tag_name", _of(lambda item: item.tag_name)),
    Column("parent", _of(lambda item: item.parent)),
    Column("plugged_in", _time(lambda item: item.plugged_in)),
    Column("started", _time(lambda item: item.started)),
    Column("stopped", _time(lambda item: item.stopped)),
    Column("energy_kwh", _of(lambda item: item.energy), 3),
    Column("solar_energy_kwh", _of(lambda item: item.solar_energy), 3),
    Column("meter_start_kwh", _of(lambda item: item.meter_start), 3),
    Column("meter_stop_kwh", _of(lambda item: item.meter_stop), 3),
    Column("peak_power_w", _of(lambda item: item.peak_power), 0),
    Column("limit_a", _of(lambda item: item.limit), 1),
    Column("cost", _of(lambda item: item.cost), 4),
    Column("reference_cost", _of(lambda item: item.reference_cost), 4),
    Column("currency", _of(lambda item: item.currency)),
    Column("reason", _of(lambda item: item.reason)),
    Column("offline", _of(lambda item: item.offline)),
    Column("samples", _of(lambda item: item.samples)),
    Column("repairs", _of(lambda item: " ".join(item.repairs))),
)


def as_csv(records: Iterable[Record], zone: tzinfo) -> str:
    """Return a table (RFC 4180), one row for each record below a head."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.name for column in COLUMNS)
    writer.writerows([_written(column, column.value(record, zone)) for column in COLUMNS] for record in records)
    return text.getvalue()


def as_json(records: Iterable[Record], zone: tzinfo) -> str:
    """Return a list with an object for each record."""
    return json_bytes([as_object(record, zone) for record in records]).decode()


def as_object(record: Record, zone: tzinfo) -> JsonObjectType:
    """Return a record with all that is known of it, by the names of the columns, and its energy by quarters of an hour."""
    answer: JsonObjectType = {column.name: _rounded(column, column.value(record, zone)) for column in COLUMNS}
    answer["repairs"] = list(record.transaction.repairs)
    answer["intervals"] = {
        _local(datetime.fromtimestamp(start * INTERVAL, UTC), zone) or "": energy
        for start, energy in sorted(record.transaction.intervals.items())
    }
    return answer


def total_as_object(total: Total) -> JsonObjectType:
    """Return what a tag's records of a month add up to, in the words of the columns."""
    return {
        "month": total.month,
        "id_tag": total.id_tag,
        "tag_name": total.tag_name,
        "sessions": total.sessions,
        "transactions": total.transactions,
        "energy_kwh": round(total.energy, 3),
        "solar_energy_kwh": _round(total.solar_energy, 3),
        "duration_minutes": round(total.duration / timedelta(minutes=1)),
        "cost": _round(total.cost, 4),
        "reference_cost": _round(total.reference_cost, 4),
        "currency": total.currency,
        "transactions_without_cost": total.unpriced,
    }


def _local(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _rounded(column: Column, value: Cell) -> JsonValueType:
    return round(value, column.digits) if column.digits is not None and isinstance(value, int | float) else value


def _written(column: Column, value: Cell) -> str:
    """Return a cell. A text that a spreadsheet would take for a formula gets an apostrophe, and none can break a row."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value) if column.digits is None else f"{value:.{column.digits}f}"
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
