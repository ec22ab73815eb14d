"""The charge points for load say what the standard says, and the same in each version."""

from datetime import UTC, datetime
from functools import cache
import json
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.measuring.metering import read_meter_values
from custom_components.ocpp_csms.csms.model import Reading
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker
from scripts.benchmark.charger import Charger
from scripts.benchmark.v16_charger import V16Charger
from scripts.benchmark.v201_charger import V201Charger

CHARGERS = {V16Charger: "1.6", V201Charger: "2.0.1"}


@cache
def checker() -> SchemaChecker:
    """The schemas of what charge points send, read once."""
    checker = SchemaChecker()
    checker.load(tuple(CHARGERS.values()))
    return checker


def sample(charger: Charger) -> tuple[str, dict[str, Any]]:
    """Return action and payload of its next sample."""
    _kind, _message_id, action, payload = json.loads(charger.sample())
    return action, payload


def readings(payload: dict[str, Any]) -> list[Reading]:
    """Return what a payload says, as the integration reads it."""
    problems: list[str] = []
    samples = read_meter_values(payload["meterValue"], datetime.now(UTC), problems.append)
    assert not problems
    return [reading for sample in samples for reading in sample.readings]


@pytest.mark.parametrize("kind", CHARGERS)
def test_its_sample_is_sound(kind: type[Charger]) -> None:
    """What is no violation costs what a message of a good charger costs."""
    assert checker().check(CHARGERS[kind], *sample(kind("CP1"))) is None


@pytest.mark.parametrize("kind", CHARGERS)
def test_its_introduction_is_sound(kind: type[Charger]) -> None:
    """It is let in as any other."""
    assert checker().check(CHARGERS[kind], "BootNotification", kind("CP1").introduction()) is None


@pytest.mark.parametrize("kind", CHARGERS)
def test_each_of_its_twelve_values_is_another_one_each_time(kind: type[Charger]) -> None:
    """A value that stays would cost no write."""
    charger = kind("CP1")
    first, second = (readings(sample(charger)[1]) for _ in range(2))
    assert len(first) == len(second) == 12
    assert all(one.value != other.value for one, other in zip(first, second, strict=True))


def test_both_versions_measure_the_same() -> None:
    """But for the temperature, which 2.0.1 has no word for: what differs in their costs is the version."""
    old, new = (readings(sample(kind("CP1"))[1]) for kind in CHARGERS)
    said = [[(r.measurand, r.phase, r.unit, r.value) for r in each] for each in (old, new)]
    assert said[0][:11] == said[1][:11]
    assert (old[11].measurand, new[11].measurand) == ("Temperature", "SoC")
