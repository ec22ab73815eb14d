"""The price of a quarter of an hour is the mean over the time for which it is known, for some days, over restarts."""

import json
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.records.price_log import KEPT, PriceLog

QUARTER = 900
NOON = 2_000_000 * QUARTER  # s since 1970, the beginning of a quarter
FIRST = 2_000_000


def test_a_quarter_has_the_mean_of_its_prices() -> None:
    """Weighted by how long each has held."""
    log = PriceLog()
    log.note(0.10, NOON)
    log.note(0.40, NOON + 300)
    assert log.of(FIRST, NOON + QUARTER) == pytest.approx(0.30)


def test_a_price_holds_until_another_is_told() -> None:
    """Also over many quarters."""
    log = PriceLog()
    log.note(0.10, NOON)
    log.note(0.20, NOON + 3 * QUARTER)
    assert [log.of(FIRST + number, NOON + 4 * QUARTER) for number in range(4)] == pytest.approx([0.1, 0.1, 0.1, 0.2])


def test_the_quarter_that_has_just_begun_has_the_price_of_now() -> None:
    """And so has what is to come: a charge point's clock may be ahead."""
    log = PriceLog()
    log.note(0.10, NOON)
    assert (log.of(FIRST, NOON), log.of(FIRST + 7, NOON)) == (0.10, 0.10)


def test_what_nobody_has_told_is_not_known() -> None:
    """Before the first price, and while the sensor shows none."""
    log = PriceLog()
    log.note(0.10, NOON + QUARTER)
    log.note(None, NOON + 2 * QUARTER)
    log.note(0.20, NOON + 3 * QUARTER)
    assert [log.of(FIRST + number, NOON + 4 * QUARTER) for number in range(-1, 4)] == [None, None, 0.10, None, 0.20]


def test_a_quarter_that_is_known_in_part_has_the_mean_of_that_part() -> None:
    """A sensor that is away for a minute leaves no hole."""
    log = PriceLog()
    log.note(0.10, NOON)
    log.note(None, NOON + 60)
    assert log.of(FIRST, NOON + QUARTER) == pytest.approx(0.10)


def test_a_clock_that_is_set_back_counts_nothing_twice() -> None:
    """And the price goes on holding."""
    log = PriceLog()
    log.note(0.10, NOON + 600)
    log.note(0.90, NOON)
    assert log.of(FIRST, NOON + QUARTER) == pytest.approx(0.90)


def test_a_price_that_is_no_number_is_not_known() -> None:
    """It would spoil all that is calculated with it."""
    log = PriceLog()
    log.note(math.inf, NOON)
    assert log.of(FIRST, NOON + QUARTER) is None


def test_old_prices_are_forgotten() -> None:
    """However long nobody has asked."""
    log = PriceLog()
    log.note(0.10, NOON)
    log.note(0.20, NOON + QUARTER)
    end = NOON + 5 * KEPT * QUARTER
    assert log.of(FIRST, end) is None
    assert log.of(FIRST + 5 * KEPT - 1, end) == pytest.approx(0.20)
    assert len(log.quarters) <= KEPT + 1


@given(st.lists(st.tuples(st.integers(1, 5000), st.none() | st.floats(-1, 1)), max_size=40))
def test_a_mean_lies_between_its_prices(steps: list[tuple[int, float | None]]) -> None:
    """Whatever is told, and whenever."""
    log, now = PriceLog(), float(NOON)
    for seconds, price in steps:
        log.note(price, now)
        now += seconds
    prices = [price for _, price in steps if price is not None]
    for quarter in range(FIRST, int(now // QUARTER) + 1):
        price = log.of(quarter, now)
        assert price is None or min(prices) - 1e-9 <= price <= max(prices) + 1e-9


# Restarts


def restarted(log: PriceLog, stopped: float, price: float | None, now: float) -> PriceLog:
    """Return the log after a restart."""
    return PriceLog.from_dict(json.loads(json.dumps(log.as_dict(stopped))), price, now)


def test_a_quarter_goes_on_after_a_restart() -> None:
    """What was known of it before counts for as long as it held."""
    log = PriceLog()
    log.note(0.10, NOON)
    log = restarted(log, NOON + 300, 0.40, NOON + 600)
    assert log.of(FIRST, NOON + QUARTER) == pytest.approx(0.25)


def test_a_price_that_is_the_same_after_a_restart_has_held() -> None:
    """A fixed one leaves no hole."""
    log = PriceLog()
    log.note(0.10, NOON)
    log = restarted(log, NOON + QUARTER, 0.10, NOON + 3 * QUARTER)
    assert log.of(FIRST + 1, NOON + 3 * QUARTER) == pytest.approx(0.10)


def test_nobody_knows_the_price_while_home_assistant_was_down() -> None:
    """Unless it is the same afterwards."""
    log = PriceLog()
    log.note(0.10, NOON)
    for price in (0.20, None):
        again = restarted(log, NOON + QUARTER, price, NOON + 3 * QUARTER)
        assert again.of(FIRST + 1, NOON + 3 * QUARTER) is None
        assert again.of(FIRST, NOON + 3 * QUARTER) == pytest.approx(0.10)
