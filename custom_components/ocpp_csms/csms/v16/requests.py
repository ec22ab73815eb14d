"""The requests of `requests` in the words of OCPP 1.6 and its security whitepaper: one row each, action, payload and good answers.

Pure: no connection. Source: OCPP 1.6 §5, §6; security whitepaper ed. 3 §5.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.operations import (
    NO_STATUS,
    Operation,
    Payload,
    get_log,
    nothing,
    said,
    time_of,
    update_firmware,
)
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
    InstalledCertificate,
    InstallProfile,
    LocalListEntry,
    Request,
    ReserveNow,
    SendLocalList,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from custom_components.ocpp_csms.csms.security.installed_certificates import certificates_of, hashes_payload
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.fields import number

from .profiles import PURPOSES, composite_schedule, profile_payload

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


def _clear_profiles(request: ClearProfiles) -> Payload:
    return said(
        id=request.profile_id,
        connectorId=request.connector,
        chargingProfilePurpose=None if request.purpose is None else PURPOSES[request.purpose],
        stackLevel=request.stack_level,
    )


def _composite_schedule(request: GetCompositeSchedule) -> Payload:
    unit = None if request.unit is None else request.unit.value
    return said(connectorId=request.connector, duration=request.duration, chargingRateUnit=unit)


def _local_list(request: SendLocalList) -> Payload:
    return {
        "listVersion": request.version,
        "updateType": "Full" if request.full else "Differential",
        "localAuthorizationList": [_list_entry(entry) for entry in request.entries],
    }


def _list_entry(entry: LocalListEntry) -> Payload:
    if entry.status is None:
        return {"idTag": entry.id_tag}
    info = said(status=entry.status.value, expiryDate=time_of(entry.expiry), parentIdTag=entry.parent)
    return {"idTag": entry.id_tag, "idTagInfo": info}


def _reserve_now(request: ReserveNow) -> Payload:
    """Raises `InvalidRequestError("not_in_version")` for a type of connector: 1.6 knows numbers alone."""
    if request.connector_type is not None:
        raise InvalidRequestError("not_in_version", version=Version.V1_6)
    return said(
        connectorId=request.connector,
        expiryDate=time_of(request.expiry),
        idTag=request.id_tag,
        parentIdTag=request.parent,
        reservationId=request.reservation_id,
    )


def _update_firmware(request: UpdateFirmware) -> Payload:
    """Raises `InvalidRequestError("install_time_needs_signature")`: the time to install is told with signed firmware alone."""
    if request.install_at is not None:
        raise InvalidRequestError("install_time_needs_signature")
    return said(
        location=request.location,
        retrieveDate=time_of(request.retrieve_at),
        retries=request.retries,
        retryInterval=request.retry_interval,
    )


def _get_diagnostics(request: GetDiagnostics) -> Payload:
    return said(
        location=request.location,
        startTime=time_of(request.oldest),
        stopTime=time_of(request.latest),
        retries=request.retries,
        retryInterval=request.retry_interval,
    )


def _certificate_type(kind: CertificateKind) -> str:
    """Raises `InvalidRequestError("not_in_version")` for what only ISO 15118 has."""
    if kind not in _CERTIFICATES:
        raise InvalidRequestError("not_in_version", version=Version.V1_6)
    return _CERTIFICATES[kind]


def _get_installed_certificates(request: GetInstalledCertificates) -> Payload:
    """Raises `InvalidRequestError("not_in_version")` for several kinds, or all, at once."""
    if len(request.kinds) != 1:
        raise InvalidRequestError("not_in_version", version=Version.V1_6)
    return {"certificateType": _certificate_type(request.kinds[0])}


def _installed_certificates(payload: Mapping[str, Any], _parts: Sequence[object]) -> tuple[InstalledCertificate, ...]:
    return tuple(InstalledCertificate(hashes=hashes) for hashes in certificates_of(payload.get("certificateHashData")))


def _list_version(payload: Mapping[str, Any], _parts: Sequence[object]) -> tuple[int | None]:
    return (number(payload.get("listVersion")),)


OPERATIONS: Mapping[type[Request], Operation[Any]] = {
    CancelReservation: Operation("CancelReservation", lambda request: {"reservationId": request.reservation_id}),
    CertificateSigned: Operation("CertificateSigned", lambda request: {"certificateChain": request.chain}),
    ClearCache: Operation("ClearCache", nothing),
    ClearProfiles: Operation("ClearChargingProfile", _clear_profiles),
    DeleteCertificate: Operation(
        "DeleteCertificate", lambda request: {"certificateHashData": hashes_payload(request.hashes)}
    ),
    GetCompositeSchedule: Operation("GetCompositeSchedule", _composite_schedule, items=composite_schedule),
    GetDiagnostics: Operation("GetDiagnostics", _get_diagnostics, NO_STATUS),
    GetInstalledCertificates: Operation(
        "GetInstalledCertificateIds",
        _get_installed_certificates,
        ("Accepted", "NotFound"),  # the list is empty
        items=_installed_certificates,
    ),
    GetLocalListVersion: Operation("GetLocalListVersion", nothing, NO_STATUS, items=_list_version),
    GetLog: Operation("GetLog", get_log, ("Accepted", "AcceptedCanceled")),
    InstallCertificate: Operation(
        "InstallCertificate",
        lambda request: {"certificateType": _certificate_type(request.kind), "certificate": request.certificate},
    ),
    InstallProfile: Operation("SetChargingProfile", lambda request: profile_payload(request.profile)),
    ReserveNow: Operation("ReserveNow", _reserve_now),
    SendLocalList: Operation("SendLocalList", _local_list),
    UpdateFirmware: Operation("UpdateFirmware", _update_firmware, NO_STATUS),
    UpdateSignedFirmware: Operation("SignedUpdateFirmware", update_firmware, ("Accepted", "AcceptedCanceled")),
}
