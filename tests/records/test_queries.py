"""Which records a question finds, page by page, and what they add up to."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.records.history import Span
from custom_components.ocpp_csms.records.queries import (
    Cursor,
    CursorError,
    Listing,
    Page,
    Query,
    Totals,
    began_in,
    hourly,
    touches,
)
from custom_components.ocpp_csms.records.record import Record

from .charges import at, record

BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = Span(at(1), at(1, month=12))


# Which


@pytest.mark.parametrize(
    ("span", "touched", "began"),
    [
        (Span(), True, True),
        (Span(at(10, 9), at(10, 10)), False, False),
        (Span(at(10, 9), at(10, 11)), True, True),
        (Span(at(10, 11), at(10, 12)), True, False),
        (Span(at(10, 12), at(10, 13)), False, False),
        (Span(at(10, 10), None), True, True),
        (Span(None, at(10, 10)), False, False),
    ],
)
def test_a_time_touches_what_ran_in_it_and_counts_what_began_in_it(span: Span, touched: bool, began: bool) -> None:
    """A charge from ten to twelve: the start of a time belongs to it, its end does not."""
    charged = record(1, at(10, 10), hours=2)
    assert touches(charged, span) is touched
    assert began_in(charged, span) is began


def test_a_charge_that_goes_on_touches_all_that_comes() -> None:
    """Its end is not known, so no time is too late for it."""
    assert touches(record(1, at(10), hours=None), Span(at(20), at(21)))


def test_a_charge_without_length_touches_the_moment_it_began() -> None:
    """It is not lost between two times."""
    assert touches(record(1, at(10, 10), hours=0), Span(at(10, 10), at(10, 11)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(charge_points=frozenset({"CP2"})), ["2"]),
        (Query(id_tag=" ABC "), ["1"]),
        (Query(id_tag="anna's card"), ["1"]),
        (Query(id_tag="nobody"), []),
        (Query(parent="Family"), ["2"]),
        (Query(id_tag="abc", charge_points=frozenset({"CP2"})), []),
    ],
)
def test_what_is_asked_for_must_all_be_met(query: Query, found: list[str]) -> None:
    """Tags and groups are the same in whatever case they are written."""
    records = [
        record(2, at(11), charge_point="CP2", id_tag="xyz", parent="FAMILY"),
        record(1, at(10), id_tag="abc", tag_name="Anna's card"),
    ]
    page = Page(query)
    page.visit(records)
    assert [item.transaction.transaction_id for item in page.records] == found


# Pages


def read_all(records: list[Record], limit: int) -> list[Record]:
    """Return what all pages hold, one after the other, as a caller reads them: by the text of the cursor."""
    found: list[Record] = []
    cursor: str | None = None
    while True:
        page = Page(Query(), limit, None if cursor is None else Cursor.parse(cursor))
        until = page.span.until
        page.visit([item for item in records if until is None or item.started < until])
        found += page.records
        if page.following is None:
            return found
        assert len(page.records) == limit
        cursor = str(page.following)


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(1, 7))
def test_pages_hold_every_record_once(minutes: list[int], limit: int) -> None:
    """However many begin at the same moment, and however many fit on a page."""
    records = [record(number, at(10) + timedelta(minutes=minute)) for number, minute in enumerate(minutes)]
    records.sort(key=lambda item: item.order, reverse=True)
    assert read_all(records, limit) == records


def test_a_page_ends_before_the_end_of_what_is_asked_for() -> None:
    """A cursor never widens the time that the caller named."""
    cursor = Cursor(at(20), "CP1 1")
    assert Page(Query(span=Span(None, at(15))), 10, cursor).span.until == at(15)


@pytest.mark.parametrize("text", ["", "next", "0001-01-01T00:00:00+14:00 CP1 1"])
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    """Not taken for the first page."""
    with pytest.raises(CursorError):
        Cursor.parse(text)


# Totals


def test_totals_are_by_month_of_the_home_and_tag() -> None:
    """The last half hour of October in London is November in Berlin; a tag is one in whatever case."""
    totals = Totals(Query(), BERLIN, at(30))
    totals.visit(
        [
            record(3, at(10), id_tag="b"),
            record(2, at(10), id_tag="ABC"),
            record(1, at(31, 23, 30, month=10), id_tag="abc"),
        ]
    )
    assert [(total.month, total.id_tag, total.transactions) for total in totals.in_order()] == [
        ("2026-11", "ABC", 2),
        ("2026-11", "b", 1),
    ]


def test_the_newest_month_comes_first() -> None:
    """As with transactions; within a month by tag."""
    totals = Totals(Query(), BERLIN, at(30))
    totals.visit([record(2, at(10), id_tag="a"), record(1, at(10, month=9), id_tag="a")])
    assert [total.month for total in totals.in_order()] == ["2026-11", "2026-09"]


def test_a_total_adds_up_what_is_known() -> None:
    """Energy, sun, cost and time; the transactions of one session count as one session."""
    totals = Totals(Query(), BERLIN, at(30))
    totals.visit(
        [
            record(
                2,
                at(10, 3),
                session="1",
                energy=1.5,
                hours=1,
                cost=0.5,
                currency="EUR",
                solar_energy=1.0,
                tag_name="Anna",
            ),
            record(1, at(10), session="1", energy=2.25, hours=2, cost=0.25, reference_cost=1.0, currency="EUR"),
        ]
    )
    [total] = totals.in_order()
    assert (total.sessions, total.transactions, total.energy, total.duration) == (1, 2, 3.75, timedelta(hours=3))
    assert (total.cost, total.reference_cost, total.solar_energy, total.unpriced) == (0.75, 1.0, 1.0, 0)
    assert total.tag_name == "Anna"


def test_costs_in_different_currencies_are_not_added_up() -> None:
    """Each has a total of its own, and so has what has none."""
    totals = Totals(Query(), BERLIN, at(30))
    totals.visit([record(number, at(10), cost=1.0, currency=currency) for number, currency in ((1, "EUR"), (2, "SEK"))])
    totals.visit([record(3, at(10))])
    assert [(total.currency, total.cost, total.unpriced) for total in totals.in_order()] == [
        (None, None, 1),
        ("EUR", 1.0, 0),
        ("SEK", 1.0, 0),
    ]


def test_what_runs_counts_until_now() -> None:
    """Its time is that since its start; one that begins in the future of our clock counts none."""
    totals = Totals(Query(), BERLIN, at(10, 1))
    totals.visit([record(2, at(10, 2), hours=None), record(1, at(10), hours=None)])
    [total] = totals.in_order()
    assert total.duration == timedelta(hours=1)


def test_totals_leave_out_what_is_not_asked_for() -> None:
    """A session that began in October and ended in November is October's alone."""
    totals = Totals(Query(span=NOVEMBER), BERLIN, at(30))
    totals.visit([record(1, at(31, 23, month=10), hours=5)])
    assert totals.in_order() == []


# Listings and hours


def test_a_listing_has_the_oldest_first() -> None:
    """Months come newest first, a file begins with the oldest."""
    listing = Listing(Query(span=NOVEMBER))
    listing.visit([record(3, at(20)), record(2, at(10))])
    listing.visit([record(1, at(31, 23, month=10))])
    assert [item.transaction.transaction_id for item in listing.in_order()] == ["2", "3"]


def test_energy_by_hours_is_that_of_all_quarters_of_all_records() -> None:
    """Two charges at the same time add up."""
    hour = int(at(10).timestamp()) // 3600
    used = hourly([record(1, at(10), hours=2, energy=8.0), record(2, at(10, 1), hours=1, energy=1.0)])
    assert used == pytest.approx({hour: 4.0, hour + 1: 5.0}, abs=1e-5)
