"""What a decoded frame is: calls, answers, errors, and what the later versions have beside them."""

from contextlib import suppress
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.wire.frames import (
    LONGEST_TEXT,
    Call,
    CallErrorResult,
    CallResult,
    CallResultError,
    MalformedFrameError,
    Send,
    parse_frame,
)


@pytest.mark.parametrize(
    ("frame", "meaning"),
    [
        ([2, "1", "Heartbeat", {}], Call("1", "Heartbeat", {})),
        ([2, "1", "Heartbeat"], Call("1", "Heartbeat", {})),
        ([2, "1", "Heartbeat", None], Call("1", "Heartbeat", {})),
        ([2, "1", " Heartbeat ", {}, "more"], Call("1", "Heartbeat", {})),
        (["2", "1", "Heartbeat", {}], Call("1", "Heartbeat", {})),
        ([2, 17, "Heartbeat", {}], Call(17, "Heartbeat", {})),
        ([2, 1.5, "Heartbeat", []], Call(1.5, "Heartbeat", [])),
        ([3, "1", {"status": "Accepted"}], CallResult("1", {"status": "Accepted"})),
        ([3, "1"], CallResult("1", {})),
        ([3, "1", None], CallResult("1", {})),
        ([4, "1", "NotSupported", "no", {"a": 1}], CallErrorResult("1", "NotSupported", "no", {"a": 1})),
        ([4, "1", "NotSupported"], CallErrorResult("1", "NotSupported", "", None)),
        ([4, "1"], CallErrorResult("1", "GenericError", "", None)),
        ([4, "1", "", None], CallErrorResult("1", "GenericError", "", None)),
        ([4, "1", 5, 6, 7], CallErrorResult("1", "5", "6", 7)),
        ([5, "1", "FormatViolation", "no", {}], CallResultError("1", "FormatViolation", "no")),
        ([5, "1"], CallResultError("1", "GenericError", "")),
        (["5", "1", "x" * 300], CallResultError("1", "x" * LONGEST_TEXT, "")),
        ([6, "1", "NotifyPeriodicEventStream", {"id": 1}], Send("1", "NotifyPeriodicEventStream", {"id": 1})),
        ([6, "1", " NotifyPeriodicEventStream"], Send("1", "NotifyPeriodicEventStream", {})),
        ([6, "1", "NotifyPeriodicEventStream", None], Send("1", "NotifyPeriodicEventStream", {})),
    ],
    ids=str,
)
def test_a_frame_is_understood(frame: Any, meaning: object) -> None:
    """Also with the parts missing that real charge points leave out."""
    assert parse_frame(frame) == meaning


@pytest.mark.parametrize(
    ("frame", "kind", "message_id"),
    [
        (None, None, None),
        ({}, None, None),
        ("2", None, None),
        ([], None, None),
        ([2], None, None),
        ([2, None, "Heartbeat", {}], 2, None),
        ([2, True, "Heartbeat", {}], 2, None),
        ([2, ["1"], "Heartbeat", {}], 2, None),
        ([4, None, "GenericError", "", {}], 4, None),
        ([2, "1"], 2, "1"),
        ([2, "1", 5, {}], 2, "1"),
        ([2, "1", None, {}], 2, "1"),
        ([6, "1"], 6, "1"),
        ([6, "1", 5, {}], 6, "1"),
        ([7, "1", {}], 7, "1"),
        ([99, 5], 99, 5),
        (["x", "1", "Heartbeat", {}], None, "1"),
        ([None, "1", "Heartbeat", {}], None, "1"),
        (["22", "1", "Heartbeat", {}], None, "1"),
        ([5.5, "1", "Heartbeat", {}], None, "1"),
        ([False, "1", "Heartbeat", {}], None, "1"),
    ],
    ids=str,
)
def test_a_malformed_frame_is_told_apart(frame: Any, kind: int | None, message_id: str | None) -> None:
    """With the type and the id of the message as far as they can be read: what is answered depends on them."""
    with pytest.raises(MalformedFrameError) as error:
        parse_frame(frame)
    assert (error.value.kind, error.value.message_id) == (kind, message_id)
    assert error.value.problem


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.sampled_from([2, 3, 4, 5, 6, 7, "2", "5"]) | _values, max_size=6) | _values)
def test_no_frame_raises_anything_else(frame: Any) -> None:
    """Whatever JSON can hold is a message or a malformed frame."""
    with suppress(MalformedFrameError):
        parse_frame(frame)
