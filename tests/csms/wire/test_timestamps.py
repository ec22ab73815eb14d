"""Timestamps of charge points: what is read, and what is believed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.wire.timestamps import AHEAD, EARLIEST, parse_timestamp

RECEIVED = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)
MOMENT = datetime(2026, 6, 3, 11, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-03T11:59:58Z",
        "2026-06-03T11:59:58z",
        "2026-06-03T11:59:58",
        "2026-06-03t11:59:58Z",
        "2026-06-03 11:59:58Z",
        " 2026-06-03T11:59:58Z\r\n",
        "2026-06-03T11:59:58+0000",
        "2026-06-03T11:59:58+00:00",
        "2026-06-03T13:59:58+02",
        "2026-06-03T13:59:58+0200",
        "2026-06-03T06:29:58-05:30",
        "2026-06-03T11:59:58.000Z",
        "2026-06-03T11:59:58.000000000Z",
    ],
)
def test_a_timestamp_is_read_however_it_is_written(text: str) -> None:
    """Zones, blanks, case and fractions vary in the field."""
    moment = parse_timestamp(text, RECEIVED)
    assert moment == MOMENT
    assert moment is not None and moment.utcoffset() == timedelta(0)


def test_nanoseconds_are_read_as_microseconds() -> None:
    """Python knows no nanoseconds."""
    assert parse_timestamp("2026-06-03T11:59:58.123456789Z", RECEIVED) == MOMENT.replace(microsecond=123456)


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1780488000, True, [], {}, "", "   ", "null", "not-a-date", "2026-06-03T25:00:00Z", "11:59:58"),
        *("0000-00-00T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\ud800"),
    ],
)
def test_what_is_no_timestamp_is_none(value: object) -> None:
    """The time of receipt has to do."""
    assert parse_timestamp(value, RECEIVED) is None


@pytest.mark.parametrize("text", ["1970-01-01T00:12:40Z", "2000-01-01T00:01:12Z", "2015-01-01T00:00:00Z"])
def test_a_clock_that_was_never_set_is_not_believed(text: str) -> None:
    """Nothing that speaks OCPP 1.6 happened before it was published."""
    assert parse_timestamp(text, RECEIVED) is None


def test_local_time_labelled_as_utc_is_not_believed() -> None:
    """Two hours ahead is no clock that runs ahead."""
    assert parse_timestamp("2026-06-03T14:00:00Z", RECEIVED) is None


def test_a_clock_may_run_ahead_a_little() -> None:
    """Clocks disagree by seconds."""
    assert parse_timestamp("2026-06-03T12:00:30Z", RECEIVED) == RECEIVED + timedelta(seconds=30)
    assert parse_timestamp((RECEIVED + AHEAD).isoformat(), RECEIVED) == RECEIVED + AHEAD
    assert parse_timestamp((RECEIVED + AHEAD + timedelta(seconds=1)).isoformat(), RECEIVED) is None


def test_a_queue_that_is_years_old_is_believed() -> None:
    """Some charge points deliver what happened in years without a connection."""
    assert parse_timestamp("2021-02-03T04:05:06Z", RECEIVED) == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Whatever is sent, it is a believable moment or None."""
    moment = parse_timestamp(text, RECEIVED)
    assert moment is None or EARLIEST <= moment <= RECEIVED + AHEAD
