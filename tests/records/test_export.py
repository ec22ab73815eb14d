"""Records as CSV and JSON: right for spreadsheets and programs, and never a formula."""

import csv
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.records.export import COLUMNS, as_csv, as_json, as_object, total_as_object
from custom_components.ocpp_csms.records.queries import Total
from custom_components.ocpp_csms.records.record import Record

from .charges import at, record

BERLIN = ZoneInfo("Europe/Berlin")


def rows_of(records: list[Record]) -> list[dict[str, str]]:
    """Return what a program reads of the CSV."""
    return list(csv.DictReader(io.StringIO(as_csv(records, BERLIN), newline=""), strict=True))


def test_a_row_tells_all_that_an_employer_asks_for() -> None:
    """Local times with their zone, kWh to the watt-hour, a decimal point."""
    charged = record(
        7,
        at(10, 10),
        energy=8.0,
        id_tag="04A2",
        tag_name="Anna",
        meter_start=100.0,
        meter_stop=108.0,
        cost=2.4,
        currency="EUR",
        reason="EVDisconnected",
        offline=True,
        repairs=("adopted", "stop_time"),
    )
    [row] = rows_of([charged])
    expected = {
        "charge_point": "CP1",
        "charge_point_name": "Garage",
        "connector": "1",
        "transaction_id": "7",
        "id_tag": "04A2",
        "tag_name": "Anna",
        "started": "2026-11-10T11:00:00+01:00",
        "stopped": "2026-11-10T13:00:00+01:00",
        "energy_kwh": "8.000",
        "meter_start_kwh": "100.000",
        "cost": "2.4000",
        "reference_cost": "",
        "currency": "EUR",
        "reason": "EVDisconnected",
        "offline": "yes",
        "repairs": "adopted stop_time",
    }
    assert expected.items() <= row.items()


def test_there_is_one_head_and_rows_end_as_the_standard_says() -> None:
    """RFC 4180: CRLF, and the same number of fields everywhere."""
    lines = as_csv([record(1, at(10)), record(2, at(11))], BERLIN).split("\r\n")
    assert lines[0] == ",".join(column.name for column in COLUMNS)
    assert len(lines) == 4
    assert lines[3] == ""


def test_nothing_charged_is_a_head_alone() -> None:
    """A program that reads the file of an empty month does not fail."""
    assert rows_of([]) == []


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_a_text_is_never_a_formula(text: str) -> None:
    """Who presents a card chooses its number: it must not run in the employer's spreadsheet."""
    [row] = rows_of([record(1, at(10), id_tag=text)])
    assert row["id_tag"] == f"'{text}"


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_tag_is_called_the_rows_stay_rows(id_tag: str, name: str) -> None:
    """Quotes, commas, line breaks: what was written is what is read, but for the apostrophe before a formula."""
    [row] = rows_of([record(1, at(10), id_tag=id_tag, tag_name=name)])
    assert row["id_tag"].removeprefix("'") == id_tag.removeprefix("'")
    assert row["tag_name"].removeprefix("'") == name.removeprefix("'")


def test_a_number_may_be_negative() -> None:
    """A price below zero is no formula: numbers are no texts."""
    [row] = rows_of([record(1, at(10), cost=-0.5)])
    assert row["cost"] == "-0.5000"


def test_an_object_has_the_columns_and_the_quarters() -> None:
    """Numbers are numbers, what is not known is null."""
    told: dict[str, Any] = as_object(record(1, at(10, 10), hours=0.5, energy=2.0, repairs=("adopted",)), BERLIN)
    assert {column.name for column in COLUMNS} <= told.keys()
    assert (told["energy_kwh"], told["cost"], told["offline"], told["repairs"]) == (2.0, None, False, ["adopted"])
    assert told["intervals"] == {
        "2026-11-10T11:00:00+01:00": 1.0,
        "2026-11-10T11:15:00+01:00": 1.0,
    }


def test_json_is_a_list_of_objects() -> None:
    """The same as in the answer of an action."""
    charged = record(1, at(10))
    assert json.loads(as_json([charged], BERLIN)) == [as_object(charged, BERLIN)]


def test_a_total_is_told_in_the_words_of_the_columns() -> None:
    """Time in minutes; what nobody knows is null."""
    told = total_as_object(Total("2026-11", "abc", "Anna", "EUR", transactions=2, energy=1.23456, cost=0.5, unpriced=1))
    assert told == {
        "month": "2026-11",
        "id_tag": "abc",
        "tag_name": "Anna",
        "sessions": 0,
        "transactions": 2,
        "energy_kwh": 1.235,
        "solar_energy_kwh": None,
        "duration_minutes": 0,
        "cost": 0.5,
        "reference_cost": None,
        "currency": "EUR",
        "transactions_without_cost": 1,
    }
