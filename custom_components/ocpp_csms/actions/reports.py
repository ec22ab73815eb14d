"""Actions about what a charger knows of itself: reports of its variables, and monitors that watch them."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.csms.errors import InvalidRequestError, RefusedError
from custom_components.ocpp_csms.csms.extended_requests import (
    ClearVariableMonitors,
    GetBaseReport,
    GetReport,
    GetVariableMonitors,
    MonitorGroup,
    MonitoringBase,
    MonitorKind,
    ReportBase,
    ReportCriterion,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetVariableMonitor,
)
from custom_components.ocpp_csms.csms.requests import new_request_id

from .action import ACCEPTED, Action
from .configuration import described
from .target import Target

ATTR_BASE: Final = "base"
ATTR_CRITERIA: Final = "criteria"
ATTR_GROUPS: Final = "groups"
ATTR_KIND: Final = "kind"
ATTR_MONITOR_ID: Final = "monitor_id"
ATTR_MONITOR_IDS: Final = "monitor_ids"
ATTR_SEVERITY: Final = "severity"
ATTR_TRANSACTION: Final = "only_during_transaction"
ATTR_VALUE: Final = "value"
ATTR_VARIABLE: Final = "variable"
ATTR_VARIABLES: Final = "variables"

DEFAULT_SEVERITY: Final = 5  # an alert
_MOST: Final = 100  # variables or monitors that are named

_NUMBER: Final = vol.All(vol.Coerce(int), vol.Range(min=0, max=2**31 - 1))
_SEVERITY: Final = vol.All(vol.Coerce(int), vol.Range(min=0, max=9))
_VALUE: Final = vol.All(vol.Coerce(float), vol.Range(min=-1_000_000_000, max=1_000_000_000))
_VARIABLES: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_VARIABLES, default=list): vol.All(cv.ensure_list, [cv.string], vol.Length(max=_MOST))
}


async def _get_report(target: Target, call: ServiceCall) -> JsonObjectType:
    base: ReportBase | None = call.data.get(ATTR_BASE)
    criteria, variables = tuple(call.data[ATTR_CRITERIA]), tuple(call.data[ATTR_VARIABLES])
    request: GetBaseReport | GetReport
    if not criteria and not variables:
        request = GetBaseReport(request_id=new_request_id(), base=base or ReportBase.FULL)
    elif base is None:
        request = GetReport(request_id=new_request_id(), criteria=criteria, variables=variables)
    else:
        raise InvalidRequestError("report_ambiguous")
    answer = await target.charge_point.request(request)
    return {
        "status": answer.status,
        "complete": answer.complete,
        "variables": {item.key: described(item) for item in answer.items},
    }


async def _set_variable_monitor(target: Target, call: ServiceCall) -> JsonObjectType:
    request = SetVariableMonitor(
        variable=call.data[ATTR_VARIABLE],
        kind=call.data[ATTR_KIND],
        value=call.data[ATTR_VALUE],
        severity=call.data[ATTR_SEVERITY],
        transaction=call.data[ATTR_TRANSACTION],
        monitor_id=call.data.get(ATTR_MONITOR_ID),
    )
    answer = await target.charge_point.request(request)
    monitor = next(iter(answer.items), None)
    status = "" if monitor is None else monitor.status
    if monitor is None or status.casefold() != ACCEPTED.casefold():
        raise RefusedError("SetVariableMonitoring", status)
    return {"status": ACCEPTED, "monitor_id": monitor.monitor_id}


async def _clear_variable_monitors(target: Target, call: ServiceCall) -> JsonObjectType:
    """Clear monitors; each has an answer of its own, and the first refusal is raised to a caller who wants none."""
    request = ClearVariableMonitors(monitor_ids=tuple(call.data[ATTR_MONITOR_IDS]))
    answer = await target.charge_point.request(request)
    refused = [item.status for item in answer.items if item.status.casefold() != ACCEPTED.casefold()]
    if refused and not call.return_response:
        raise RefusedError("ClearVariableMonitoring", refused[0])
    return {"monitors": [{"monitor_id": item.monitor_id, "status": item.status} for item in answer.items]}


async def _get_variable_monitors(target: Target, call: ServiceCall) -> JsonObjectType:
    request = GetVariableMonitors(
        request_id=new_request_id(), groups=tuple(call.data[ATTR_GROUPS]), variables=tuple(call.data[ATTR_VARIABLES])
    )
    answer = await target.charge_point.request(request)
    return {
        "status": answer.status,
        "complete": answer.complete,
        "monitors": [
            {
                "monitor_id": item.monitor_id,
                "variable": item.variable,
                "kind": item.kind,
                "value": item.value,
                "severity": item.severity,
                "only_during_transaction": item.transaction,
            }
            for item in answer.items
        ],
    }


async def _set_monitoring_base(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"status": (await target.charge_point.request(SetMonitoringBase(call.data[ATTR_BASE]))).status}


async def _set_monitoring_level(target: Target, call: ServiceCall) -> JsonObjectType:
    return {"status": (await target.charge_point.request(SetMonitoringLevel(call.data[ATTR_SEVERITY]))).status}


ACTIONS: Final = {
    "get_report": Action(
        handler=_get_report,
        fields={
            vol.Optional(ATTR_BASE): vol.Coerce(ReportBase),
            vol.Optional(ATTR_CRITERIA, default=list): vol.All(cv.ensure_list, [vol.Coerce(ReportCriterion)]),
            **_VARIABLES,
        },
        refusal_is_answer=True,
    ),
    "set_variable_monitor": Action(
        handler=_set_variable_monitor,
        fields={
            vol.Required(ATTR_VARIABLE): cv.string,
            vol.Required(ATTR_KIND): vol.Coerce(MonitorKind),
            vol.Required(ATTR_VALUE): _VALUE,
            vol.Optional(ATTR_SEVERITY, default=DEFAULT_SEVERITY): _SEVERITY,
            vol.Optional(ATTR_TRANSACTION, default=False): cv.boolean,
            vol.Optional(ATTR_MONITOR_ID): _NUMBER,
        },
        refusal_is_answer=True,
    ),
    "clear_variable_monitors": Action(
        handler=_clear_variable_monitors,
        fields={
            vol.Required(ATTR_MONITOR_IDS): vol.All(cv.ensure_list, [_NUMBER], vol.Length(min=1, max=_MOST)),
        },
        refusal_is_answer=True,
    ),
    "get_variable_monitors": Action(
        handler=_get_variable_monitors,
        fields={
            vol.Optional(ATTR_GROUPS, default=list): vol.All(cv.ensure_list, [vol.Coerce(MonitorGroup)]),
            **_VARIABLES,
        },
        refusal_is_answer=True,
    ),
    "set_monitoring_base": Action(
        handler=_set_monitoring_base,
        fields={vol.Required(ATTR_BASE): vol.Coerce(MonitoringBase)},
        refusal_is_answer=True,
    ),
    "set_monitoring_level": Action(
        handler=_set_monitoring_level, fields={vol.Required(ATTR_SEVERITY): _SEVERITY}, refusal_is_answer=True
    ),
}
