"""Requests in the words of OCPP 2.0.1 and 2.1: each has its row, and what it says is what the schemas of both want."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Unit
from custom_components.ocpp_csms.csms import extended_requests, requests
from custom_components.ocpp_csms.csms.cards.authorization import TagStatus
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import (
    ClearCustomerInformation,
    ClearMessage,
    ClearVariableMonitors,
    CostUpdated,
    Customer,
    GetBaseReport,
    GetChargingProfiles,
    GetCustomerInformation,
    GetMessages,
    GetReport,
    GetTransactionStatus,
    GetVariableMonitors,
    LimitSource,
    MessageFormat,
    MessagePriority,
    MessageState,
    MonitorGroup,
    MonitoringBase,
    MonitorKind,
    NetworkInterface,
    PublishFirmware,
    ReportBase,
    ReportCriterion,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetNetworkProfile,
    SetPlugAvailability,
    SetVariableMonitor,
    ShowMessage,
    UnpublishFirmware,
)
from custom_components.ocpp_csms.csms.requests import (
    CancelReservation,
    CertificateHashes,
    CertificateKind,
    CertificateSigned,
    ClearCache,
    ClearProfiles,
    ConnectorType,
    DeleteCertificate,
    GetCompositeSchedule,
    GetDiagnostics,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    InstallCertificate,
    InstallProfile,
    LocalListEntry,
    LogKind,
    Request,
    ReserveNow,
    SendLocalList,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from custom_components.ocpp_csms.csms.v2.requests import ACTIONS, OPERATIONS
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker
from tests.csms.central import NOON

VERSIONS = ("2.0.1", "2.1")
CHECKER = SchemaChecker()
CHECKER.load(VERSIONS)

LATER = NOON + timedelta(hours=1)
PROFILE = ChargingProfile(
    profile_id=1,
    connector=1,
    purpose=Purpose.TX_DEFAULT,
    kind=Kind.RELATIVE,
    stack_level=0,
    unit=Unit.AMPERES,
    periods=(Period(0, 16.0),),
)
HASHES = CertificateHashes(hash_algorithm="SHA256", issuer_name_hash="0A", issuer_key_hash="0B", serial_number="0C")
NAMED = {"hashAlgorithm": "SHA256", "issuerNameHash": "0A", "issuerKeyHash": "0B", "serialNumber": "0C"}
CARD = {"idToken": "04A2B3C4", "type": "ISO14443"}
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}

# Each in full, and as short as it can be, with the payload.
SAID: list[tuple[Request, dict[str, Any]]] = [
    (CancelReservation(reservation_id=7), {"reservationId": 7}),
    (
        CertificateSigned(chain="PEM"),
        {"certificateChain": "PEM", "certificateType": "ChargingStationCertificate"},
    ),
    (ClearCache(), {}),
    (
        ClearCustomerInformation(request_id=3, customer=Customer(id_tag="04A2B3C4")),
        {"requestId": 3, "report": False, "clear": True, "idToken": CARD},
    ),
    (ClearMessage(5), {"id": 5}),
    (ClearProfiles(), {}),
    (ClearProfiles(profile_id=1), {"chargingProfileId": 1}),
    (
        ClearProfiles(connector=0, purpose=Purpose.STATION_MAX, stack_level=0),
        {
            "chargingProfileCriteria": {
                "evseId": 0,
                "chargingProfilePurpose": "ChargingStationMaxProfile",
                "stackLevel": 0,
            }
        },
    ),
    (ClearVariableMonitors(monitor_ids=(1, 2)), {"id": [1, 2]}),
    (CostUpdated(transaction_id="T-1", cost=1.25), {"totalCost": 1.25, "transactionId": "T-1"}),
    (DeleteCertificate(hashes=HASHES), {"certificateHashData": NAMED}),
    (
        GetBaseReport(request_id=3, base=ReportBase.CONFIGURATION),
        {"requestId": 3, "reportBase": "ConfigurationInventory"},
    ),
    (
        GetChargingProfiles(request_id=3),
        {"requestId": 3, "chargingProfile": {"chargingLimitSource": ["EMS", "Other", "SO", "CSO"]}},
    ),
    (
        GetChargingProfiles(
            request_id=3, connector=0, purpose=Purpose.TX, stack_level=0, source=LimitSource.SYSTEM_OPERATOR
        ),
        {
            "requestId": 3,
            "evseId": 0,
            "chargingProfile": {
                "chargingProfilePurpose": "TxProfile",
                "stackLevel": 0,
                "chargingLimitSource": ["SO"],
            },
        },
    ),
    (
        GetChargingProfiles(request_id=3, purpose=Purpose.TX, stack_level=0, profile_ids=(8, 9)),
        {"requestId": 3, "chargingProfile": {"chargingProfileId": [8, 9]}},
    ),
    (GetCompositeSchedule(connector=0, duration=60), {"evseId": 0, "duration": 60}),
    (
        GetCompositeSchedule(connector=1, duration=60, unit=Unit.WATTS),
        {"evseId": 1, "duration": 60, "chargingRateUnit": "W"},
    ),
    (
        GetCustomerInformation(request_id=3, customer=Customer(identifier="Customer 17")),
        {"requestId": 3, "report": True, "clear": False, "customerIdentifier": "Customer 17"},
    ),
    (
        GetCustomerInformation(request_id=3, customer=Customer(identifier="Customer 17"), clear=True),
        {"requestId": 3, "report": True, "clear": True, "customerIdentifier": "Customer 17"},
    ),
    (
        GetCustomerInformation(request_id=3, customer=Customer(certificate=HASHES)),
        {"requestId": 3, "report": True, "clear": False, "customerCertificate": NAMED},
    ),
    (
        GetInstalledCertificates(kinds=(CertificateKind.MOBILITY_OPERATOR_ROOT, CertificateKind.V2G_CHAIN)),
        {"certificateType": ["MORootCertificate", "V2GCertificateChain"]},
    ),
    (GetInstalledCertificates(), {}),
    (GetLocalListVersion(), {}),
    (
        GetLog(request_id=3, kind=LogKind.SECURITY, location="ftp://x"),
        {"logType": "SecurityLog", "requestId": 3, "log": {"remoteLocation": "ftp://x"}},
    ),
    (
        GetLog(
            request_id=3,
            kind=LogKind.DIAGNOSTICS,
            location="ftp://x",
            oldest=NOON,
            latest=LATER,
            retries=1,
            retry_interval=60,
        ),
        {
            "logType": "DiagnosticsLog",
            "requestId": 3,
            "retries": 1,
            "retryInterval": 60,
            "log": {
                "remoteLocation": "ftp://x",
                "oldestTimestamp": "2026-11-20T12:00:00Z",
                "latestTimestamp": "2026-11-20T13:00:00Z",
            },
        },
    ),
    (GetMessages(request_id=3), {"requestId": 3}),
    (
        GetMessages(
            request_id=3,
            message_ids=(1, 2),
            priority=MessagePriority.ALWAYS_FRONT,
            state=MessageState.CHARGING,
        ),
        {"requestId": 3, "id": [1, 2], "priority": "AlwaysFront", "state": "Charging"},
    ),
    (
        GetReport(request_id=3, criteria=(ReportCriterion.PROBLEM,), variables=("EVSE(1).Power",)),
        {"requestId": 3, "componentCriteria": ["Problem"], "componentVariable": [POWER]},
    ),
    (GetTransactionStatus(), {}),
    (GetTransactionStatus(transaction_id="T-1"), {"transactionId": "T-1"}),
    (GetVariableMonitors(request_id=3), {"requestId": 3}),
    (
        GetVariableMonitors(request_id=3, groups=(MonitorGroup.THRESHOLD,), variables=("EVSE(1).Power",)),
        {"requestId": 3, "monitoringCriteria": ["ThresholdMonitoring"], "componentVariable": [POWER]},
    ),
    (
        InstallCertificate(kind=CertificateKind.CENTRAL_SYSTEM_ROOT, certificate="PEM"),
        {"certificateType": "CSMSRootCertificate", "certificate": "PEM"},
    ),
    (
        InstallProfile(profile=PROFILE),
        {
            "evseId": 1,
            "chargingProfile": {
                "id": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": [
                    {
                        "id": 1,
                        "chargingRateUnit": "A",
                        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
                    }
                ],
            },
        },
    ),
    (
        PublishFirmware(request_id=3, location="https://x/f", checksum="0" * 32),
        {"requestId": 3, "location": "https://x/f", "checksum": "0" * 32},
    ),
    (
        PublishFirmware(request_id=3, location="https://x/f", checksum="0" * 32, retries=2, retry_interval=60),
        {"requestId": 3, "location": "https://x/f", "checksum": "0" * 32, "retries": 2, "retryInterval": 60},
    ),
    (
        ReserveNow(reservation_id=7, connector=1, id_tag="04A2B3C4", expiry=LATER),
        {"id": 7, "expiryDateTime": "2026-11-20T13:00:00Z", "idToken": CARD, "evseId": 1},
    ),
    (
        ReserveNow(
            reservation_id=7,
            connector=0,
            id_tag="04A2B3C4",
            expiry=LATER,
            parent="GROUP",
            connector_type=ConnectorType.TYPE_2_SOCKET,
        ),
        {
            "id": 7,
            "expiryDateTime": "2026-11-20T13:00:00Z",
            "idToken": CARD,
            "groupIdToken": {"idToken": "GROUP", "type": "Central"},
            "connectorType": "sType2",
        },
    ),
    (SendLocalList(version=2, full=True, entries=()), {"versionNumber": 2, "updateType": "Full"}),
    (
        SendLocalList(
            version=3,
            full=False,
            entries=(
                LocalListEntry(id_tag="GONE", status=None),
                LocalListEntry(id_tag="04A2B3C4", status=TagStatus.ACCEPTED, expiry=LATER, parent="GROUP"),
            ),
        ),
        {
            "versionNumber": 3,
            "updateType": "Differential",
            "localAuthorizationList": [
                {"idToken": {"idToken": "GONE", "type": "Central"}},
                {
                    "idToken": CARD,
                    "idTokenInfo": {
                        "status": "Accepted",
                        "cacheExpiryDateTime": "2026-11-20T13:00:00Z",
                        "groupIdToken": {"idToken": "GROUP", "type": "Central"},
                    },
                },
            ],
        },
    ),
    (SetMonitoringBase(MonitoringBase.HARD_WIRED_ONLY), {"monitoringBase": "HardWiredOnly"}),
    (SetMonitoringLevel(5), {"severity": 5}),
    (
        SetNetworkProfile(
            slot=1,
            url="wss://home.example.com:9000",
            security_profile=2,
            interface=NetworkInterface.WIRED_0,
            timeout=30,
        ),
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://home.example.com:9000",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        },
    ),
    (
        SetPlugAvailability(connector=1, plug=2, operative=False),
        {"operationalStatus": "Inoperative", "evse": {"id": 1, "connectorId": 2}},
    ),
    (
        SetPlugAvailability(connector=1, plug=2, operative=True),
        {"operationalStatus": "Operative", "evse": {"id": 1, "connectorId": 2}},
    ),
    (
        SetVariableMonitor(variable="EVSE(1).Power", kind=MonitorKind.UPPER_THRESHOLD, value=7400.0, severity=5),
        {
            "setMonitoringData": [
                {"transaction": False, "value": 7400.0, "type": "UpperThreshold", "severity": 5, **POWER}
            ]
        },
    ),
    (
        SetVariableMonitor(
            variable="EVSE(1).Power", kind=MonitorKind.DELTA, value=1.0, severity=9, transaction=True, monitor_id=4
        ),
        {"setMonitoringData": [{"id": 4, "transaction": True, "value": 1.0, "type": "Delta", "severity": 9, **POWER}]},
    ),
    (
        ShowMessage(message_id=5, content="Free today"),
        {
            "message": {
                "id": 5,
                "priority": "NormalCycle",
                "message": {"format": "UTF8", "content": "Free today"},
            }
        },
    ),
    (
        ShowMessage(
            message_id=5,
            content="Free today",
            format=MessageFormat.ASCII,
            language="en",
            priority=MessagePriority.IN_FRONT,
            state=MessageState.IDLE,
            start=NOON,
            end=LATER,
            transaction_id="T-1",
        ),
        {
            "message": {
                "id": 5,
                "priority": "InFront",
                "state": "Idle",
                "startDateTime": "2026-11-20T12:00:00Z",
                "endDateTime": "2026-11-20T13:00:00Z",
                "transactionId": "T-1",
                "message": {"format": "ASCII", "language": "en", "content": "Free today"},
            }
        },
    ),
    (UnpublishFirmware("0" * 32), {"checksum": "0" * 32}),
    (
        UpdateFirmware(request_id=4, location="http://x", retrieve_at=NOON),
        {"requestId": 4, "firmware": {"location": "http://x", "retrieveDateTime": "2026-11-20T12:00:00Z"}},
    ),
    (
        UpdateFirmware(
            request_id=4, location="http://x", retrieve_at=NOON, install_at=LATER, retries=2, retry_interval=60
        ),
        {
            "requestId": 4,
            "retries": 2,
            "retryInterval": 60,
            "firmware": {
                "location": "http://x",
                "retrieveDateTime": "2026-11-20T12:00:00Z",
                "installDateTime": "2026-11-20T13:00:00Z",
            },
        },
    ),
    (
        UpdateSignedFirmware(
            request_id=4, location="http://x", retrieve_at=NOON, certificate="PEM", signature="c2ln", install_at=LATER
        ),
        {
            "requestId": 4,
            "firmware": {
                "location": "http://x",
                "retrieveDateTime": "2026-11-20T12:00:00Z",
                "installDateTime": "2026-11-20T13:00:00Z",
                "signingCertificate": "PEM",
                "signature": "c2ln",
            },
        },
    ),
]


@pytest.mark.parametrize(("request_", "payload"), SAID, ids=lambda value: type(value).__name__)
def test_a_request_is_said_as_2_x_wants_it(request_: Request, payload: dict[str, Any]) -> None:
    """What is not given is not said, and the schema of the action is kept in both versions."""
    operation = OPERATIONS[type(request_)]
    assert operation.payload(request_) == payload
    for version in VERSIONS:
        assert operation.action in ACTIONS[version]
        assert CHECKER.check(version, operation.action, payload) is None


def test_the_id_of_a_request_for_a_certificate_is_repeated() -> None:
    """OCPP 2.1 has one."""
    request_ = CertificateSigned(chain="PEM", request_id=9)
    payload = OPERATIONS[CertificateSigned].payload(request_)
    assert payload["requestId"] == 9
    assert CHECKER.check("2.1", "CertificateSigned", payload) is None


def test_every_request_has_a_row_and_a_test() -> None:
    """Or it could not be said. Diagnostics are a log."""
    kinds = {
        kind
        for module in (requests, extended_requests)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Request) and kind is not Request
    }
    assert set(OPERATIONS) == kinds - {GetDiagnostics}
    assert {type(request_) for request_, _ in SAID} == set(OPERATIONS)


@pytest.mark.parametrize("name", list(ConnectorType))
def test_every_type_of_connector_can_be_reserved(name: ConnectorType) -> None:
    """By a word that the specification has."""
    request_ = ReserveNow(reservation_id=7, connector=0, id_tag="CARD", expiry=LATER, connector_type=name)
    assert CHECKER.check("2.0.1", "ReserveNow", OPERATIONS[ReserveNow].payload(request_)) is None


@pytest.mark.parametrize("kind", list(CertificateKind))
def test_every_kind_of_certificate_can_be_listed_and_every_root_installed(kind: CertificateKind) -> None:
    """By words that the specification has."""
    requests_: list[Request] = [GetInstalledCertificates(kinds=(kind,))]
    if kind is not CertificateKind.V2G_CHAIN:
        requests_.append(InstallCertificate(kind=kind, certificate="PEM"))
    for request_ in requests_:
        operation = OPERATIONS[type(request_)]
        for version in VERSIONS:
            assert CHECKER.check(version, operation.action, operation.payload(request_)) is None


def test_what_names_no_variable_is_no_request() -> None:
    """The error names the text."""
    request_ = GetVariableMonitors(request_id=3, variables=("Power",))
    with pytest.raises(InvalidRequestError) as raised:
        OPERATIONS[GetVariableMonitors].payload(request_)
    assert raised.value.placeholders == {"configuration_key": "Power"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_actions_are_those_of_the_version(version: str) -> None:
    """Each has a schema; what a station sends is not among them, and what only 2.1 knows is not sent to 2.0.1."""
    nonsense = {"": object()}
    assert [action for action in ACTIONS[version] if CHECKER.check(version, action, nonsense) is None] == []
    assert not {"BootNotification", "TransactionEvent", "NotifyReport"} & ACTIONS[version]
    assert ("SetDefaultTariff" in ACTIONS[version]) is (version == "2.1")
