"""Broken JSON text, and payloads that break the schema."""

import asyncio
from collections.abc import Sequence
import json
import math
from typing import Any, override

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.wire import validation
from custom_components.ocpp_csms.csms.wire.validation import (
    BreachKind,
    SchemaChecker,
    UndecodableError,
    decode,
    find_message_id,
)

FRAME = [2, "85", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}]
TEXT = json.dumps(FRAME, separators=(",", ":"))

# Text


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.encode(),
        json.dumps(FRAME, indent=2),
        f"\ufeff{TEXT}",
        f"\ufeff{TEXT}".encode(),
        f" \r\n\0{TEXT}\0\0",
        f'{TEXT}ble"}}]',
        f"{TEXT}]",
        f"{TEXT}{TEXT}",
        TEXT[:-1],
        TEXT[:-2],
        TEXT.replace("}]", ",}]"),
        TEXT.replace("}]", "},]"),
        TEXT.replace("}]", "]"),
        TEXT.replace("{", "{,"),
        TEXT.replace(',"errorCode"', ',,"errorCode"'),
        TEXT.replace("}]", "}}]"),
    ],
)
def test_a_frame_is_decoded_whatever_surrounds_it(text: str | bytes) -> None:
    """Brackets too many and too few, stray commas, text behind the frame."""
    assert decode(text) == FRAME


def test_a_stray_bracket_after_a_comma_takes_nothing_with_it() -> None:
    """What is ignored is ignored whole."""
    assert decode("[1,}]") == [1]
    assert decode('[2,"a",}"B",{}]') == [2, "a", "B", {}]


def test_a_missing_value_is_none() -> None:
    """`"transactionId":,` comes from charge points without a transaction."""
    assert decode('[2,"1","MeterValues",{"transactionId":,"connectorId":1,"meterValue":}]') == [
        2,
        "1",
        "MeterValues",
        {"transactionId": None, "connectorId": 1, "meterValue": None},
    ]


def test_line_ends_within_strings_are_kept() -> None:
    """JSON forbids them, people can read them."""
    assert decode('[2,"1","X",{"info":"a\nb"},]') == [2, "1", "X", {"info": "a\nb"}]


def test_brackets_within_strings_are_text() -> None:
    """Only brackets outside count."""
    assert decode('[2,"]","X",{"a":"}]\\",:[{"}') == [2, "]", "X", {"a": '}]",:[{'}]


def test_words_for_no_number_are_floats() -> None:
    """They are no JSON, `metering` drops them."""
    decoded = decode('[2,"66","X",{"a":NaN,"b":-Infinity,"c":1e400}]')[3]
    assert math.isnan(decoded["a"])
    assert (decoded["b"], decoded["c"]) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    "text",
    [
        '[3,"c5-call",{"status":"Accep',
        '[3,"c5-call",{"status":"Accepted\\"',
        '[2,"1","X",{"limit":1',
        '[2,"1","X",{"limit":tr',
        '[2,"1","X",{"limit":',
        '[2,"1","X",',
        '[2,"1","X",{"limit"',
        "",
        "\0",
        "   ",
        "hello",
        '{"a":1}}',
        "[2,'1','X',{}]",
        '[2,"a" "b"]',
        "[" + "9" * 5000 + "]",
        b"\xff\xfe\x00[",
        b"\x00\x01\x02",
        "[" * 100,
        "[" * 200_000,
        '{"a":' * 200_000,
        '["' + '\\"' * 30_000,
        '["' + '\\"' * 500_000,
        "[" + "1," * 500_000,
    ],
)
def test_what_cannot_be_told_for_certain_is_undecodable(text: str | bytes) -> None:
    """What was cut off within a value, what is no frame, what is nested without end."""
    with pytest.raises(UndecodableError):
        decode(text)


@given(st.text() | st.binary() | st.text(alphabet='[]{},:"\\12an \n'))
def test_no_text_raises_anything_else(text: str | bytes) -> None:
    """Decoded or undecodable, nothing between."""
    try:
        decode(text)
    except UndecodableError:
        assert not _is_json(text)


