"""Variables on the wire: GetVariables, SetVariables, GetBaseReport and GetReport with NotifyReport.

OCPP 2.0.1, part 2, B05 to B08. What the variables are and may be is known to `device_model`.
"""

from collections.abc import Callable, Collection, Sequence
import json
from typing import Any, Protocol

from ocpp.v201 import call, call_result
from ocpp.v201.datatypes import GetVariableResultType, ReportDataType, SetVariableResultType
from ocpp.v201.enums import (
    AttributeEnumType,
    ComponentCriterionEnumType,
    GenericDeviceModelStatusEnumType,
    ReportBaseEnumType,
    SetVariableStatusEnumType,
)

from ..answering import Answer, Handler, Work, parsed
from ..transport import CallError
from .addresses import Address, Wire
from .device_model import DeviceModel
from .report_parts import parts

_LARGEST_PART = 40


class Speaker(Protocol):
    """What rooms that report ask of the station as a whole."""

    async def say(self, message: Any) -> None:
        """Send a request that the central system asked for, even before it accepted the registration."""


class Variables:
    """The four handlers over a device model."""

    def __init__(
        self,
        model: DeviceModel,
        speaker: Speaker,
        timestamp: Callable[[], str],
        *,
        refused_reports: Collection[str] = (),
        reports_nothing: bool = False,
    ) -> None:
        """Set up the table; `timestamp` is asked for the present time as it goes into messages.

        `refused_reports` are base reports that are not supported. A station that `reports_nothing` accepts the others
        and then sends an empty one.
        """
        self.after: dict[str, Callable[[str], Work | None]] = {}
        """Work that follows once the central system has set a variable and was answered, by the variable's address."""
        self._model = model
        self._speaker = speaker
        self._timestamp = timestamp
        self._refused_reports = refused_reports
        self._reports_nothing = reports_nothing
        self.handlers: dict[str, Handler] = {
            "GetBaseReport": self._get_base_report,
            "GetReport": self._get_report,
            "GetVariables": self._get_variables,
            "SetVariables": self._set_variables,
        }

    def _get_variables(self, request: call.GetVariables) -> Answer:
        asked: list[Any] = request.get_variable_data
        check_size(self._model, "DeviceDataCtrlr", "GetVariables", asked)
        return Answer(call_result.GetVariables([self._read(each) for each in asked]))

    def _read(self, asked: Wire) -> GetVariableResultType:
        kind = parsed(AttributeEnumType, asked.get("attributeType") or "Actual")
        status, value = self._model.read(Address.from_wire(asked["component"], asked["variable"]), kind)
        limit = self._model.integer("DeviceDataCtrlr.ReportingValueSize")
        return GetVariableResultType(
            attribute_status=status,
            component=asked["component"],
            variable=asked["variable"],
            attribute_type=kind,
            attribute_value=None if value is None else value[:limit],
        )

    def _set_variables(self, request: call.SetVariables) -> Answer:
        asked: list[Any] = request.set_variable_data
        check_size(self._model, "DeviceDataCtrlr", "SetVariables", asked)
        results = [self._write(each) for each in asked]
        following = [
            (work, each["attributeValue"])
            for each, result in zip(asked, results, strict=True)
            if (work := self._follows(each, result)) is not None
        ]

        async def then() -> None:
            for work, value in following:
                if (begun := work(value)) is not None:
                    await begun

        return Answer(call_result.SetVariables(results), then if following else None)

    def _follows(self, asked: Wire, result: SetVariableResultType) -> Callable[[str], Work | None] | None:
        if result.attribute_status is not SetVariableStatusEnumType.accepted:
            return None
        if result.attribute_type is not AttributeEnumType.actual:
            return None
        address = Address.from_wire(asked["component"], asked["variable"])
        return next((work for key, work in self.after.items() if key.casefold() == address.folded), None)

    def _write(self, asked: Wire) -> SetVariableResultType:
        kind = parsed(AttributeEnumType, asked.get("attributeType") or "Actual")
        address, value = Address.from_wire(asked["component"], asked["variable"]), asked["attributeValue"]
        if len(value) > self._model.integer("DeviceDataCtrlr.ConfigurationValueSize"):
            status = SetVariableStatusEnumType.rejected
        else:
            status = self._model.write(address, kind, value)
        return SetVariableResultType(
            attribute_status=status,
            component=asked["component"],
            variable=asked["variable"],
            attribute_type=kind,
        )

    def _get_base_report(self, request: call.GetBaseReport) -> Answer:
        base = parsed(ReportBaseEnumType, request.report_base)
        if base in self._refused_reports:
            return Answer(call_result.GetBaseReport(GenericDeviceModelStatusEnumType.not_supported))
        found = [] if self._reports_nothing else self._model.base_report(base)
        return Answer(
            call_result.GetBaseReport(GenericDeviceModelStatusEnumType.accepted),
            lambda: self._notify(request.request_id, found),
        )

    def _get_report(self, request: call.GetReport) -> Answer:
        asked: list[Any] = request.component_variable or []
        check_size(self._model, "DeviceDataCtrlr", "GetReport", asked)
        criteria = [parsed(ComponentCriterionEnumType, each) for each in request.component_criteria or []]
        found = self._model.report(criteria, asked)
        if not found:
            return Answer(call_result.GetReport(GenericDeviceModelStatusEnumType.empty_result_set))
        return Answer(
            call_result.GetReport(GenericDeviceModelStatusEnumType.accepted),
            lambda: self._notify(request.request_id, found),
        )

    async def _notify(self, request_id: int, found: list[ReportDataType]) -> None:
        generated_at = self._timestamp()
        for part in parts(found, _LARGEST_PART):
            await self._speaker.say(
                call.NotifyReport(
                    request_id=request_id,
                    generated_at=generated_at,
                    seq_no=part.number,
                    report_data=part.items,
                    tbc=part.more,
                )
            )


def check_size(model: DeviceModel, controller: str, message: str, asked: Sequence[object]) -> None:
    """Hold a request against the limits that the device model names.

    Raises CallError: OccurrenceConstraintViolation for too many items, FormatViolation for too many bytes (B06.FR.16,
    B06.FR.17).
    """
    most = model.integer(f"{controller}.ItemsPerMessage[{message}]")
    if len(asked) > most:
        raise CallError("OccurrenceConstraintViolation", f"{message} takes at most {most} items")
    longest = model.integer(f"{controller}.BytesPerMessage[{message}]")
    if len(json.dumps(asked, separators=(",", ":")).encode()) > longest:
        raise CallError("FormatViolation", f"{message} takes at most {longest} bytes")
