"""The local authorization list and the cache."""

from datetime import UTC, datetime
from typing import Any

from ocpp.v16.enums import UpdateStatus, UpdateType
import pytest

from custom_components.ocpp_csms.simulator.authorization import Authorization, TagInfo

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LISTED: list[dict[str, Any]] = [
    {"idTag": "A", "idTagInfo": {"status": "Accepted"}},
    {"idTag": "B", "idTagInfo": {"status": "Blocked"}},
]


@pytest.fixture
def authorization() -> Authorization:
    """A list in version 3."""
    result = Authorization()
    assert result.update(3, UpdateType.full, LISTED, 10) is UpdateStatus.accepted
    return result


def test_the_list_comes_before_the_cache(authorization: Authorization) -> None:
    authorization.cache["B"] = TagInfo("Accepted")
    assert authorization.lookup("B") == TagInfo("Blocked")
    assert authorization.lookup("B", listed=False) == TagInfo("Accepted")
    assert authorization.lookup("B", listed=False, cached=False) is None


def test_a_full_update_replaces_the_list(authorization: Authorization) -> None:
    authorization.update(4, UpdateType.full, LISTED[:1], 10)
    assert set(authorization.listed) == {"A"}


def test_a_differential_update_adds_and_removes(authorization: Authorization) -> None:
    entries: list[dict[str, Any]] = [{"idTag": "A"}, {"idTag": "C", "idTagInfo": {"status": "Accepted"}}]
    assert authorization.update(4, UpdateType.differential, entries, 10) is UpdateStatus.accepted
    assert (authorization.version, set(authorization.listed)) == (4, {"B", "C"})


def test_a_differential_update_needs_a_newer_version(authorization: Authorization) -> None:
    assert authorization.update(3, UpdateType.differential, [], 10) is UpdateStatus.version_mismatch


@pytest.mark.parametrize(("entries", "longest"), [(LISTED, 1), ([{"idTag": "A"}], 10)])
def test_a_list_that_does_not_fit_changes_nothing(
    authorization: Authorization, entries: list[dict[str, Any]], longest: int
) -> None:
    assert authorization.update(4, UpdateType.full, entries, longest) is UpdateStatus.failed
    assert (authorization.version, len(authorization.listed)) == (3, 2)


@pytest.mark.parametrize(
    ("info", "accepted"),
    [
        ({"status": "Accepted"}, True),
        ({"status": "Accepted", "expiryDate": "2026-03-02T12:00:01Z"}, True),
        ({"status": "Accepted", "expiryDate": "2026-03-02T12:00:00Z"}, False),
        ({"status": "Accepted", "expiryDate": "2026-03-02T11:00:00"}, False),
        ({"status": "Blocked"}, False),
        ({}, False),
        ("Accepted", False),
        (None, False),
    ],
)
def test_a_tag_is_accepted_until_it_expires(info: object, accepted: bool) -> None:
    assert TagInfo.from_wire(info).accepted(NOW) is accepted


def test_list_and_cache_survive_a_restart(authorization: Authorization) -> None:
    authorization.cache["D"] = TagInfo("Accepted", "PARENT", "2030-01-01T00:00:00Z")
    restored = Authorization()
    restored.restore(authorization.dump())
    assert restored == authorization
