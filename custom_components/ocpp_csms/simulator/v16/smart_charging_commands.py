"""Handlers of the smart charging profile: SetChargingProfile, ClearChargingProfile and GetCompositeSchedule.

OCPP 1.6, sections 5.16, 5.5 and 5.7. What the profiles amount to is computed in `charging_profiles`.
"""

from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.datatypes import ChargingSchedule, ChargingSchedulePeriod
from ocpp.v16.enums import (
    ChargingProfilePurposeType as Purpose,
    ChargingProfileStatus,
    ChargingRateUnitType as Unit,
    ClearChargingProfileStatus,
    GetCompositeScheduleStatus,
)

from ..answering import Answer, Handler, Hang, parsed
from ..charging_profiles import Profile
from ..messages import to_payload
from ..obedience import refusal
from ..quirks import CompositeAnswer
from ..station import Station, active
from ..transport import CallError
from .configuration import Configuration
from .sessions import Sessions

_UNIT_NAMES = {Unit.amps: "current", Unit.watts: "power"}


class SmartChargingCommands:
    """The three handlers over a station."""

    def __init__(self, station: Station, configuration: Configuration, sessions: Sessions) -> None:
        """Set up the table."""
        self._station = station
        self._configuration = configuration
        self._sessions = sessions
        self.handlers: dict[str, Handler] = {
            "SetChargingProfile": self._set,
            "ClearChargingProfile": self._clear,
            "GetCompositeSchedule": self._composite,
        }

    def _set(self, request: call.SetChargingProfile) -> Answer:
        status = self._install(request.connector_id, request.cs_charging_profiles)
        return Answer(call_result.SetChargingProfile(status), self._sessions.obey_limits)

    def _install(self, connector_id: int, wire: Any) -> ChargingProfileStatus:
        try:
            profile = Profile.from_wire(wire)
        except ValueError:
            return ChargingProfileStatus.rejected
        if profile.kind in self._station.quirks.unanswered_kinds:
            raise Hang
        if (refused := refusal(profile, self._station.quirks)) is not None:
            return refused
        if not (self._permitted(profile) and self._has_place(connector_id, profile)):
            return ChargingProfileStatus.rejected
        self._station.profiles.install(connector_id, profile)
        return ChargingProfileStatus.accepted

    def _permitted(self, profile: Profile) -> bool:
        """Tell whether the configuration allows stack level, unit, length and one more profile."""
        configuration = self._configuration
        units = [unit.lower() for unit in configuration.items("ChargingScheduleAllowedChargingRateUnit")]
        others = [each for _, each in self._station.profiles.installed if each.profile_id != profile.profile_id]
        return (
            profile.stack_level <= configuration.integer("ChargeProfileMaxStackLevel")
            and _UNIT_NAMES[profile.unit] in units
            and len(profile.periods) <= configuration.integer("ChargingScheduleMaxPeriods")
            and len(others) < configuration.integer("MaxChargingProfilesInstalled")
        )

    def _has_place(self, connector_id: int, profile: Profile) -> bool:
        """Tell whether a profile of this purpose may be set on this connector (section 3.13.1)."""
        connector = self._station.connectors.get(connector_id)
        match profile.purpose:
            case Purpose.charge_point_max_profile:
                return connector_id == 0
            case Purpose.tx_default_profile:
                return connector_id == 0 or connector is not None
            case Purpose.tx_profile:
                return (
                    connector is not None
                    and connector.transaction is not None
                    and profile.transaction_id in {None, connector.transaction_id}
                )

    def _clear(self, request: call.ClearChargingProfile) -> Answer:
        purpose = request.charging_profile_purpose
        removed = self._station.profiles.clear(
            profile_id=request.id,
            connector_id=request.connector_id,
            purpose=None if purpose is None else parsed(Purpose, purpose),
            stack_level=request.stack_level,
        )
        status = ClearChargingProfileStatus.accepted if removed else ClearChargingProfileStatus.unknown
        return Answer(call_result.ClearChargingProfile(status), self._sessions.obey_limits)

    def _composite(self, request: call.GetCompositeSchedule) -> Answer:
        kind = self._station.quirks.composite_answer
        if kind is CompositeAnswer.not_supported:
            raise CallError("NotSupported", "there are no composite schedules here")
        connector = self._station.connectors.get(request.connector_id)
        if (request.connector_id and connector is None) or kind is CompositeAnswer.rejected:
            return Answer(call_result.GetCompositeSchedule(GetCompositeScheduleStatus.rejected))
        unit = parsed(Unit, request.charging_rate_unit or Unit.amps)
        begin = self._station.clock.now()
        profiles = self._station.profiles if kind is CompositeAnswer.promise else self._station.obeyed(connector)
        periods = profiles.composite(
            request.connector_id, begin, request.duration, unit, active(connector) if connector else None
        )
        schedule = ChargingSchedule(
            charging_rate_unit=unit,
            charging_schedule_period=[
                ChargingSchedulePeriod(period.start, period.limit, period.phases) for period in periods
            ],
            duration=request.duration,
        )
        return Answer(
            call_result.GetCompositeSchedule(
                status=GetCompositeScheduleStatus.accepted,
                connector_id=request.connector_id,
                schedule_start=self._station.timestamp(begin),
                charging_schedule=to_payload(schedule),
            )
        )
