"""Handlers of smart charging: charging profiles are set, cleared, reported and summed up (OCPP 2.0.1, part 2, K01 to K10).

What the profiles amount to is computed in `..charging_profiles`, which of them are obeyed in `..obedience`.
"""

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import ChargingProfilePurposeType as Purpose, ChargingRateUnitType as Unit
from ocpp.v201 import call, call_result
from ocpp.v201.datatypes import ChargingSchedulePeriodType, CompositeScheduleType, StatusInfoType
from ocpp.v201.enums import (
    ChargingLimitSourceEnumType,
    ChargingProfileStatusEnumType,
    ChargingRateUnitEnumType,
    ClearChargingProfileStatusEnumType,
    GenericStatusEnumType,
    GetChargingProfileStatusEnumType,
    StatusInfoReasonType as Because,
)

from ..answering import Answer, Handler, Hang, Machine, parsed
from ..charging_profiles import Profile
from ..obedience import refusal
from ..quirks import CompositeAnswer
from ..station import Station, active
from ..transport import CallError
from .device_model import DeviceModel
from .profiles import PURPOSES, read_profile
from .report_parts import parts
from .sessions import Sessions

_NAMES = {purpose: name for name, purpose in PURPOSES.items()}
_PROFILES_PER_PART = 4
_CSO = ChargingLimitSourceEnumType.cso

type Wire = Mapping[str, Any]