def _is_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.lists(json_values, min_size=1), st.text())
def test_a_good_frame_survives_any_text_behind_it(frame: list[Any], rest: str) -> None:
    """The first whole frame counts."""
    assert decode(f"{json.dumps(frame)}{rest}") == frame


@given(st.dictionaries(st.text(), json_values, min_size=1), st.integers(1, 20))
def test_a_frame_without_its_last_brackets_is_completed_or_refused(payload: dict[str, Any], missing: int) -> None:
    """Never completed to anything else."""
    text = json.dumps([3, "id", payload])
    brackets = len(text) - len(text.rstrip("]}"))
    try:
        decoded = decode(text[: len(text) - min(missing, brackets)])
    except UndecodableError:
        return
    assert decoded == [3, "id", payload]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[2,"85","StatusNotification",{"a"', (2, "85")),
        (b' [ 3 , "c5-call" , {"status":"Accep', (3, "c5-call")),
        ('\ufeff[2,"88"', (2, "88")),
        ('[2,"","Heartbeat",{', (2, "")),
        ('[2,"85', (2, None)),
        ('[2,85,"X"', (2, None)),
        ('[2,"a\\u0041","X"', (2, None)),
        ("hello", (None, None)),
        ("", (None, None)),
        (b"\xff\xff", (None, None)),
        ('[2,"' + "x" * 5000 + '"', (2, None)),
        ("[7", (None, None)),
    ],
)
def test_the_message_id_is_found_where_it_can_be_read(text: str | bytes, found: tuple[int | None, str | None]) -> None:
    """An undecodable call deserves an answer; what kind of message it is can be told before its id."""
    assert find_message_id(text) == found


# Schemas


@pytest.fixture(scope="module")
def checker() -> SchemaChecker:
    """The schemas of OCPP 1.6."""
    checker = SchemaChecker()
    checker.load()
    return checker


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("Heartbeat", {}),
        ("StatusNotification", FRAME[3]),
        ("StatusNotification", {"connectorId": 1.0, "errorCode": "NoError", "status": "Available"}),
        ("StatusNotification", FRAME[3] | {"timestamp": "2026-05-27 19:44:05"}),  # type: ignore[operator]  # an object
        ("SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": "x"}),
        ("NobodyKnows", {"a": 1}),
    ],
)
def test_a_sound_payload_passes(checker: SchemaChecker, action: str, payload: dict[str, Any]) -> None:
    """Integral floats are integers, formats are not looked at, unknown actions have no schema."""
    assert checker.check("1.6", action, payload) is None


@pytest.mark.parametrize(
    ("action", "payload", "problem"),
    [
        ("Heartbeat", None, 'the value is not of type "object"'),
        ("StatusNotification", {}, '"connectorId" is a required property'),
        ("StatusNotification", FRAME[3] | {"connectorId": "1"}, 'connectorId: the value is not of type "integer"'),  # type: ignore[operator]  # an object
        ("StatusNotification", FRAME[3] | {"connectorId": 1.5}, 'connectorId: the value is not of type "integer"'),  # type: ignore[operator]  # an object
        ("Heartbeat", {"a": 1}, "Additional properties are not allowed ('a' was unexpected)"),
        ("Authorize", {1: 2}, "Dict key must be str"),
    ],
)
def test_a_break_is_named(checker: SchemaChecker, action: str, payload: object, problem: str) -> None:
    """Where it is, and what it is."""
    assert str(checker.check("1.6", action, payload)).startswith(problem)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"connectorId": "1"}, BreachKind.TYPE),
        ({"status": "Asleep"}, BreachKind.PROPERTY),
        ({"info": "x" * 51}, BreachKind.PROPERTY),
        ({"colour": "red"}, BreachKind.FORMAT),
    ],
)
def test_how_a_payload_breaks_its_schema(checker: SchemaChecker, changes: dict[str, Any], kind: BreachKind) -> None:
    """The specification has an error for each kind."""
    sound = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    breach = checker.breach("1.6", "StatusNotification", sound | changes)
    assert breach is not None
    assert breach.kind is kind


