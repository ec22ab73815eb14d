"""Fields of payloads: what is unambiguous is understood, and nothing raises."""

from datetime import datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.wire.fields import (
    LONGEST_TEXT,
    connector_number,
    folded,
    names,
    nested,
    number,
    positive,
    text,
    time_text,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("A1", "A1"),
        (" A1 ", "A1"),
        (4711, "4711"),
        (1.14, "1.14"),
        ("x" * 1000, "x" * LONGEST_TEXT),
        ("", None),
        ("  ", None),
        ("null", None),
        (None, None),
        ({}, None),
        ([1], None),
    ],
)
def test_a_text_is_trimmed_and_cut(value: object, expected: str | None) -> None:
    """What is empty says nothing."""
    assert text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        ("1", 1),
        (" 55301 ", 55301),
        (3.0, 3),
        ("3.0", 3),
        (2**63 - 1, 2**63 - 1),
        (str(2**63 - 1), 2**63 - 1),
        (True, None),
        ("much", None),
        ("", None),
        (None, None),
        ({}, None),
        (float("nan"), None),
        ("nan", None),
        (float("inf"), None),
        ("1e999", None),
        ("9" * 5000, None),
    ],
)
def test_an_integer_is_read_from_numbers_and_texts(value: object, expected: int | None) -> None:
    """Also from those of floats; large ones are not rounded."""
    assert number(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(7, 7), ("7", 7), (0, None), (-1, None), ("x", None), (None, None)])
def test_zero_and_less_stand_for_none(value: object, expected: int | None) -> None:
    """Of ids."""
    assert positive(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(2**63 - 1, 2**63 - 1), (2**63, None), (10**30, None)])
def test_what_no_file_can_keep_is_no_id(value: object, expected: int | None) -> None:
    """One number must not keep all others from being saved."""
    assert positive(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1), ("1", 1), ("2.0", 2), (0, 0), (None, 0), (100, 100), (101, None), (-1, None), ("one", None), (True, None)],
)
def test_a_connector_is_one_that_can_be(value: object, expected: int | None) -> None:
    """Without a number it is the whole charge point."""
    assert connector_number(value) == expected


@pytest.mark.parametrize(("value", "expected"), [({"a": 1}, {"a": 1}), ([], {}), ("x", {}), (None, {}), (5, {})])
def test_what_is_no_object_is_an_empty_one(value: object, expected: dict[str, int]) -> None:
    """There is something to look into."""
    assert nested(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(" SuspendedEV ", "suspendedev"), ("", ""), (5, ""), (None, "")])
def test_names_are_compared_without_regard_to_case(value: object, expected: str) -> None:
    """What is no text is no name."""
    assert folded(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("Voltage, SoC", ["Voltage", "SoC"]), (" ,Voltage,,", ["Voltage"]), ("", []), (None, [])]
)
def test_a_comma_list_is_split(value: str | None, expected: list[str]) -> None:
    """Blanks and empty entries say nothing."""
    assert names(value) == expected


def test_a_time_is_written_in_utc_to_the_second() -> None:
    """Wherever it came from."""
    at = datetime(2026, 11, 20, 13, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    assert time_text(at) == "2026-11-20T12:00:00Z"


@given(json_values)
def test_no_value_raises(value: object) -> None:
    """Whatever stands in a field."""
    for read in (text, number, positive, connector_number, nested, folded):
        read(value)
