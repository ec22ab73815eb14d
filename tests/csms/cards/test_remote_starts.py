"""Remote starts: whose transaction is the next one on a connector."""

from datetime import timedelta

import pytest

from custom_components.ocpp_csms.csms.cards.remote_starts import GRACE, RemoteStarts
from tests.csms.central import NOON


@pytest.mark.parametrize(
    ("connector", "after", "ours"),
    [
        (1, timedelta(0), True),
        (1, GRACE, True),
        (1, GRACE + timedelta(seconds=1), False),
        (2, timedelta(0), False),
    ],
)
def test_the_next_start_on_the_connector_is_ours(connector: int, after: timedelta, *, ours: bool) -> None:
    """Within two minutes, and not on its neighbour."""
    starts = RemoteStarts()
    starts.announce(1, "GUEST", NOON)
    assert starts.claim(connector, "a", NOON + after) is ours


def test_a_remote_start_is_followed_by_one_transaction() -> None:
    """Its retries are the same one."""
    starts = RemoteStarts()
    starts.announce(1, "GUEST", NOON)
    assert [starts.claim(1, fingerprint, NOON) for fingerprint in ("a", "a", "b")] == [True, True, False]


def test_two_remote_starts_are_followed_by_two_transactions() -> None:
    """The older one first."""
    starts = RemoteStarts()
    for _ in range(2):
        starts.announce(1, "GUEST", NOON)
    assert [starts.claim(1, fingerprint, NOON) for fingerprint in ("a", "b", "c")] == [True, True, False]


def test_a_remote_start_that_was_refused_is_followed_by_none() -> None:
    """Another one on the same connector still is."""
    starts = RemoteStarts()
    first, _second = starts.announce(1, "A", NOON), starts.announce(1, "B", NOON)
    for _ in range(2):
        starts.withdraw(first)
    assert (starts.is_ours("A", NOON), starts.is_ours("B", NOON)) == (False, True)
    assert [starts.claim(1, fingerprint, NOON) for fingerprint in ("a", "b")] == [True, False]


@pytest.mark.parametrize(
    ("id_tag", "after", "ours"),
    [
        ("GUEST", timedelta(0), True),
        (" guest ", GRACE, True),
        ("GUEST", GRACE + timedelta(seconds=1), False),
        ("GUES", timedelta(0), False),
        ("", timedelta(0), False),
    ],
)
def test_its_tag_is_ours_as_long(id_tag: str, after: timedelta, *, ours: bool) -> None:
    """In whatever case the charge point asks about it."""
    starts = RemoteStarts()
    starts.announce(1, "Guest", NOON)
    assert starts.is_ours(id_tag, NOON + after) is ours


def test_only_the_last_few_are_remembered() -> None:
    """Nobody starts more at a time."""
    starts = RemoteStarts()
    for number in range(20):
        starts.announce(number, str(number), NOON)
    assert [number for number in range(20) if starts.is_ours(str(number), NOON)] == list(range(10, 20))


def test_a_remote_start_is_found_by_its_number() -> None:
    """However late; one that was refused is not, and 0 is the number of none."""
    starts = RemoteStarts()
    starts.announce(1, "GUEST", NOON, 7)
    starts.withdraw(starts.announce(1, "OTHER", NOON, 8))
    starts.announce(1, "NAMELESS", NOON)
    assert [starts.tag_of(number) for number in (7, 8, 9, 0, None)] == ["GUEST", None, None, None, None]
