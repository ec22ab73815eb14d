"""The local authorization list: what it ought to hold, and what to send next."""

from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, TagStatus
from custom_components.ocpp_csms.csms.cards.local_list import (
    ListSupport,
    Told,
    changed_entries,
    next_update,
    wanted_entries,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.requests import LocalListEntry, SendLocalList
from custom_components.ocpp_csms.csms.v16.local_list import list_support
from tests.csms.central import NOON


def entry(id_tag: str, status: TagStatus | None = TagStatus.ACCEPTED, parent: str | None = None) -> LocalListEntry:
    """Return an entry of the list."""
    return LocalListEntry(id_tag=id_tag, status=status, parent=parent)


def told(version: int, *entries: LocalListEntry) -> Told:
    """Return what a charge point was told."""
    return Told(version, {item.id_tag.casefold(): item for item in entries})


def test_the_list_has_the_tags_that_the_user_entered() -> None:
    """Those that may charge first; tags that are too long, and those of other chargers, are left out."""
    tags = [
        IdTag("LOST", allowed=False),
        IdTag("ANN", expiry=NOON + timedelta(days=1), parent="FAMILY"),
        IdTag("OLD", expiry=NOON),
        IdTag("HERE", charge_points=frozenset({"CP1"})),
        IdTag("THERE", charge_points=frozenset({"CP2"})),
        IdTag("X" * 21),
    ]
    authorization = Authorization(tags={tag.id_tag: tag for tag in tags})
    assert wanted_entries(authorization, "CP1", NOON, 20) == (
        LocalListEntry(id_tag="ANN", status=TagStatus.ACCEPTED, expiry=NOON + timedelta(days=1), parent="FAMILY"),
        entry("HERE"),
        entry("LOST", TagStatus.BLOCKED),
        LocalListEntry(id_tag="OLD", status=TagStatus.EXPIRED, expiry=NOON),
    )


def test_who_was_told_nothing_gets_the_whole_list() -> None:
    """Its version is higher than any before."""
    assert next_update([entry("A"), entry("B")], None, 7, None) == SendLocalList(
        version=8, full=True, entries=(entry("A"), entry("B"))
    )


def test_an_empty_list_is_sent_to_who_may_hold_another() -> None:
    """It wipes what a central system before us has left there."""
    assert next_update([], None, 7, None) == SendLocalList(version=8, full=True, entries=())


def test_only_what_has_changed_is_sent_afterwards() -> None:
    """Removals first: they make room."""
    before = told(3, entry("A"), entry("B"), entry("C"))
    wanted = [entry("a"), entry("B", TagStatus.BLOCKED), entry("D")]
    update = next_update(wanted, before, 3, None)
    assert update == SendLocalList(
        version=4, full=False, entries=(entry("C", None), entry("a"), entry("B", TagStatus.BLOCKED), entry("D"))
    )
    assert next_update(wanted, before.after(update), 4, None) is None


def test_what_is_in_step_needs_no_message() -> None:
    """However often it is looked at."""
    assert next_update([entry("A")], told(3, entry("A")), 3, None) is None


@given(
    before=st.none() | st.lists(st.integers(0, 40), unique=True),
    wanted=st.lists(st.integers(0, 40), unique=True),
    size=st.none() | st.integers(1, 5),
)
def test_a_list_of_any_length_is_in_step_in_the_end(
    before: list[int] | None, wanted: list[int], size: int | None
) -> None:
    """No message is longer than the charge point takes, and versions rise by one."""
    state = None if before is None else told(5, *(entry(str(number)) for number in before))
    entries = [entry(str(number)) for number in wanted]
    version = 5
    while (update := next_update(entries, state, version, size)) is not None:
        assert size is None or len(update.entries) <= size
        assert update.version == version + 1
        assert update.full is (state is None)
        state, version = (state or Told(0)).after(update), update.version
    assert state is not None
    assert set(state.entries.values()) == set(entries)
    assert changed_entries(entries, state) == ()


def test_what_was_told_survives_as_json() -> None:
    """With expiry and group."""
    state = told(4, entry("A", parent="FAMILY"), LocalListEntry(id_tag="B", status=TagStatus.EXPIRED, expiry=NOON))
    assert Told.from_dict(state.as_dict()) == state


@pytest.mark.parametrize(
    ("configuration", "support"),
    [
        ({}, ListSupport(supported=False)),
        ({"SupportedFeatureProfiles": "Core, SmartCharging"}, ListSupport(supported=False)),
        (
            {
                "SupportedFeatureProfiles": "Core,LocalAuthListManagement",
                "LocalAuthListEnabled": "true",
                "LocalAuthListMaxLength": "100",
                "SendLocalListMaxLength": "50",
            },
            ListSupport(supported=True, longest=100, longest_message=50),
        ),
        (
            {"SupportedFeatureProfiles": "localauthlistmanagement", "LocalAuthListEnabled": "False"},
            ListSupport(supported=True, enabled=False),
        ),
        ({"LocalAuthListMaxLength": "10"}, ListSupport(supported=True, longest=10)),
        (
            {"SupportedFeatureProfiles": "LocalAuthListManagement", "SendLocalListMaxLength": "none"},
            ListSupport(supported=True),
        ),
    ],
)
def test_what_the_configuration_says_of_the_list(configuration: dict[str, str], support: ListSupport) -> None:
    """Of OCPP 1.6; limits that are no numbers are none."""
    keys = {key: ConfigurationKey(key, value, readonly=True) for key, value in configuration.items()}
    assert list_support(keys) == support
