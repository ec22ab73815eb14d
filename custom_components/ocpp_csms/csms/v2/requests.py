"""The requests of `requests` in the words of OCPP 2.0.1 and 2.1: one row each, action, payload and good answers.

Pure: no connection. Those that 1.6 has not are in `extended_requests` and joined here. An EVSE is a connector of the model. Source: OCPP
2.0.1 part 2, use cases as named at the rows; 2.1 part 2 for what it adds.
"""

from collections.abc import Mapping
from typing import Any

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
    CertificateSigned,
    ClearCache,
    ClearProfiles,
    ConnectorType,
    DeleteCertificate,
    GetCompositeSchedule,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    InstallCertificate,
    InstallProfile,
    LocalListEntry,
    Request,
    ReserveNow,
    SendLocalList,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from custom_components.ocpp_csms.csms.security.installed_certificates import hashes_payload
from custom_components.ocpp_csms.csms.versions import Version

from .answers import CERTIFICATE_TYPES, installed_certificates, list_version
from .extended_requests import EXTENDED
from .id_tokens import group_token, id_token
from .profiles import PURPOSES, composite_schedule, profile_payload

_CONNECTOR_TYPES = {
    ConnectorType.CCS1: "cCCS1",
    ConnectorType.CCS2: "cCCS2",
    ConnectorType.CHADEMO: "cG105",
    ConnectorType.TESLA: "cTesla",
    ConnectorType.TYPE_1_CABLE: "cType1",
    ConnectorType.TYPE_2_CABLE: "cType2",
    ConnectorType.TYPE_2_SOCKET: "sType2",
    ConnectorType.TYPE_3_SOCKET: "sType3",
    ConnectorType.CEE_ONE_PHASE_16: "s309-1P-16A",
    ConnectorType.CEE_ONE_PHASE_32: "s309-1P-32A",
    ConnectorType.CEE_THREE_PHASES_16: "s309-3P-16A",
    ConnectorType.CEE_THREE_PHASES_32: "s309-3P-32A",
    ConnectorType.BRITISH_SOCKET: "sBS1361",
    ConnectorType.SCHUKO: "sCEE-7-7",
    ConnectorType.INDUCTIVE: "wInductive",
    ConnectorType.RESONANT: "wResonant",
}

# What a central system may send. All else is for charging stations to send.
_ACTIONS_201 = frozenset(
    {
        "CancelReservation",
        "CertificateSigned",
        "ChangeAvailability",
        "ClearCache",
        "ClearChargingProfile",
        "ClearDisplayMessage",
        "ClearVariableMonitoring",
        "CostUpdated",
        "CustomerInformation",
        "DataTransfer",
        "DeleteCertificate",
        "GetBaseReport",
        "GetChargingProfiles",
        "GetCompositeSchedule",
        "GetDisplayMessages",
        "GetInstalledCertificateIds",
        "GetLocalListVersion",
        "GetLog",
        "GetMonitoringReport",
        "GetReport",
        "GetTransactionStatus",
        "GetVariables",
        "InstallCertificate",
        "PublishFirmware",
        "RequestStartTransaction",
        "RequestStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "SetDisplayMessage",
        "SetMonitoringBase",
        "SetMonitoringLevel",
        "SetNetworkProfile",
        "SetVariableMonitoring",
        "SetVariables",
        "TriggerMessage",
        "UnlockConnector",
        "UnpublishFirmware",
        "UpdateFirmware",
    }
)
_ACTIONS_21 = _ACTIONS_201 | {
    "AFRRSignal",
    "AdjustPeriodicEventStream",
    "ChangeTransactionTariff",
    "ClearDERControl",
    "ClearTariffs",
    "ClosePeriodicEventStream",
    "GetDERControl",
    "GetPeriodicEventStream",
    "GetTariffs",
    "NotifyAllowedEnergyTransfer",
    "NotifyWebPaymentStarted",
    "OpenPeriodicEventStream",
    "RequestBatterySwap",
    "SetDERControl",
    "SetDefaultTariff",
    "UpdateDynamicSchedule",
    "UsePriorityCharging",
}
ACTIONS: Mapping[str, frozenset[str]] = {Version.V2_0_1: _ACTIONS_201, Version.V2_1: _ACTIONS_21}
"""By version."""


