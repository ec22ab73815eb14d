"""ID tags that nobody entered: remembered, and told unless there are too many."""

from datetime import timedelta

from custom_components.ocpp_csms.csms.cards.unknown_tags import FLOOD, FLOOD_WINDOW, KEPT, UnknownTag, UnknownTags
from tests.csms.central import NOON


def test_the_one_presented_last_comes_first() -> None:
    """With the place, the time and how often; numbers are compared without regard to case."""
    tags = UnknownTags()
    for id_tag, charge_point, seconds in (("AA", "CP1", 0), ("BB", "CP1", 1), ("aa", "CP2", 2)):
        assert tags.note(id_tag, charge_point, NOON + timedelta(seconds=seconds))
    assert tags.recent() == [
        UnknownTag("aa", "CP2", NOON + timedelta(seconds=2), 2),
        UnknownTag("BB", "CP1", NOON + timedelta(seconds=1)),
    ]


def test_a_thousand_tags_a_minute_fill_no_memory_and_are_not_told() -> None:
    """The last ones are kept, the first ones are told, and it is known that somebody tries them."""
    tags = UnknownTags()
    told = [tags.note(f"TAG{number}", "CP1", NOON + timedelta(seconds=number * 0.06)) for number in range(1000)]
    assert told == [True] * (FLOOD - 1) + [False] * (1001 - FLOOD)
    assert [tag.id_tag for tag in tags.recent()] == [f"TAG{number}" for number in range(999, 999 - KEPT, -1)]
    assert tags.is_flooded("CP1", NOON + timedelta(minutes=1))
    assert not tags.is_flooded("CP2", NOON + timedelta(minutes=1))


def test_it_is_over_when_no_new_ones_come() -> None:
    """By itself."""
    tags = UnknownTags()
    for number in range(FLOOD):
        tags.note(f"TAG{number}", "CP1", NOON)
    assert tags.is_flooded("CP1", NOON + FLOOD_WINDOW)
    later = NOON + FLOOD_WINDOW + timedelta(seconds=1)
    assert not tags.is_flooded("CP1", later)
    assert tags.note("LATE", "CP1", later)


def test_the_same_tag_over_and_over_is_no_flood_but_is_not_always_told() -> None:
    """A card that lies on the reader is one card."""
    tags = UnknownTags()
    told = [tags.note("SAME", "CP1", NOON + timedelta(seconds=number)) for number in range(59)]
    assert sum(told) == 20
    assert not tags.is_flooded("CP1", NOON + timedelta(minutes=1))
    assert tags.note("SAME", "CP1", NOON + timedelta(seconds=61))


def test_nothing_stays_of_a_charge_point_that_was_removed() -> None:
    """One of its name begins anew."""
    tags = UnknownTags()
    for number in range(FLOOD):
        tags.note(f"TAG{number}", "CP1", NOON)
    tags.forget("CP1")
    tags.forget("CP1")
    assert not tags.is_flooded("CP1", NOON)
