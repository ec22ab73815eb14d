"""The sampled values of all frames, of every version: which readings they are, and when they were taken."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.measuring.metering import MeterSample, read_meter_values
from custom_components.ocpp_csms.csms.model import Reading
from custom_components.ocpp_csms.csms.wire.validation import UndecodableError, decode
from tests.frames.lines import Line, lines, moment

# Its file says that it was received two months before it was taken, and that its time is right. A time so far ahead is not believed
# (`status-far-future` and `status-local-as-z-chago` say so too), so it is received when it was taken.
RECEIVED_TOO_EARLY = "te-pretty-201"

TRUNCATED = "res-truncated-status"  # cut off within a value: the only text that cannot be mended


def matches(reading: Reading, expected: dict[str, Any], tolerance: float) -> bool:
    """Whether a reading is what is described; what is not described does not matter."""
    found = {
        "measurand": reading.measurand,
        "phase": reading.phase,
        "unit": reading.unit or None,
        "context": reading.context,
    }
    if "value" in expected and reading.value != pytest.approx(expected["value"], abs=tolerance):
        return False
    return all(found[name] == value for name, value in expected.items() if name != "value")


def samples_of(line: Line) -> list[MeterSample]:
    """Return what a line's frame holds."""
    return read_meter_values(line.meter_value, line.now, lambda _: None)


def readings_of(line: Line) -> list[Reading]:
    """Return the readings of a line's frame."""
    return [reading for sample in samples_of(line) for reading in sample.readings]


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.id)
def test_a_frame_is_decoded(line: Line) -> None:
    """Whatever its text looks like, unless it was cut off."""
    if line.id == TRUNCATED:
        with pytest.raises(UndecodableError):
            decode(line.text)
    else:
        assert decode(line.text)[0] in {2, 3, 4}


@pytest.mark.parametrize("line", lines(lambda line: line.expect.get("readings")), ids=lambda line: line.id)
def test_a_frame_has_its_readings(line: Line) -> None:
    """Measurand, phase, unit and value."""
    found = readings_of(line)
    for expected in line.expect["readings"]:
        assert any(matches(reading, expected, line.expect.get("tolerance", 1e-9)) for reading in found), expected


@pytest.mark.parametrize("line", lines(lambda line: "forbidden" in line.expect), ids=lambda line: line.id)
def test_a_frame_has_no_forbidden_readings(line: Line) -> None:
    """What must not be made of it."""
    found = readings_of(line)
    assert found
    for forbidden in line.expect["forbidden"]:
        assert not any(matches(reading, forbidden, 1e-9) for reading in found), forbidden


@pytest.mark.parametrize("line", lines(lambda line: "timestamp_utc" in line.expect), ids=lambda line: line.id)
def test_a_frame_has_its_time(line: Line) -> None:
    """None is the time of receipt."""
    expected = line.expect["timestamp_utc"]
    if line.id == RECEIVED_TOO_EARLY:
        line = replace(line, now=moment(expected))
    assert [sample.at for sample in samples_of(line)] == [None if expected == "received" else moment(expected)]
