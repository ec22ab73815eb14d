"""ID tags: who may charge."""

from datetime import timedelta

from ocpp.v16.enums import AuthorizationStatus
import pytest

from custom_components.ocpp_csms.csms.authorization import (
    Authorization,
    IdTag,
    Policy,
    PresentedTags,
    TagInfo,
    TagStatus,
)
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
    ("policy", "status"), [(Policy.ACCEPT_ALL, TagStatus.ACCEPTED), (Policy.LISTED_ONLY, TagStatus.INVALID)]
)
def test_the_policy_decides_about_unknown_tags(policy: Policy, status: TagStatus) -> None:
    """They are accepted, or invalid."""
    assert Authorization(policy, TAGS).check("STRANGER", NOON) == TagInfo(status)


@pytest.mark.parametrize("id_tag", ["", "  "])
def test_no_tag_is_no_tag(id_tag: str) -> None:
    """An empty one is invalid whatever the policy."""
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
