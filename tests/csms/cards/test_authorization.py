"""ID tags: who may charge."""

from dataclasses import replace
from datetime import timedelta

from ocpp.v16.enums import AuthorizationStatus
import pytest

from custom_components.ocpp_csms.csms.cards.authorization import (
    Authorization,
    IdTag,
    Policy,
    PresentedTags,
    TagInfo,
    TagStatus,
)
from custom_components.ocpp_csms.csms.wire.fields import LONGEST_TEXT
from tests.csms.central import NOON

TAGS = {
    "a": IdTag("CARD", name="Ann", parent="FAMILY"),
    "b": IdTag("LOST", allowed=False),
    "c": IdTag("GUEST", expiry=NOON),
    "d": IdTag("YEAR", expiry=NOON + timedelta(days=1)),
}


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize(
    ("id_tag", "verdict"),
    [
        ("CARD", TagInfo(TagStatus.ACCEPTED, parent="FAMILY")),
        ("card", TagInfo(TagStatus.ACCEPTED, parent="FAMILY")),
        (" CARD ", TagInfo(TagStatus.ACCEPTED, parent="FAMILY")),
        ("LOST", TagInfo(TagStatus.BLOCKED)),
        ("GUEST", TagInfo(TagStatus.EXPIRED, expiry=NOON)),
        ("YEAR", TagInfo(TagStatus.ACCEPTED, expiry=NOON + timedelta(days=1))),
    ],
)
def test_what_the_user_entered_decides(policy: Policy, id_tag: str, verdict: TagInfo) -> None:
    """Under either policy; numbers are compared without regard to case."""
    assert Authorization(policy, TAGS).check(id_tag, NOON) == verdict


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (Policy.ACCEPT_ALL, TagStatus.ACCEPTED),
        (Policy.LISTED_ONLY, TagStatus.INVALID),
        (Policy.ASK, TagStatus.INVALID),
    ],
)
def test_the_policy_decides_about_unknown_tags(policy: Policy, status: TagStatus) -> None:
    """They are accepted, or invalid."""
    assert Authorization(policy, TAGS).check("STRANGER", NOON) == TagInfo(status)


@pytest.mark.parametrize(("tags", "policy"), [({}, Policy.ACCEPT_ALL), (TAGS, Policy.LISTED_ONLY)])
def test_without_a_policy_all_are_accepted_until_there_is_a_tag(tags: dict[str, IdTag], policy: Policy) -> None:
    """Whoever enters the first card means that not everybody may charge."""
    assert Authorization(tags=tags).policy is policy


def test_a_charge_point_may_have_a_policy_of_its_own() -> None:
    """It goes before that of the central system."""
    check = Authorization(Policy.LISTED_ONLY, TAGS).check
    assert check("STRANGER", NOON, policy=Policy.ACCEPT_ALL).accepted
    assert check("LOST", NOON, policy=Policy.ACCEPT_ALL).status is TagStatus.BLOCKED


@pytest.mark.parametrize(
    ("tag", "others", "status"),
    [
        (IdTag("CARD", allowed=False, expiry=NOON, concurrent=1), 1, TagStatus.BLOCKED),
        (IdTag("CARD", expiry=NOON, concurrent=1), 1, TagStatus.EXPIRED),
        (IdTag("CARD", charge_points=frozenset({"CP2"}), expiry=NOON), 0, TagStatus.BLOCKED),
        (IdTag("CARD", charge_points=frozenset({"CP1", "CP2"})), 0, TagStatus.ACCEPTED),
        (IdTag("CARD", concurrent=1), 1, TagStatus.CONCURRENT_TX),
        (IdTag("CARD", concurrent=2), 1, TagStatus.ACCEPTED),
        (IdTag("CARD"), 99, TagStatus.ACCEPTED),
    ],
)
def test_the_worst_that_can_be_said_of_a_tag_is_said(tag: IdTag, others: int, status: TagStatus) -> None:
    """Blocked before Expired before ConcurrentTx; without a number, any number may run."""
    tag = replace(tag, parent="FAMILY")
    info = Authorization(tags={"": tag}).check("CARD", NOON, charge_point="CP1", others=others)
    assert info == TagInfo(status, tag.expiry, "FAMILY")


@pytest.mark.parametrize("id_tag", ["", "  ", "x" * LONGEST_TEXT])
def test_no_tag_is_no_tag(id_tag: str) -> None:
    """An empty one is invalid whatever the policy, and so is one of absurd length."""
    assert Authorization().check(id_tag, NOON).status is TagStatus.INVALID


def test_a_tag_is_found_by_its_number() -> None:
    """Not by the key it is kept under."""
    authorization = Authorization(tags=TAGS)
    assert authorization.find(" card") is TAGS["a"]
    assert authorization.find("a") is None


def test_verdicts_are_spelt_as_ocpp_spells_them() -> None:
    """They go onto the wire."""
    assert {status.value for status in TagStatus} <= {status.value for status in AuthorizationStatus}


@pytest.mark.parametrize(
    ("id_tag", "seconds", "recent"),
    [("CARD", 0, True), (" card ", 120, True), ("CARD", 121, False), ("OTHER", 0, False)],
)
def test_a_tag_was_presented_of_late(id_tag: str, seconds: int, *, recent: bool) -> None:
    """Within two minutes, in whatever case."""
    presented = PresentedTags()
    presented.note("Card", NOON)
    assert presented.is_recent(id_tag, NOON + timedelta(seconds=seconds)) is recent
