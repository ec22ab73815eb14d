"""Lists go to a station in messages that it can take."""

from typing import Any

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v2.message_limits import MessageLimits, limits_of, split


@pytest.mark.parametrize(
    ("told", "limits"),
    [
        ({"ItemsPerMessage": "4", "BytesPerMessage": "2000"}, MessageLimits(4, 2000)),
        ({"ItemsPerMessage": "0"}, MessageLimits(10, None)),
        ({}, MessageLimits(10, None)),
    ],
)
def test_a_station_says_how_much_it_takes(told: dict[str, str], limits: MessageLimits) -> None:
    """Who does not is given few at a time."""
    keys = {f"DeviceDataCtrlr.{name}[GetVariables]": value for name, value in told.items()}
    configuration = {key: ConfigurationKey(key, value, readonly=True) for key, value in keys.items()}
    assert limits_of(configuration, "GetVariables") == limits


@given(st.lists(st.text(max_size=60)), st.integers(1, 20), st.none() | st.integers(1, 2000))
def test_nothing_is_lost_and_no_part_is_too_large(texts: list[str], items: int, size: int | None) -> None:
    """What does not fit at all goes alone."""
    whole: list[dict[str, Any]] = [{"value": text} for text in texts]
    parts = list(split(whole, MessageLimits(items, size)))
    assert [item for part in parts for item in part] == whole
    for part in parts:
        assert 1 <= len(part) <= items
        assert size is None or len(part) == 1 or len(orjson.dumps(part)) < size
