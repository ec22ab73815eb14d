"""Requests that name more than a charging station takes in one message, cut into several, and their answers put together.

Pure. Source: OCPP 2.0.1 part 2, B08.FR.17, N02.FR.07 (ItemsPerMessage of GetReport), N06.FR.04 (of ClearVariableMonitoring).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import batched

from custom_components.ocpp_csms.csms.extended_requests import ClearVariableMonitors, GetReport, GetVariableMonitors
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.requests import Answer, Request, new_request_id

from .device_model import Told
from .message_limits import limits_of

_MONITORS_AT_A_TIME = "MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]"


def parts_of(request: Request, configuration: Mapping[str, ConfigurationKey]) -> list[Request]:
    """Return the requests that a request becomes; each that is answered by a report has an id of its own."""
    match request:
        case ClearVariableMonitors(monitor_ids=monitor_ids):
            most = Told(configuration).positive(_MONITORS_AT_A_TIME) or len(monitor_ids)
            return [ClearVariableMonitors(monitor_ids=some) for some in batched(monitor_ids, most, strict=False)]
        case GetReport(variables=variables) | GetVariableMonitors(variables=variables) if variables:
            most = limits_of(configuration, "GetReport").items
            first, *others = batched(variables, most, strict=False)
            later = [replace(request, variables=some, request_id=new_request_id()) for some in others]
            return [replace(request, variables=first), *later]
    return [request]


def joined(answers: Sequence[Answer]) -> Answer:
    """Return the answers to the parts of a request as one; a part that fits nothing takes nothing from the others."""
    best = next((answer for answer in answers if answer.status == "Accepted"), answers[0])
    return replace(
        best,
        reports=tuple(part for answer in answers for part in answer.reports),
        complete=all(answer.complete for answer in answers),
        items=tuple(item for answer in answers for item in answer.items),
    )
