"""Actions about charging profiles that a person or an automation makes; the limits of entities and charging modes are not among them."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.charging.profiles import (
    OWN_IDS,
    ChargingProfile,
    Kind,
    Period,
    Place,
    Purpose,
    Recurrency,
    Unit,
    cut,
)
from custom_components.ocpp_csms.csms.errors import InvalidRequestError
from custom_components.ocpp_csms.csms.extended_requests import GetChargingProfiles, InstalledProfile, LimitSource
from custom_components.ocpp_csms.csms.requests import (
    ClearProfiles,
    CompositeSchedule,
    GetCompositeSchedule,
    new_request_id,
)

from .action import ACCEPTED, Action
from .fields import moment, written
from .target import ANY_CONNECTOR, ATTR_CONNECTOR, Target

ATTR_DURATION: Final = "duration"
ATTR_KIND: Final = "kind"
ATTR_LIMIT: Final = "limit"
ATTR_MINIMUM_RATE: Final = "minimum_rate"
ATTR_PERIODS: Final = "periods"
ATTR_PHASES: Final = "phases"
ATTR_PROFILE_ID: Final = "profile_id"
ATTR_PROFILE_IDS: Final = "profile_ids"
ATTR_PURPOSE: Final = "purpose"
ATTR_RECURRENCY: Final = "recurrency"
ATTR_SOURCE: Final = "source"
ATTR_STACK_LEVEL: Final = "stack_level"
ATTR_START: Final = "start"
ATTR_UNIT: Final = "unit"
ATTR_VALID_FROM: Final = "valid_from"
ATTR_VALID_TO: Final = "valid_to"

_MOST_PERIODS = 1000
_MOST_IDS = 100  # profiles that are named
_LIMIT = vol.All(vol.Coerce(float), vol.Range(min=0, max=1_000_000))
_SECONDS = vol.All(
    cv.positive_time_period, vol.Range(max=timedelta(days=366)), lambda period: int(period.total_seconds())
)
_STACK_LEVEL = vol.All(vol.Coerce(int), vol.Range(min=0, max=999))
_PROFILE_ID = vol.All(vol.Coerce(int), vol.Range(min=1, max=2**31 - 1))

_PERIOD = vol.Schema(
    {
        vol.Required(ATTR_START): _SECONDS,
        vol.Required(ATTR_LIMIT): _LIMIT,
        vol.Optional(ATTR_PHASES): vol.All(vol.Coerce(int), vol.Range(min=1, max=3)),
    }
)

PROFILE_FIELDS: Final[dict[vol.Marker, object]] = {
    vol.Required(ATTR_PERIODS): vol.All(cv.ensure_list, [_PERIOD], vol.Length(min=1, max=_MOST_PERIODS)),
    vol.Optional(ATTR_UNIT, default=Unit.AMPERES.value): vol.Coerce(Unit),
    vol.Optional(ATTR_KIND): vol.Coerce(Kind),
    vol.Optional(ATTR_RECURRENCY): vol.Coerce(Recurrency),
    vol.Optional(ATTR_START): cv.datetime,
    vol.Optional(ATTR_DURATION): _SECONDS,
    vol.Optional(ATTR_VALID_FROM): cv.datetime,
    vol.Optional(ATTR_VALID_TO): cv.datetime,
    vol.Optional(ATTR_MINIMUM_RATE): _LIMIT,
    vol.Optional(ATTR_STACK_LEVEL): _STACK_LEVEL,
    vol.Optional(ATTR_PROFILE_ID): _PROFILE_ID,
}
"""What makes a profile, whatever it is for."""

# Ids of profiles that were given none: one for each place, since of two in one place the later replaces the other.
_FIRST_ID = {Purpose.STATION_MAX: 1_000_000, Purpose.TX_DEFAULT: 2_000_000, Purpose.TX: 3_000_000}


def profile_of(
    target: Target, data: Mapping[str, Any], *, connector: int, purpose: Purpose, kind: Kind
) -> ChargingProfile:
    """Return the profile that the fields of an action describe; `kind` is taken where they say none. Times without a zone are local."""
    kind = data.get(ATTR_KIND) or (Kind.RECURRING if ATTR_RECURRENCY in data else kind)
    stack_level = data.get(ATTR_STACK_LEVEL)
    if stack_level is None:
        stack_level = target.charge_point.profiles.free_stack_level(connector, purpose)
    start = moment(data, ATTR_START)
    minimum_rate = data.get(ATTR_MINIMUM_RATE)
    return ChargingProfile(
        profile_id=data.get(ATTR_PROFILE_ID) or _id_at(Place(connector, purpose, stack_level)),
        connector=connector,
        purpose=purpose,
        kind=kind,
        stack_level=stack_level,
        unit=data[ATTR_UNIT],
        periods=tuple(
            Period(period[ATTR_START], cut(period[ATTR_LIMIT]), period.get(ATTR_PHASES))
            for period in data[ATTR_PERIODS]
        ),
        start=dt_util.utcnow() if start is None and kind is Kind.ABSOLUTE else start,
        duration=data.get(ATTR_DURATION),
        recurrency=data.get(ATTR_RECURRENCY),
        valid_from=moment(data, ATTR_VALID_FROM),
        valid_to=moment(data, ATTR_VALID_TO),
        minimum_rate=None if minimum_rate is None else cut(minimum_rate),
    )


async def _set_charging_profile(target: Target, call: ServiceCall) -> JsonObjectType:
    purpose: Purpose = call.data[ATTR_PURPOSE]
    connector = _connector_for(target, call, purpose)
    profile = profile_of(target, call.data, connector=connector, purpose=purpose, kind=Kind.ABSOLUTE)
    # A limit above all connectors is no command to one of them: a charging mode goes on below it.
    by_hand = target.runtime.control.by_hand(target.charge_point, connector) if connector else nullcontext()
    with by_hand:
        await target.charge_point.profiles.install(profile)
    return {"status": ACCEPTED, "profile_id": profile.profile_id, "stack_level": profile.stack_level}


async def _clear_charging_profile(target: Target, call: ServiceCall) -> JsonObjectType:
    await target.charge_point.profiles.clear(
        ClearProfiles(
            profile_id=call.data.get(ATTR_PROFILE_ID),
            connector=target.named,
            purpose=call.data.get(ATTR_PURPOSE),
            stack_level=call.data.get(ATTR_STACK_LEVEL),
        )
    )
    return {"status": ACCEPTED}


async def _get_composite_schedule(target: Target, call: ServiceCall) -> JsonObjectType:
    request = GetCompositeSchedule(
        connector=target.connector, duration=call.data[ATTR_DURATION], unit=call.data.get(ATTR_UNIT)
    )
    return {"status": ACCEPTED, **_as_answer(await target.charge_point.profiles.composite(request))}


async def _get_charging_profiles(target: Target, call: ServiceCall) -> JsonObjectType:
    """List what is installed on the connector whose device was chosen, or that was named; else on all."""
    request = GetChargingProfiles(
        request_id=new_request_id(),
        connector=call.data.get(ATTR_CONNECTOR, target.named),
        purpose=call.data.get(ATTR_PURPOSE),
        stack_level=call.data.get(ATTR_STACK_LEVEL),
        source=call.data.get(ATTR_SOURCE),
        profile_ids=tuple(call.data[ATTR_PROFILE_IDS]),
    )
    answer = await target.charge_point.profiles.installed(request)
    return {
        "status": answer.status,
        "complete": answer.complete,
        "profiles": [_installed(profile) for profile in answer.items],
    }


def _installed(profile: InstalledProfile) -> JsonObjectType:
    return {
        "profile_id": profile.profile_id,
        "connector": profile.connector,
        "from_home_assistant": profile.profile_id in OWN_IDS,
        "source": profile.source,
        "purpose": profile.purpose,
        "kind": profile.kind,
        "recurrency": profile.recurrency,
        "stack_level": profile.stack_level,
        "valid_from": written(profile.valid_from),
        "valid_to": written(profile.valid_to),
        "transaction_id": profile.transaction_id,
        "schedules": [_schedule(schedule) for schedule in profile.schedules],
    }


def _connector_for(target: Target, call: ServiceCall, purpose: Purpose) -> int:
    """Return the connector that a profile is for; one for the whole charger is for none. Raises InvalidRequestError."""
    if purpose is not Purpose.STATION_MAX:
        return target.connector
    if call.data.get(ATTR_CONNECTOR):
        raise InvalidRequestError("profile_without_connector")
    return 0


def _id_at(place: Place) -> int:
    return _FIRST_ID[place.purpose] + 1000 * place.connector + place.stack_level


def _as_answer(schedule: CompositeSchedule) -> JsonObjectType:
    return {"connector": schedule.connector, **_schedule(schedule)}


def _schedule(schedule: CompositeSchedule) -> JsonObjectType:
    start = schedule.start
    return {
        "start": written(start),
        "duration": schedule.duration,
        "unit": None if schedule.unit is None else schedule.unit.value,
        "minimum_rate": schedule.minimum_rate,
        "periods": [
            {
                "start": period.start,
                "at": None if start is None else written(start + timedelta(seconds=period.start)),
                "limit": period.limit,
                "phases": period.phases,
            }
            for period in schedule.periods
        ],
    }


ACTIONS: Final = {
    "set_charging_profile": Action(
        handler=_set_charging_profile,
        fields={**ANY_CONNECTOR, vol.Required(ATTR_PURPOSE): vol.Coerce(Purpose), **PROFILE_FIELDS},
        refusal_is_answer=True,
    ),
    "clear_charging_profile": Action(
        handler=_clear_charging_profile,
        fields={
            **ANY_CONNECTOR,
            vol.Optional(ATTR_PROFILE_ID): _PROFILE_ID,
            vol.Optional(ATTR_PURPOSE): vol.Coerce(Purpose),
            vol.Optional(ATTR_STACK_LEVEL): _STACK_LEVEL,
        },
        refusal_is_answer=True,
    ),
    "get_charging_profiles": Action(
        handler=_get_charging_profiles,
        fields={
            **ANY_CONNECTOR,
            vol.Optional(ATTR_PURPOSE): vol.Coerce(Purpose),
            vol.Optional(ATTR_STACK_LEVEL): _STACK_LEVEL,
            vol.Optional(ATTR_SOURCE): vol.Coerce(LimitSource),
            vol.Optional(ATTR_PROFILE_IDS, default=list): vol.All(
                cv.ensure_list, [_PROFILE_ID], vol.Length(max=_MOST_IDS)
            ),
        },
        refusal_is_answer=True,
    ),
    "get_composite_schedule": Action(
        handler=_get_composite_schedule,
        fields={
            **ANY_CONNECTOR,
            vol.Optional(ATTR_DURATION, default=3600): vol.All(_SECONDS, vol.Range(min=1)),
            vol.Optional(ATTR_UNIT): vol.Coerce(Unit),
        },
        refusal_is_answer=True,
    ),
}