@pytest.mark.parametrize("payload", [{}, {"evseId": 1, "meterValue": []}], ids=str)
def test_what_is_missing_is_a_matter_of_occurrence(payload: dict[str, Any]) -> None:
    """A field, or an item of a list that must have one."""
    checker = SchemaChecker()
    checker.load(["2.0.1"])
    breach = checker.breach("2.0.1", "MeterValues", payload)
    assert breach is not None
    assert breach.kind is BreachKind.OCCURRENCE


def test_what_no_json_holds_is_a_matter_of_form(checker: SchemaChecker) -> None:
    """It breaks every schema."""
    breach = checker.breach("1.6", "Authorize", {1: 2})
    assert breach is not None
    assert breach.kind is BreachKind.FORMAT


def test_answers_have_schemas_of_their_own(checker: SchemaChecker) -> None:
    """A request's payload is no answer."""
    answers = SchemaChecker()
    answers.load(responses=True)
    assert answers.check("1.6", "Reset", {"status": "Accepted"}) is None
    assert answers.check("1.6", "Reset", {"type": "Hard"}) is not None
    assert checker.check("1.6", "Reset", {"type": "Hard"}) is None


def test_a_break_does_not_tell_the_value(checker: SchemaChecker) -> None:
    """It may be an ID tag, and goes into logs and diagnostics."""
    problem = str(checker.check("1.6", "Authorize", {"idTag": "SECRET-" * 10}))
    assert problem.startswith("idTag: ")
    assert "SECRET" not in problem


def test_nesting_without_end_is_a_break(checker: SchemaChecker) -> None:
    """It raises nothing."""
    nested: list[Any] = []
    for _ in range(900):
        nested = [nested]
    assert checker.check("1.6", "Heartbeat", nested) is not None


def test_a_long_problem_is_cut(checker: SchemaChecker) -> None:
    """It goes into logs and diagnostics."""
    assert len(str(checker.check("1.6", "Heartbeat", {"x" * 10_000: 1}))) < 300


def test_without_schemas_everything_passes() -> None:
    """Nothing was loaded."""
    assert SchemaChecker().check("1.6", "Heartbeat", None) is None


def test_without_the_package_of_the_schemas_nothing_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is an error, no silence."""
    monkeypatch.setattr(validation, "find_spec", lambda _name: None)
    with pytest.raises(FileNotFoundError):
        SchemaChecker().load()


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_the_schemas_of_later_versions_load(version: str) -> None:
    """Their requests are named differently."""
    checker = SchemaChecker()
    checker.load([version])
    assert checker.check(version, "Heartbeat", {}) is None
    assert checker.check(version, "Heartbeat", {"a": 1}) is not None


async def test_the_schemas_of_a_version_are_read_once_and_when_they_are_needed() -> None:
    """However many connections wait for them; those of other versions are left alone."""
    read: list[tuple[str, ...]] = []

    class Counting(SchemaChecker):
        @override
        def load(self, versions: Sequence[str] = ("1.6",), *, responses: bool = False) -> None:
            read.append(tuple(versions))
            super().load(versions, responses=responses)

    checker = Counting()
    await asyncio.gather(*(checker.ready("2.0.1") for _ in range(5)))
    await checker.begin("2.0.1")
    assert read == [("2.0.1",)]
    assert checker.check("2.0.1", "Heartbeat", {"a": 1}) is not None
    assert checker.check("2.1", "Heartbeat", {"a": 1}) is None


async def test_a_connection_that_ends_does_not_stop_the_reading_for_others() -> None:
    """Each waits for itself."""
    checker = SchemaChecker()
    first = asyncio.create_task(checker.ready("2.1"))
    second = asyncio.create_task(checker.ready("2.1"))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    assert checker.check("2.1", "Heartbeat", {"a": 1}) is not None


def test_what_arithmetic_has_left_of_numbers_is_taken_away() -> None:
    """However deep it stands; all else stays as it is."""
    payload = {"a": [16.1 * 3, 48.3, 7, True, None, "0.30000000000000004"], "b": {"c": 0.1 + 0.2}}
    assert validation.rounded(payload) == {"a": [48.3, 48.3, 7, True, None, "0.30000000000000004"], "b": {"c": 0.3}}