class SmartCharging:
    """The four handlers over a station."""

    def __init__(self, station: Station, model: DeviceModel, sessions: Sessions, machine: Machine) -> None:
        """Set up the table."""
        self._station = station
        self._model = model
        self._sessions = sessions
        self._machine = machine
        self.handlers: dict[str, Handler] = {
            "ClearChargingProfile": self._clear,
            "GetChargingProfiles": self._report,
            "GetCompositeSchedule": self._composite,
            "SetChargingProfile": self._set,
        }

    def _set(self, request: call.SetChargingProfile) -> Answer:
        wire: Any = request.charging_profile
        because = self._install(request.evse_id, wire)
        if because is None:
            accepted = call_result.SetChargingProfile(ChargingProfileStatusEnumType.accepted)
            return Answer(accepted, self._sessions.obey_limits)
        info = StatusInfoType(because)
        return Answer(call_result.SetChargingProfile(ChargingProfileStatusEnumType.rejected, info))

    def _install(self, evse_id: int, wire: Wire) -> Because | None:
        """Install a profile; return why it is not, if it is not."""
        if not self._model.flag("SmartChargingCtrlr.Enabled"):
            return Because.not_enabled
        try:
            profile = read_profile(wire)
        except ValueError:
            return Because.invalid_profile
        if profile.kind in self._station.quirks.unanswered_kinds:
            raise Hang
        if refusal(profile, self._station.quirks) is not None:
            return Because.unsupported_request
        because = self._beyond_means(profile) or self._misplaced(evse_id, profile) or self._conflict(evse_id, profile)
        if because is None:
            self._station.profiles.put(evse_id, profile)
        return because

    def _beyond_means(self, profile: Profile) -> Because | None:
        """Return what of the profile is more than the station can take."""
        if profile.stack_level > self._model.integer("SmartChargingCtrlr.ProfileStackLevel"):
            return Because.invalid_stack_level
        if profile.unit.value not in self._model.items("SmartChargingCtrlr.RateUnit"):
            return Because.unsupported_rate_unit
        if len(profile.periods) > self._model.integer("SmartChargingCtrlr.PeriodsPerSchedule"):
            return Because.invalid_schedule
        others = [each for _, each in self._station.profiles.installed if each.profile_id != profile.profile_id]
        most = self._model.most("SmartChargingCtrlr.Entries[ChargingProfiles]")
        return Because.out_of_memory if len(others) >= most else None

    def _misplaced(self, evse_id: int, profile: Profile) -> Because | None:
        """Return why a profile of this purpose cannot be set on this EVSE (K01.FR.03 to K01.FR.16)."""
        connector = self._station.connectors.get(evse_id)
        if evse_id and connector is None:
            return Because.unknown_evse
        match profile.purpose:
            case Purpose.charge_point_max_profile:
                return None if evse_id == 0 else Because.invalid_profile
            case Purpose.tx_default_profile:
                return None
        if profile.transaction_id is None:
            return Because.missing_param
        known = connector is not None and connector.transaction_id == profile.transaction_id
        return None if known else Because.tx_not_found

    def _conflict(self, evse_id: int, profile: Profile) -> Because | None:
        """Return whether another profile is in the same place at the same time (K01.FR.39, K01.FR.52, K01.FR.53)."""
        same = [
            other
            for on, other in self._station.profiles.installed
            if (on, other.purpose, other.stack_level) == (evse_id, profile.purpose, profile.stack_level)
            and other.profile_id != profile.profile_id
            and _overlap(profile, other)
        ]
        return Because.duplicate_profile if same else None

    def _clear(self, request: call.ClearChargingProfile) -> Answer:
        criteria: Any = request.charging_profile_criteria or {}
        purpose = criteria.get("chargingProfilePurpose")
        if purpose is not None and purpose not in PURPOSES:
            removed = False
        else:
            removed = self._station.profiles.clear(
                profile_id=request.charging_profile_id,
                connector_id=criteria.get("evseId"),
                purpose=None if purpose is None else PURPOSES[purpose],
                stack_level=criteria.get("stackLevel"),
            )
        status = ClearChargingProfileStatusEnumType
        result = call_result.ClearChargingProfile(status.accepted if removed else status.unknown)
        return Answer(result, self._sessions.obey_limits)

    def _report(self, request: call.GetChargingProfiles) -> Answer:
        criterion: Any = request.charging_profile
        found = [
            (on, profile)
            for on, profile in self._station.profiles.installed
            if request.evse_id in {None, on} and _meets(profile, criterion)
        ]
        if not found:
            return Answer(call_result.GetChargingProfiles(GetChargingProfileStatusEnumType.no_profiles))

        async def then() -> None:
            by_evse: list[tuple[int, list[Profile]]] = [
                (on, part.items or [])
                for on in dict.fromkeys(on for on, _ in found)
                for part in parts([each for place, each in found if place == on], _PROFILES_PER_PART)
            ]
            for index, (on, profiles) in enumerate(by_evse):
                last = index == len(by_evse) - 1
                wires: Any = [profile.wire for profile in profiles]
                await self._machine.say(
                    call.ReportChargingProfiles(request.request_id, _CSO, wires, on, tbc=None if last else True)
                )

        return Answer(call_result.GetChargingProfiles(GetChargingProfileStatusEnumType.accepted), then)

    def _composite(self, request: call.GetCompositeSchedule) -> Answer:
        kind = self._station.quirks.composite_answer
        if kind is CompositeAnswer.not_supported:
            raise CallError("NotSupported", "there are no composite schedules here")
        connector = self._station.connectors.get(request.evse_id)
        unit = parsed(Unit, request.charging_rate_unit or Unit.amps)
        units = self._model.items("SmartChargingCtrlr.RateUnit")
        if request.evse_id and connector is None:
            return _no_schedule(Because.unknown_evse)
        if kind is CompositeAnswer.rejected or unit.value not in units:
            return _no_schedule(Because.unsupported_rate_unit)
        begin = self._station.clock.now()
        profiles = self._station.profiles if kind is CompositeAnswer.promise else self._station.obeyed(connector)
        periods = profiles.composite(
            request.evse_id, begin, request.duration, unit, active(connector) if connector else None
        )
        schedule = CompositeScheduleType(
            evse_id=request.evse_id,
            duration=request.duration,
            schedule_start=self._station.timestamp(begin),
            charging_rate_unit=ChargingRateUnitEnumType(unit.value),
            charging_schedule_period=[
                ChargingSchedulePeriodType(period.start, period.limit, period.phases, period.phase)
                for period in periods
            ],
        )
        return Answer(call_result.GetCompositeSchedule(GenericStatusEnumType.accepted, schedule=schedule))


def _no_schedule(because: Because) -> Answer:
    return Answer(call_result.GetCompositeSchedule(GenericStatusEnumType.rejected, StatusInfoType(because)))


def _meets(profile: Profile, criterion: Wire) -> bool:
    """Tell whether a profile is one of those that were asked for (part 2, 2.11)."""
    ids = criterion.get("chargingProfileId")
    source = criterion.get("chargingLimitSource")
    return (
        (not ids or profile.profile_id in ids)
        and (source is None or _CSO in source)
        and criterion.get("stackLevel") in {None, profile.stack_level}
        and criterion.get("chargingProfilePurpose") in {None, _NAMES[profile.purpose]}
    )


def _overlap(one: Profile, other: Profile) -> bool:
    """Tell whether two profiles are valid at the same time, ever."""
    begins = [each.valid_from for each in (one, other) if each.valid_from is not None]
    ends = [each.valid_to for each in (one, other) if each.valid_to is not None]
    return not begins or not ends or max(begins) < min(ends)
