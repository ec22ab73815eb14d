"""When a limit that a charge point has confirmed is told again: when it must be, and only then."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import DEAD_MAN, Expiry, Kind, Limit, Purpose, Strategy
from custom_components.ocpp_csms.charging.reapplication import REFRESH_AFTER, Applied, Occasion, needs_reapply

LIMIT = Limit(13.0, fallback=6.0)
APPLIED = Applied(limit=LIMIT, strategy=Strategy(stack_level=1), at=1000.0, transaction_id="1")
FOR_THE_TRANSACTION = replace(APPLIED, strategy=Strategy(purpose=Purpose.TX))
RELATIVE = replace(APPLIED, strategy=Strategy(kind=Kind.RELATIVE))
FOR_EVER = replace(APPLIED, strategy=Strategy(expiry=Expiry.NONE))


def asked(occasion: Occasion, applied: Applied, age: float, transaction_id: str | None = "1") -> bool:
    """Whether the same limit is told again at that age in s."""
    return needs_reapply(occasion, applied, applied.limit, applied.at + age, transaction_id=transaction_id)


@pytest.mark.parametrize("occasion", list(Occasion))
@pytest.mark.parametrize(
    ("applied", "wanted", "age"),
    [
        (None, LIMIT, 0),
        (APPLIED, replace(LIMIT, current=14.0), 0),
        (APPLIED, replace(LIMIT, phases=1), 0),
        (APPLIED, replace(LIMIT, fallback=8.0), 0),
        (replace(APPLIED, contradicted=True), LIMIT, 0),
        (APPLIED, LIMIT, DEAD_MAN),
    ],
    ids=["unknown", "another current", "other phases", "another fallback", "contradicted", "lapsed"],
)
def test_a_limit_that_does_not_hold_is_always_told(
    occasion: Occasion, applied: Applied | None, wanted: Limit, age: float
) -> None:
    """Whatever has happened."""
    assert needs_reapply(occasion, applied, wanted, 1000.0 + age)


@pytest.mark.parametrize(
    ("occasion", "applied", "age", "transaction_id", "told"),
    [
        (Occasion.WISH, APPLIED, 800, "1", False),
        (Occasion.BOOT, APPLIED, 1, "1", True),
        (Occasion.CONTRADICTED, APPLIED, 1, "1", True),
        (Occasion.IMPROVABLE, APPLIED, 1, "1", True),
        # Some dial in every minute.
        (Occasion.RECONNECT, APPLIED, 299, "1", False),
        (Occasion.RECONNECT, APPLIED, 300, "1", True),
        # One for transactions is told to the next one; what is relative counts from its start.
        (Occasion.TRANSACTION, APPLIED, 59, "2", False),
        (Occasion.TRANSACTION, APPLIED, 60, "2", True),
        (Occasion.TRANSACTION, FOR_THE_TRANSACTION, 1, "2", True),
        (Occasion.TRANSACTION, FOR_THE_TRANSACTION, 1, "1", False),
        (Occasion.TRANSACTION, RELATIVE, 1, "2", True),
        (Occasion.RESUMED, APPLIED, REFRESH_AFTER - 1, "1", False),
        (Occasion.RESUMED, APPLIED, REFRESH_AFTER, "1", True),
        (Occasion.REFRESH, APPLIED, REFRESH_AFTER - 1, "1", False),
        (Occasion.REFRESH, APPLIED, REFRESH_AFTER, "1", True),
        # What does not end by itself is not refreshed.
        (Occasion.REFRESH, FOR_EVER, 10 * DEAD_MAN, "1", False),
        (Occasion.REFRESH, replace(APPLIED, limit=Limit(0.0)), 10 * DEAD_MAN, "1", False),
        (Occasion.REFRESH, replace(APPLIED, limit=Limit(6.0, fallback=6.0)), 10 * DEAD_MAN, "1", False),
    ],
)
def test_the_same_limit_is_told_again_when_it_must_be(
    occasion: Occasion, applied: Applied, age: float, transaction_id: str, told: bool
) -> None:
    """Each occasion has its own reason."""
    assert asked(occasion, applied, age, transaction_id) is told


@given(st.sampled_from(Occasion), st.floats(0, 5000), st.sampled_from(["1", None]))
def test_what_was_told_a_moment_ago_is_not_told_again(
    occasion: Occasion, age: float, transaction_id: str | None
) -> None:
    """Unless the charge point may have lost it."""
    told = needs_reapply(occasion, APPLIED, LIMIT, APPLIED.at + age, transaction_id=transaction_id)
    fresh = replace(APPLIED, at=APPLIED.at + age, transaction_id=transaction_id)
    if told and occasion not in {Occasion.BOOT, Occasion.CONTRADICTED, Occasion.IMPROVABLE}:
        assert not needs_reapply(occasion, fresh, LIMIT, fresh.at, transaction_id=transaction_id)


@pytest.mark.parametrize(
    ("applied", "age", "lapsed"),
    [(APPLIED, DEAD_MAN - 1, False), (APPLIED, DEAD_MAN, True), (FOR_EVER, DEAD_MAN, False)],
)
def test_a_limit_lapses_with_its_dead_man(applied: Applied, age: float, lapsed: bool) -> None:
    """If it has one."""
    assert applied.has_lapsed(applied.at + age) is lapsed


def test_a_default_in_place_of_one_for_the_transaction_says_nothing_of_that_way() -> None:
    """It was not tried."""
    assert APPLIED.as_tried
    assert FOR_THE_TRANSACTION.as_tried
    assert not replace(FOR_THE_TRANSACTION, transaction_id=None).as_tried
