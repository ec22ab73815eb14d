"""Bounds in words are read as they are meant, and verdicts follow them."""

import pytest

from scripts.solar_benchmark.targets import Bound, Target


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [
        ("≥ 45.2 kWh", 45.2, 45.19),
        ("≤ 8", 8.0, 8.01),
        ("> 33 kWh", 33.01, 33.0),
        ("< 90 s", 89.9, 90.0),
        ("≥ -3", -3.0, -3.1),
    ],
)
def test_a_bound_holds_for_what_it_says(text: str, holds: float, fails: float) -> None:
    """With the number itself where it is not excluded."""
    bound = Bound.parse(text)
    assert bound.holds(holds)
    assert not bound.holds(fails)


@pytest.mark.parametrize("text", ["≥ 45.2 kWh", "≤ 8", "> 33.05 kWh", "< 90 s"])
def test_a_bound_is_printed_as_it_was_written(text: str) -> None:
    """So the table shows the words of the target."""
    assert str(Bound.parse(text)) == text


@pytest.mark.parametrize("text", ["", "45.2", "= 3", "≥ many", "≥"])
def test_what_is_no_bound_is_refused(text: str) -> None:
    """A target that nobody can miss would be worse than none."""
    with pytest.raises(ValueError, match="not a bound"):
        Bound.parse(text)


def test_a_figure_is_judged_as_measured_and_not_as_printed() -> None:
    """45.199 is printed as 45.20 and is missed all the same."""
    assert not Target("solar", Bound.parse("≥ 45.2 kWh"), 45.199).met


def test_no_number_meets_no_bound() -> None:
    """A figure that could not be measured is missed."""
    assert not Target("solar", Bound.parse("≥ 0"), float("nan")).met
