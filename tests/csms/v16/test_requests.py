"""Requests in the words of OCPP 1.6: each has its row, and what it says is what its schema wants."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Kind, Period, Purpose, Unit
from custom_components.ocpp_csms.csms import requests
from custom_components.ocpp_csms.csms.cards.authorization import TagStatus
from custom_components.ocpp_csms.csms.errors import InvalidRequestError, RefusedError, UnclearAnswerError
from custom_components.ocpp_csms.csms.extended_requests import ClearMessage
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
from custom_components.ocpp_csms.csms.v16.requests import ACTIONS, OPERATIONS
from tests.csms.central import NOON
from tests.csms.dialect import CHECKER, Station

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

# Each in full, and as short as it can be, with the payload.
SAID: list[tuple[Request, dict[str, Any]]] = [
    (CancelReservation(reservation_id=7), {"reservationId": 7}),
    (CertificateSigned(chain="PEM"), {"certificateChain": "PEM"}),
    (ClearCache(), {}),
    (ClearProfiles(), {}),
    (
        ClearProfiles(profile_id=1, connector=0, purpose=Purpose.STATION_MAX, stack_level=0),
        {"id": 1, "connectorId": 0, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 0},
    ),
    (
        DeleteCertificate(hashes=HASHES),
        {
            "certificateHashData": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "0A",
                "issuerKeyHash": "0B",
                "serialNumber": "0C",
            }
        },
    ),
    (GetCompositeSchedule(connector=0, duration=60), {"connectorId": 0, "duration": 60}),
    (
        GetCompositeSchedule(connector=1, duration=60, unit=Unit.WATTS),
        {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"},
    ),
    (GetDiagnostics(location="ftp://x"), {"location": "ftp://x"}),
    (
        GetDiagnostics(location="ftp://x", oldest=NOON, latest=LATER, retries=1, retry_interval=60),
        {
            "location": "ftp://x",
            "startTime": "2026-11-20T12:00:00Z",
            "stopTime": "2026-11-20T13:00:00Z",
            "retries": 1,
            "retryInterval": 60,
        },
    ),
    (
        GetInstalledCertificates(kinds=(CertificateKind.CENTRAL_SYSTEM_ROOT,)),
        {"certificateType": "CentralSystemRootCertificate"},
    ),
    (GetLocalListVersion(), {}),
    (
        GetLog(request_id=3, kind=LogKind.DIAGNOSTICS, location="ftp://x"),
        {"logType": "DiagnosticsLog", "requestId": 3, "log": {"remoteLocation": "ftp://x"}},
    ),
    (
        GetLog(
            request_id=3,
            kind=LogKind.SECURITY,
            location="ftp://x",
            oldest=NOON,
            latest=LATER,
            retries=1,
            retry_interval=60,
        ),
        {
            "logType": "SecurityLog",
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
    (
        InstallCertificate(kind=CertificateKind.MANUFACTURER_ROOT, certificate="PEM"),
        {"certificateType": "ManufacturerRootCertificate", "certificate": "PEM"},
    ),
    (
        InstallProfile(profile=PROFILE),
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
                },
            },
        },
    ),
    (
        ReserveNow(reservation_id=7, connector=1, id_tag="CARD", expiry=LATER),
        {"connectorId": 1, "expiryDate": "2026-11-20T13:00:00Z", "idTag": "CARD", "reservationId": 7},
    ),
    (
        ReserveNow(reservation_id=7, connector=0, id_tag="CARD", expiry=LATER, parent="GROUP"),
        {
            "connectorId": 0,
            "expiryDate": "2026-11-20T13:00:00Z",
            "idTag": "CARD",
            "parentIdTag": "GROUP",
            "reservationId": 7,
        },
    ),
    (
        SendLocalList(version=2, full=True, entries=()),
        {"listVersion": 2, "updateType": "Full", "localAuthorizationList": []},
    ),
    (
        SendLocalList(
            version=3,
            full=False,
            entries=(
                LocalListEntry(id_tag="GONE", status=None),
                LocalListEntry(id_tag="CARD", status=TagStatus.ACCEPTED, expiry=LATER, parent="GROUP"),
            ),
        ),
        {
            "listVersion": 3,
            "updateType": "Differential",
            "localAuthorizationList": [
                {"idTag": "GONE"},
                {
                    "idTag": "CARD",
                    "idTagInfo": {
                        "status": "Accepted",
                        "expiryDate": "2026-11-20T13:00:00Z",
                        "parentIdTag": "GROUP",
                    },
                },
            ],
        },
    ),
    (
        UpdateFirmware(request_id=4, location="http://x", retrieve_at=NOON),
        {"location": "http://x", "retrieveDate": "2026-11-20T12:00:00Z"},
    ),
    (
        UpdateFirmware(request_id=4, location="http://x", retrieve_at=NOON, retries=2, retry_interval=60),
        {"location": "http://x", "retrieveDate": "2026-11-20T12:00:00Z", "retries": 2, "retryInterval": 60},
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
async def test_a_request_is_said_as_1_6_wants_it(station: Station, request_: Request, payload: dict[str, Any]) -> None:
    """What is not given is not said, and the schema of the action is kept."""
    station.status("Available")
    await station.charge_point.request(request_)
    action, sent = station.rpc.calls[-1]
    assert sent == payload
    assert action in ACTIONS
    assert CHECKER.check("1.6", action, sent) is None


def test_every_request_has_a_row_and_a_test() -> None:
    """Or it could not be said."""
    kinds = {
        kind
        for kind in vars(requests).values()
        if isinstance(kind, type) and issubclass(kind, Request) and kind is not Request
    }
    assert set(OPERATIONS) == kinds
    assert {type(request) for request, _ in SAID} == kinds


@pytest.mark.parametrize("request_", [request for request, _ in SAID], ids=lambda value: type(value).__name__)
async def test_a_request_is_granted_with_a_good_status_only(station: Station, request_: Request) -> None:
    """Those whose answer has none are granted by being answered."""
    station.status("Available")
    operation = OPERATIONS[type(request_)]
    station.rpc.answers[operation.action] = {"status": "Rejected"}
    if not operation.good:
        assert (await station.charge_point.request(request_)).status == ""
        return
    with pytest.raises(RefusedError):
        await station.charge_point.request(request_)
    station.rpc.answers[operation.action] = {}
    with pytest.raises(UnclearAnswerError):
        await station.charge_point.request(request_)
    for good in operation.good:
        station.rpc.answers[operation.action] = {"status": good.lower(), "more": 1}
        answer = await station.charge_point.request(request_)
        assert (answer.status, answer.payload["more"]) == (good, 1)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (GetInstalledCertificates(kinds=(CertificateKind.V2G_ROOT,)), "not_in_version"),
        (GetInstalledCertificates(), "not_in_version"),
        (InstallCertificate(kind=CertificateKind.MOBILITY_OPERATOR_ROOT, certificate="PEM"), "not_in_version"),
        (
            ReserveNow(
                reservation_id=7,
                connector=0,
                id_tag="CARD",
                expiry=LATER,
                connector_type=ConnectorType.TYPE_2_SOCKET,
            ),
            "not_in_version",
        ),
        (
            UpdateFirmware(request_id=4, location="http://x", retrieve_at=NOON, install_at=LATER),
            "install_time_needs_signature",
        ),
        (ClearMessage(1), "not_in_version"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_1_6_cannot_say_is_refused(station: Station, request_: Request, reason: str) -> None:
    """Before anything is sent."""
    station.status("Available")
    with pytest.raises(InvalidRequestError, match=reason):
        await station.charge_point.request(request_)
    assert station.rpc.calls == []


async def test_an_answer_that_is_no_object_is_empty(station: Station) -> None:
    """Whatever came instead."""
    station.rpc.answers["GetLocalListVersion"] = ["-1"]
    assert (await station.charge_point.request(GetLocalListVersion())).payload == {}
