"""The requests of `requests` in the words of OCPP 1.6 and its security whitepaper: one row each, action, payload and good answers.

Pure: no connection. Source: OCPP 1.6 §5, §6; security whitepaper ed. 3 §5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custom_components.ocpp_csms.csms.requests import (
    CancelReservation,
    CertificateKind,
    CertificateSigned,
    ClearCache,
    ClearProfiles,
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
from custom_components.ocpp_csms.csms.wire.fields import time_text

from .profiles import PURPOSES, profile_payload

ACCEPTED = ("Accepted",)
NO_STATUS: tuple[str, ...] = ()
"""The answer carries no status: that it came is all."""

_LOGS = {LogKind.DIAGNOSTICS: "DiagnosticsLog", LogKind.SECURITY: "SecurityLog"}
_CERTIFICATES = {
    CertificateKind.CENTRAL_SYSTEM_ROOT: "CentralSystemRootCertificate",
    CertificateKind.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}

# What a central system may send: §5 and the security whitepaper. All else is for charge points to send.
ACTIONS = frozenset(
    {
        "CancelReservation",
        "CertificateSigned",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetDiagnostics",
        "GetInstalledCertificateIds",
        "GetLocalListVersion",
        "GetLog",
        "InstallCertificate",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "SignedUpdateFirmware",
        "TriggerMessage",
        "UnlockConnector",
        "UpdateFirmware",
    }
)

PLAIN_TRIGGERS = frozenset(
    {
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    }
)
"""What TriggerMessage can ask for (§7.33)."""

EXTENDED_TRIGGERS = frozenset(
    {
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    }
)
"""What ExtendedTriggerMessage can ask for (whitepaper, MessageTriggerEnumType)."""

type Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation[RequestT: Request]:
    """How a request is said: the action, what makes its payload, and the statuses that mean yes."""

    action: str
    payload: Callable[[RequestT], Payload]
    good: tuple[str, ...] = ACCEPTED


def _nothing(_request: Request) -> Payload:
    return {}


def _clear_profiles(request: ClearProfiles) -> Payload:
    return _said(
        id=request.profile_id,
        connectorId=request.connector,
        chargingProfilePurpose=None if request.purpose is None else PURPOSES[request.purpose],
        stackLevel=request.stack_level,
    )


def _composite_schedule(request: GetCompositeSchedule) -> Payload:
    unit = None if request.unit is None else request.unit.value
    return _said(connectorId=request.connector, duration=request.duration, chargingRateUnit=unit)


def _local_list(request: SendLocalList) -> Payload:
    return {
        "listVersion": request.version,
        "updateType": "Full" if request.full else "Differential",
        "localAuthorizationList": [_list_entry(entry) for entry in request.entries],
    }


def _list_entry(entry: LocalListEntry) -> Payload:
    if entry.status is None:
        return {"idTag": entry.id_tag}
    info = _said(status=entry.status.value, expiryDate=_time(entry.expiry), parentIdTag=entry.parent)
    return {"idTag": entry.id_tag, "idTagInfo": info}


def _reserve_now(request: ReserveNow) -> Payload:
    return _said(
        connectorId=request.connector,
        expiryDate=_time(request.expiry),
        idTag=request.id_tag,
        parentIdTag=request.parent,
        reservationId=request.reservation_id,
    )


def _update_firmware(request: UpdateFirmware) -> Payload:
    return _said(
        location=request.location,
        retrieveDate=_time(request.retrieve_at),
        retries=request.retries,
        retryInterval=request.retry_interval,
    )


def _update_signed_firmware(request: UpdateSignedFirmware) -> Payload:
    firmware = _said(
        location=request.location,
        retrieveDateTime=_time(request.retrieve_at),
        installDateTime=_time(request.install_at),
        signingCertificate=request.certificate,
        signature=request.signature,
    )
    return _said(
        requestId=request.request_id,
        retries=request.retries,
        retryInterval=request.retry_interval,
        firmware=firmware,
    )


def _get_diagnostics(request: GetDiagnostics) -> Payload:
    return _said(
        location=request.location,
        startTime=_time(request.oldest),
        stopTime=_time(request.latest),
        retries=request.retries,
        retryInterval=request.retry_interval,
    )


def _get_log(request: GetLog) -> Payload:
    log = _said(
        remoteLocation=request.location,
        oldestTimestamp=_time(request.oldest),
        latestTimestamp=_time(request.latest),
    )
    return _said(
        logType=_LOGS[request.kind],
        requestId=request.request_id,
        retries=request.retries,
        retryInterval=request.retry_interval,
        log=log,
    )


def _delete_certificate(request: DeleteCertificate) -> Payload:
    hashes = request.hashes
    return {
        "certificateHashData": {
            "hashAlgorithm": hashes.hash_algorithm,
            "issuerNameHash": hashes.issuer_name_hash,
            "issuerKeyHash": hashes.issuer_key_hash,
            "serialNumber": hashes.serial_number,
        }
    }


OPERATIONS: Mapping[type[Request], Operation[Any]] = {
    CancelReservation: Operation("CancelReservation", lambda request: {"reservationId": request.reservation_id}),
    CertificateSigned: Operation("CertificateSigned", lambda request: {"certificateChain": request.chain}),
    ClearCache: Operation("ClearCache", _nothing),
    ClearProfiles: Operation("ClearChargingProfile", _clear_profiles),
    DeleteCertificate: Operation("DeleteCertificate", _delete_certificate),
    GetCompositeSchedule: Operation("GetCompositeSchedule", _composite_schedule),
    GetDiagnostics: Operation("GetDiagnostics", _get_diagnostics, NO_STATUS),
    GetInstalledCertificates: Operation(
        "GetInstalledCertificateIds",
        lambda request: {"certificateType": _CERTIFICATES[request.kind]},
        ("Accepted", "NotFound"),  # the list is empty
    ),
    GetLocalListVersion: Operation("GetLocalListVersion", _nothing, NO_STATUS),
    GetLog: Operation("GetLog", _get_log, ("Accepted", "AcceptedCanceled")),
    InstallCertificate: Operation(
        "InstallCertificate",
        lambda request: {"certificateType": _CERTIFICATES[request.kind], "certificate": request.certificate},
    ),
    InstallProfile: Operation("SetChargingProfile", lambda request: profile_payload(request.profile)),
    ReserveNow: Operation("ReserveNow", _reserve_now),
    SendLocalList: Operation("SendLocalList", _local_list),
    UpdateFirmware: Operation("UpdateFirmware", _update_firmware, NO_STATUS),
    UpdateSignedFirmware: Operation("SignedUpdateFirmware", _update_signed_firmware, ("Accepted", "AcceptedCanceled")),
}


def _said(**members: Any) -> Payload:
    """Return the members that say something."""
    return {name: value for name, value in members.items() if value is not None}


def _time(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)
