"""Versions: which one is agreed upon, and which one a message is said in."""

from itertools import permutations
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.versions import SUBPROTOCOLS, Version, are_alike, negotiated, told_by

ALL = tuple(Version)


@pytest.mark.parametrize("offered", permutations(("ocpp1.6", "ocpp2.0.1", "ocpp2.1")))
def test_the_highest_version_is_agreed_upon(offered: tuple[str, ...]) -> None:
    """Whatever the order in which a charge point offers them."""
    assert negotiated(offered, ALL) is Version.V2_1


@pytest.mark.parametrize(
    ("offered", "allowed", "agreed"),
    [
        (("ocpp1.6",), ALL, Version.V1_6),
        (("ocpp1.6", "ocpp2.0.1"), ALL, Version.V2_0_1),
        (("ocpp2.1", "ocpp2.0.1"), (Version.V2_0_1,), Version.V2_0_1),
        (("ocpp2.1", "ocpp1.6"), (Version.V1_6,), Version.V1_6),
        (("ocpp2.1",), (Version.V1_6,), None),
        (("ocpp1.5", "ocpp2.0", "ocpp2.9"), ALL, None),
        ((), ALL, None),
    ],
)
def test_only_what_both_speak_is_agreed_upon(
    offered: tuple[str, ...], allowed: tuple[Version, ...], agreed: Version | None
) -> None:
    """A version that the user has ruled out counts as little as one that nobody knows."""
    assert negotiated(offered, allowed) is agreed


def test_every_version_has_a_sub_protocol() -> None:
    """By its name."""
    assert {version: f"ocpp{version}" for version in Version} == SUBPROTOCOLS


@pytest.mark.parametrize(
    ("action", "payload", "version"),
    [
        ("BootNotification", {"chargePointVendor": "A", "chargePointModel": "B"}, Version.V1_6),
        ("BootNotification", {"chargePointModel": "B"}, Version.V1_6),
        ("BootNotification", {"reason": "PowerUp", "chargingStation": {}}, Version.V2_0_1),
        ("BootNotification", {"chargingStation": "?"}, Version.V2_0_1),
        ("BootNotification", {}, None),
        ("BootNotification", {"chargePointModel": "B", "chargingStation": {}}, None),
        ("BootNotification", ["chargingStation"], None),
        ("BootNotification", "chargingStation", None),
        ("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}, Version.V1_6),
        ("StatusNotification", {"connectorId": 1, "evseId": 1, "connectorStatus": "Available"}, Version.V2_0_1),
        ("StatusNotification", {"connectorId": 1}, None),
        ("MeterValues", {"connectorId": 1}, Version.V1_6),
        ("MeterValues", {"evseId": 1}, Version.V2_0_1),
        ("Authorize", {"idTag": "CARD"}, Version.V1_6),
        ("Authorize", {"idToken": {"idToken": "CARD"}}, Version.V2_0_1),
        ("StartTransaction", {}, Version.V1_6),
        ("StopTransaction", None, Version.V1_6),
        ("DiagnosticsStatusNotification", {"status": "Idle"}, Version.V1_6),
        ("TransactionEvent", {}, Version.V2_0_1),
        ("NotifyEvent", None, Version.V2_0_1),
        ("NotifyReport", {}, Version.V2_0_1),
        ("Heartbeat", {}, None),
        ("DataTransfer", {"vendorId": "A"}, None),
        ("FirmwareStatusNotification", {"status": "Idle"}, None),
        ("MakeCoffee", {}, None),
    ],
    ids=str,
)
def test_messages_tell_their_version(action: str, payload: Any, version: Version | None) -> None:
    """By an action, or a field, that only one family of versions has; what both have, and what has both, tells nothing."""
    assert told_by(action, payload) is version


@given(
    st.sampled_from(["BootNotification", "StatusNotification", "MeterValues", "Authorize", "TransactionEvent"])
    | st.text(max_size=9),
    st.none() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers()),
)
def test_no_message_is_too_odd_to_be_asked(action: str, payload: Any) -> None:
    """Whatever comes, the answer is a version or none."""
    assert told_by(action, payload) in {None, *Version}


def test_the_two_families() -> None:
    """2.0.1 and 2.1 are alike; 1.6 is like neither."""
    assert are_alike("2.0.1", "2.1")
    assert are_alike("1.6", "1.6")
    assert not are_alike("1.6", "2.0.1")
    assert not are_alike("2.1", "1.6")
