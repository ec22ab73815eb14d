"""What charging stations list is read with tolerance: nothing of it can do harm, and what is of use is kept."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.charging.profiles import Period, Unit
from custom_components.ocpp_csms.csms.extended_requests import (
    DisplayMessage,
    InstalledProfile,
    Monitor,
    MonitorAnswer,
    TransactionState,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.requests import (
    CertificateHashes,
    CertificateKind,
    CompositeSchedule,
    InstalledCertificate,
)
from custom_components.ocpp_csms.csms.v2.answers import (
    customer_information,
    display_messages,
    installed_certificates,
    installed_profiles,
    list_version,
    monitor_answers,
    monitors,
    reported_variables,
    snake,
    transaction_state,
)
from tests.csms.central import NOON

NOON_TEXT = "2026-11-20T12:00:00Z"
HASHES = CertificateHashes(hash_algorithm="SHA256", issuer_name_hash="aa", issuer_key_hash="bb", serial_number="01")
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}


@pytest.mark.parametrize(
    ("word", "read"),
    [("AlwaysFront", "always_front"), ("UTF8", "utf8"), ("PeriodicClockAligned", "periodic_clock_aligned"), ("", None)],
)
def test_words_become_snake_case(word: str, read: str | None) -> None:
    """As everything in Home Assistant is."""
    assert snake(word) == read


def test_installed_certificates_are_read() -> None:
    """Without those below them; of a kind that nobody knows, or of none, as well."""
    entry = {
        "certificateType": "CSMSRootCertificate",
        "certificateHashData": {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": "aa",
            "issuerKeyHash": "bb",
            "serialNumber": "01",
        },
        "childCertificateHashData": [{}],
    }
    unknown = entry | {"certificateType": "OEMRootCertificate"}
    listed = {"certificateHashDataChain": [entry, {"certificateHashData": None}, "x", unknown]}
    assert installed_certificates(listed, ()) == (
        InstalledCertificate(hashes=HASHES, kind=CertificateKind.CENTRAL_SYSTEM_ROOT),
        InstalledCertificate(hashes=HASHES),
    )


@pytest.mark.parametrize(("told", "read"), [(7, 7), ("7", 7), (None, None), ("x", None)])
def test_the_version_of_the_local_list_is_read(told: Any, read: int | None) -> None:
    """A number, whatever type it has."""
    assert list_version({"versionNumber": told}, ()) == (read,)


def test_reported_variables_are_read_from_all_parts() -> None:
    """What is secret has no value."""
    first = {"reportData": [{**POWER, "variableAttribute": [{"value": "7400", "mutability": "ReadOnly"}]}]}
    password = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    second = {"reportData": [{**password, "variableAttribute": [{"value": "secret"}]}]}
    assert reported_variables({}, (first, second)) == (
        ConfigurationKey("EVSE(1).Power", "7400", readonly=True),
        ConfigurationKey("SecurityCtrlr.BasicAuthPassword", None, readonly=False, write_only=True),
    )


def test_what_became_of_monitors_is_read() -> None:
    """Whether they were set or cleared."""
    assert monitor_answers({"setMonitoringResult": [{"status": "Accepted", "id": 4}]}, ()) == (
        MonitorAnswer(status="Accepted", monitor_id=4),
    )
    assert monitor_answers({"clearMonitoringResult": [{"id": 4, "status": "NotFound"}, {}]}, ()) == (
        MonitorAnswer(status="NotFound", monitor_id=4),
        MonitorAnswer(status="", monitor_id=None),
    )


def test_monitors_are_read() -> None:
    """One that has no number, no type or no variable is none; a value that is no number is not told."""
    found = [
        {"id": 4, "type": "UpperThreshold", "value": 7400, "severity": 5, "transaction": True},
        {"id": 5, "type": "Delta", "value": float("inf")},
        {"id": 6, "type": "Delta", "value": True},
        {"type": "Delta"},
        {"id": 7},
    ]
    parts = ({"monitor": [{**POWER, "variableMonitoring": found}]}, {"monitor": [{"variableMonitoring": found}]})
    read = monitors({}, parts)
    assert read[0] == Monitor(
        monitor_id=4, variable="EVSE(1).Power", kind="upper_threshold", value=7400.0, severity=5, transaction=True
    )
    assert [(item.monitor_id, item.value, item.severity, item.transaction) for item in read[1:]] == [
        (5, None, None, False),
        (6, None, None, False),
    ]


def test_messages_of_a_display_are_read() -> None:
    """In full, and what is left of one that says almost nothing; without a number it is none."""
    full = {
        "id": 5,
        "priority": "AlwaysFront",
        "state": "Idle",
        "startDateTime": NOON_TEXT,
        "endDateTime": "x",
        "transactionId": "T-1",
        "message": {"format": "UTF8", "language": "en", "content": "Free today"},
    }
    read = display_messages({}, ({"messageInfo": [full]}, {"messageInfo": [{"id": 6}, {"priority": "InFront"}]}))
    assert read == (
        DisplayMessage(
            message_id=5,
            content="Free today",
            format="utf8",
            language="en",
            priority="always_front",
            state="idle",
            start=NOON,
            end=None,
            transaction_id="T-1",
        ),
        DisplayMessage(
            message_id=6,
            content="",
            format=None,
            language=None,
            priority=None,
            state=None,
            start=None,
            end=None,
            transaction_id=None,
        ),
    )


def test_customer_information_is_put_together() -> None:
    """In the order of its parts, whatever stands between."""
    assert customer_information({}, ({"data": "Anna, "}, {"data": None}, {"data": "17"})) == ("Anna, 17",)
    assert len(customer_information({}, ({"data": "x" * 200_000},))[0]) == 100_000


def test_installed_profiles_are_read() -> None:
    """With their schedules; one that has no number, or is at no EVSE, is none."""
    profile = {
        "id": 8,
        "stackLevel": 2,
        "chargingProfilePurpose": "ChargingStationExternalConstraints",
        "chargingProfileKind": "Absolute",
        "validFrom": NOON_TEXT,
        "chargingSchedule": [
            {
                "id": 1,
                "startSchedule": NOON_TEXT,
                "duration": 60,
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4200}],
            }
        ],
    }
    parts = (
        {"evseId": 1, "chargingLimitSource": "SO", "chargingProfile": [profile, {"stackLevel": 1}]},
        {"evseId": -1, "chargingProfile": [profile]},
    )
    assert installed_profiles({}, parts) == (
        InstalledProfile(
            profile_id=8,
            connector=1,
            source="so",
            purpose="charging_station_external_constraints",
            kind="absolute",
            recurrency=None,
            stack_level=2,
            valid_from=NOON,
            valid_to=None,
            transaction_id=None,
            schedules=(
                CompositeSchedule(
                    connector=1,
                    start=NOON,
                    unit=Unit.WATTS,
                    duration=60,
                    minimum_rate=None,
                    periods=(Period(0, 4200.0),),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({"ongoingIndicator": True, "messagesInQueue": False}, TransactionState(ongoing=True, queued=False)),
        ({"messagesInQueue": True}, TransactionState(ongoing=None, queued=True)),
        ({"ongoingIndicator": "yes"}, TransactionState(ongoing=None, queued=False)),
    ],
)
def test_the_state_of_a_transaction_is_read(payload: dict[str, Any], state: TransactionState) -> None:
    """What is not told is not made up."""
    assert transaction_state(payload, ()) == (state,)


def test_lists_without_end_are_cut() -> None:
    """At a number that nobody has."""
    endless = {"messageInfo": [{"id": number} for number in range(5000)]}
    assert len(display_messages({}, (endless, endless))) == 1000
    profiles = {"evseId": 0, "chargingProfile": [{"id": number} for number in range(5000)]}
    assert len(installed_profiles({}, (profiles, profiles))) == 1000


LISTS = (
    "certificateHashDataChain",
    "certificateHashData",
    "chargingProfile",
    "chargingSchedule",
    "clearMonitoringResult",
    "component",
    "data",
    "evse",
    "evseId",
    "id",
    "message",
    "messageInfo",
    "monitor",
    "name",
    "reportData",
    "setMonitoringResult",
    "type",
    "value",
    "variable",
    "variableAttribute",
    "variableMonitoring",
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(LISTS), inner, max_size=4),
    max_leaves=12,
)


@given(payload=st.dictionaries(st.sampled_from(LISTS), ANYTHING, max_size=6))
def test_nothing_that_is_listed_does_harm(payload: dict[str, Any]) -> None:
    """Whatever stands where."""
    for read in (
        customer_information,
        display_messages,
        installed_certificates,
        installed_profiles,
        list_version,
        monitor_answers,
        monitors,
        reported_variables,
        transaction_state,
    ):
        assert isinstance(read(payload, (payload,)), tuple)
