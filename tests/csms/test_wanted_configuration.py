"""What is wanted of a charge point, whichever version it speaks."""

import pytest

from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.wanted_configuration import (
    MEASURANDS,
    Wanted,
    measurand_lists,
    measurands_satisfied,
    wanted_measurands,
)

WANTED = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=30)


@pytest.mark.parametrize(("bears", "interval"), [(None, 30), (10, 30), (60, 60)])
def test_nothing_is_sampled_more_often_than_the_charge_point_bears(bears: int | None, interval: int) -> None:
    """A quirk says what that is."""
    assert WANTED.sample_interval(Quirks(meter_interval=bears)) == interval


def test_what_breaks_a_charge_point_or_is_not_supported_is_not_wanted() -> None:
    """Whoever asks for it."""
    quirks = Quirks(without_measurands=("SoC",))
    assert wanted_measurands(WANTED, quirks, None) == MEASURANDS[:-1]
    assert wanted_measurands(WANTED, quirks, {"SoC", "Voltage"}) == ("Voltage",)


def test_shorter_lists_follow_longer_ones() -> None:
    """Each once, and none that is empty."""
    assert list(measurand_lists(("a", "b", "c", "d", "e"))) == ["a,b,c,d,e", "a,b,c,d", "a,b"]
    assert list(measurand_lists(("a",))) == ["a"]
    assert list(measurand_lists(())) == []


@pytest.mark.parametrize(
    ("current", "candidate", "satisfied"),
    [
        ("Voltage,SoC", "SoC,Voltage", True),
        (" voltage , soc , Frequency", "SoC,Voltage", True),
        ("Voltage", "SoC,Voltage", False),
        ("", "SoC", False),
        (None, "SoC", False),
    ],
)
def test_what_is_sent_already_is_not_written(current: str | None, candidate: str, *, satisfied: bool) -> None:
    """In whatever order, and with whatever more."""
    assert measurands_satisfied(current, candidate) is satisfied