def _certificate_signed(request: CertificateSigned) -> Payload:
    """2.1 repeats the id of the station's request; 2.0.1 has none."""
    return said(
        certificateChain=request.chain, certificateType="ChargingStationCertificate", requestId=request.request_id
    )


def _clear_profiles(request: ClearProfiles) -> Payload:
    """K10: a number is enough to say which, anything beside it would be another filter."""
    criteria = said(
        evseId=request.connector,
        chargingProfilePurpose=None if request.purpose is None else PURPOSES[request.purpose],
        stackLevel=request.stack_level,
    )
    return said(chargingProfileId=request.profile_id, chargingProfileCriteria=criteria or None)


def _composite_schedule(request: GetCompositeSchedule) -> Payload:
    unit = None if request.unit is None else request.unit.value
    return said(evseId=request.connector, duration=request.duration, chargingRateUnit=unit)


def _local_list(request: SendLocalList) -> Payload:
    """D01. A list without entries is left out: that empties it, or changes nothing."""
    return said(
        versionNumber=request.version,
        updateType="Full" if request.full else "Differential",
        localAuthorizationList=[_list_entry(entry) for entry in request.entries] or None,
    )


def _list_entry(entry: LocalListEntry) -> Payload:
    token = {"idToken": id_token(entry.id_tag)}
    if entry.status is None:
        return token
    group = None if entry.parent is None else group_token(entry.parent)
    info = said(status=entry.status.value, cacheExpiryDateTime=time_of(entry.expiry), groupIdToken=group)
    return {**token, "idTokenInfo": info}


def _reserve_now(request: ReserveNow) -> Payload:
    """H01. Any EVSE, or any with a plug of a type, is one that is not named."""
    return said(
        id=request.reservation_id,
        expiryDateTime=time_of(request.expiry),
        idToken=id_token(request.id_tag),
        groupIdToken=None if request.parent is None else group_token(request.parent),
        evseId=request.connector or None,
        connectorType=None if request.connector_type is None else _CONNECTOR_TYPES[request.connector_type],
    )


_COMMON: Mapping[type[Request], Operation[Any]] = {
    CancelReservation: Operation("CancelReservation", lambda request: {"reservationId": request.reservation_id}),
    CertificateSigned: Operation("CertificateSigned", _certificate_signed),
    ClearCache: Operation("ClearCache", nothing),
    ClearProfiles: Operation("ClearChargingProfile", _clear_profiles),
    DeleteCertificate: Operation(
        "DeleteCertificate", lambda request: {"certificateHashData": hashes_payload(request.hashes)}
    ),
    GetCompositeSchedule: Operation("GetCompositeSchedule", _composite_schedule, items=composite_schedule),
    GetInstalledCertificates: Operation(
        "GetInstalledCertificateIds",
        lambda request: said(certificateType=[CERTIFICATE_TYPES[kind] for kind in request.kinds] or None),
        ("Accepted", "NotFound"),  # the list is empty
        items=installed_certificates,
    ),
    GetLocalListVersion: Operation("GetLocalListVersion", nothing, NO_STATUS, items=list_version),
    GetLog: Operation("GetLog", get_log, ("Accepted", "AcceptedCanceled")),
    InstallCertificate: Operation(
        "InstallCertificate",
        lambda request: {"certificateType": CERTIFICATE_TYPES[request.kind], "certificate": request.certificate},
    ),
    InstallProfile: Operation("SetChargingProfile", lambda request: profile_payload(request.profile)),
    ReserveNow: Operation("ReserveNow", _reserve_now),
    SendLocalList: Operation("SendLocalList", _local_list),
    UpdateFirmware: Operation("UpdateFirmware", update_firmware, ("Accepted", "AcceptedCanceled")),
    UpdateSignedFirmware: Operation("UpdateFirmware", update_firmware, ("Accepted", "AcceptedCanceled")),
}
OPERATIONS: Mapping[type[Request], Operation[Any]] = {**_COMMON, **EXTENDED}
"""How each request is said. What is not there, such as `GetDiagnostics`, OCPP 2.x has not: a log is asked for by `GetLog`."""
