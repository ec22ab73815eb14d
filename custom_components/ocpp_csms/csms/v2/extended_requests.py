"""The requests of the neutral `extended_requests` in the words of OCPP 2.0.1 and 2.1: one row each in `EXTENDED`.

Pure: no connection. Variables are addressed by `device_model`. Source: OCPP 2.0.1 part 2, use cases as named at the rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

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
from custom_components.ocpp_csms.csms.operations import ACCEPTED, NO_STATUS, Operation, Payload, said, time_of
from custom_components.ocpp_csms.csms.requests import Request
from custom_components.ocpp_csms.csms.security.installed_certificates import hashes_payload

from .answers import (
    customer_information,
    display_messages,
    installed_profiles,
    monitor_answers,
    monitors,
    reported_variables,
    transaction_state,
)
from .device_model import VariableAddress
from .id_tokens import id_token
from .profiles import PURPOSES

_BASES = {
    ReportBase.CONFIGURATION: "ConfigurationInventory",
    ReportBase.FULL: "FullInventory",
    ReportBase.SUMMARY: "SummaryInventory",
}
_CRITERIA = {
    ReportCriterion.ACTIVE: "Active",
    ReportCriterion.AVAILABLE: "Available",
    ReportCriterion.ENABLED: "Enabled",
    ReportCriterion.PROBLEM: "Problem",
}
_MONITORS = {
    MonitorKind.UPPER_THRESHOLD: "UpperThreshold",
    MonitorKind.LOWER_THRESHOLD: "LowerThreshold",
    MonitorKind.DELTA: "Delta",
    MonitorKind.PERIODIC: "Periodic",
    MonitorKind.PERIODIC_CLOCK_ALIGNED: "PeriodicClockAligned",
}
_GROUPS = {
    MonitorGroup.THRESHOLD: "ThresholdMonitoring",
    MonitorGroup.DELTA: "DeltaMonitoring",
    MonitorGroup.PERIODIC: "PeriodicMonitoring",
}
_MONITORING_BASES = {
    MonitoringBase.ALL: "All",
    MonitoringBase.FACTORY_DEFAULT: "FactoryDefault",
    MonitoringBase.HARD_WIRED_ONLY: "HardWiredOnly",
}
_PRIORITIES = {
    MessagePriority.ALWAYS_FRONT: "AlwaysFront",
    MessagePriority.IN_FRONT: "InFront",
    MessagePriority.NORMAL_CYCLE: "NormalCycle",
}
_STATES = {
    MessageState.CHARGING: "Charging",
    MessageState.FAULTED: "Faulted",
    MessageState.IDLE: "Idle",
    MessageState.UNAVAILABLE: "Unavailable",
}
_FORMATS = {
    MessageFormat.ASCII: "ASCII",
    MessageFormat.HTML: "HTML",
    MessageFormat.URI: "URI",
    MessageFormat.UTF8: "UTF8",
}
_INTERFACES = {
    NetworkInterface.WIRED_0: "Wired0",
    NetworkInterface.WIRED_1: "Wired1",
    NetworkInterface.WIRED_2: "Wired2",
    NetworkInterface.WIRED_3: "Wired3",
    NetworkInterface.WIRELESS_0: "Wireless0",
    NetworkInterface.WIRELESS_1: "Wireless1",
    NetworkInterface.WIRELESS_2: "Wireless2",
    NetworkInterface.WIRELESS_3: "Wireless3",
}
_SOURCES = {
    LimitSource.ENERGY_MANAGEMENT: "EMS",
    LimitSource.OTHER: "Other",
    LimitSource.SYSTEM_OPERATOR: "SO",
    LimitSource.CENTRAL_SYSTEM: "CSO",
}


def _addresses(variables: Iterable[str]) -> list[Payload] | None:
    """Return variables as a list of ComponentVariableType. Raises `InvalidRequestError` for a text that names none."""
    return [VariableAddress.parse(variable).as_payload() for variable in variables] or None


def _get_report(request: GetReport) -> Payload:
    return said(
        requestId=request.request_id,
        componentCriteria=[_CRITERIA[criterion] for criterion in request.criteria] or None,
        componentVariable=_addresses(request.variables),
    )


def _set_monitor(request: SetVariableMonitor) -> Payload:
    data = said(
        id=request.monitor_id,
        transaction=request.transaction,
        value=request.value,
        type=_MONITORS[request.kind],
        severity=request.severity,
    )
    return {"setMonitoringData": [data | VariableAddress.parse(request.variable).as_payload()]}


def _get_monitors(request: GetVariableMonitors) -> Payload:
    return said(
        requestId=request.request_id,
        monitoringCriteria=[_GROUPS[group] for group in request.groups] or None,
        componentVariable=_addresses(request.variables),
    )


def _show_message(request: ShowMessage) -> Payload:
    message = said(
        id=request.message_id,
        priority=_PRIORITIES[request.priority],
        state=None if request.state is None else _STATES[request.state],
        startDateTime=time_of(request.start),
        endDateTime=time_of(request.end),
        transactionId=request.transaction_id,
        message=said(format=_FORMATS[request.format], language=request.language, content=request.content),
    )
    return {"message": message}


def _get_messages(request: GetMessages) -> Payload:
    return said(
        requestId=request.request_id,
        id=list(request.message_ids) or None,
        priority=None if request.priority is None else _PRIORITIES[request.priority],
        state=None if request.state is None else _STATES[request.state],
    )


def _customer(request_id: int, customer: Customer, *, report: bool, clear: bool) -> Payload:
    return said(
        requestId=request_id,
        report=report,
        clear=clear,
        idToken=None if customer.id_tag is None else id_token(customer.id_tag),
        customerIdentifier=customer.identifier,
        customerCertificate=None if customer.certificate is None else hashes_payload(customer.certificate),
    )


def _network_profile(request: SetNetworkProfile) -> Payload:
    """`OCPP20` means 2.0.1; 2.1 leaves the version to the connection, and takes that word too."""
    return {
        "configurationSlot": request.slot,
        "connectionData": {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": request.url,
            "messageTimeout": request.timeout,
            "securityProfile": request.security_profile,
            "ocppInterface": _INTERFACES[request.interface],
        },
    }


def _publish_firmware(request: PublishFirmware) -> Payload:
    return said(
        requestId=request.request_id,
        location=request.location,
        checksum=request.checksum,
        retries=request.retries,
        retryInterval=request.retry_interval,
    )


def _get_profiles(request: GetChargingProfiles) -> Payload:
    """K09.FR.03: either numbers, or other filters; one there must be, so who names none is told of all sources."""
    criteria = {"chargingProfileId": list(request.profile_ids)}
    if not request.profile_ids:
        criteria = said(
            chargingProfilePurpose=None if request.purpose is None else PURPOSES[request.purpose],
            stackLevel=request.stack_level,
            chargingLimitSource=None if request.source is None else [_SOURCES[request.source]],
        )
    return said(
        requestId=request.request_id,
        evseId=request.connector,
        chargingProfile=criteria or {"chargingLimitSource": list(_SOURCES.values())},
    )


def _plug_availability(request: SetPlugAvailability) -> Payload:
    return {
        "operationalStatus": "Operative" if request.operative else "Inoperative",
        "evse": {"id": request.connector, "connectorId": request.plug},
    }


EXTENDED: Mapping[type[Request], Operation[Any]] = {
    ClearCustomerInformation: Operation(
        "CustomerInformation", lambda request: _customer(request.request_id, request.customer, report=False, clear=True)
    ),
    ClearMessage: Operation("ClearDisplayMessage", lambda request: {"id": request.message_id}),
    ClearVariableMonitors: Operation(
        "ClearVariableMonitoring", lambda request: {"id": list(request.monitor_ids)}, NO_STATUS, items=monitor_answers
    ),
    CostUpdated: Operation(
        "CostUpdated",
        lambda request: {"totalCost": request.cost, "transactionId": request.transaction_id},
        NO_STATUS,
    ),
    GetBaseReport: Operation(
        "GetBaseReport",
        lambda request: {"requestId": request.request_id, "reportBase": _BASES[request.base]},
        ("Accepted", "EmptyResultSet"),
        "NotifyReport",
        reported_variables,
    ),
    GetChargingProfiles: Operation(
        "GetChargingProfiles",
        _get_profiles,
        ("Accepted", "NoProfiles"),
        "ReportChargingProfiles",
        installed_profiles,
    ),
    GetCustomerInformation: Operation(
        "CustomerInformation",
        lambda request: _customer(request.request_id, request.customer, report=True, clear=request.clear),
        ACCEPTED,
        "NotifyCustomerInformation",
        customer_information,
    ),
    GetMessages: Operation(
        "GetDisplayMessages",
        _get_messages,
        ("Accepted", "Unknown"),  # there are none
        "NotifyDisplayMessages",
        display_messages,
    ),
    GetReport: Operation("GetReport", _get_report, ("Accepted", "EmptyResultSet"), "NotifyReport", reported_variables),
    GetTransactionStatus: Operation(
        "GetTransactionStatus",
        lambda request: said(transactionId=request.transaction_id),
        NO_STATUS,
        items=transaction_state,
    ),
    GetVariableMonitors: Operation(
        "GetMonitoringReport", _get_monitors, ("Accepted", "EmptyResultSet"), "NotifyMonitoringReport", monitors
    ),
    PublishFirmware: Operation("PublishFirmware", _publish_firmware),
    SetMonitoringBase: Operation(
        "SetMonitoringBase", lambda request: {"monitoringBase": _MONITORING_BASES[request.base]}
    ),
    SetMonitoringLevel: Operation("SetMonitoringLevel", lambda request: {"severity": request.severity}),
    SetNetworkProfile: Operation("SetNetworkProfile", _network_profile),
    SetPlugAvailability: Operation("ChangeAvailability", _plug_availability, ("Accepted", "Scheduled")),
    SetVariableMonitor: Operation("SetVariableMonitoring", _set_monitor, NO_STATUS, items=monitor_answers),
    ShowMessage: Operation("SetDisplayMessage", _show_message),
    UnpublishFirmware: Operation(
        "UnpublishFirmware", lambda request: {"checksum": request.checksum}, ("Unpublished", "NoFirmware")
    ),
}
"""How each request is said."""
