"""Charging profiles made by hand: what is sent of them, what is refused before, and how they live beside the limits of Home Assistant."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.charging.modes import ChargingMode
from custom_components.ocpp_csms.charging.profiles import DYNAMIC_ID
from tests.actions.calls import act, ask, device_of
from tests.conftest import SimulatorFactory
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.sites import with_site
from tests.waiting import until

PERIODS = [{"start": 0, "limit": 16}, {"start": "01:00:00", "limit": 10.5, "phases": 1}]
SENT_PERIODS = [{"startPeriod": 0, "limit": 16}, {"startPeriod": 3600, "limit": 10.5, "numberPhases": 1}]
FIRST_PERIODS = [{"start": 0, "limit": 16}]


def sent(wire: ScriptedChargePoint, action: str = "SetChargingProfile") -> list[dict[str, Any]]:
    """Return the payloads of an action that the charge point was sent."""
    return [payload for name, payload in wire.calls if name == action]


def told(**values: str) -> dict[str, Any]:
    """Return an answer to GetConfiguration."""
    keys = [{"key": key, "value": value, "readonly": True} for key, value in values.items()]
    return {"configurationKey": keys, "unknownKey": []}


@pytest.fixture
async def transaction(hass: HomeAssistant, wire: ScriptedChargePoint) -> int:
    """The id of a transaction that runs on connector 1."""
    return await wire.start_transaction()


# What is sent


async def test_a_profile_for_the_whole_charger_is_for_connector_0(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Every word of the action has its place in the message."""
    answer = await act(
        hass,
        "set_charging_profile",
        device_id=charger,
        purpose="station_max",
        kind="recurring",
        recurrency="daily",
        start="2026-11-20T22:00:00+00:00",
        duration={"hours": 8},
        valid_from="2026-11-01T00:00:00+00:00",
        valid_to="2999-12-31T00:00:00+00:00",
        minimum_rate=6,
        unit="W",
        stack_level=2,
        profile_id=42,
        periods=PERIODS,
    )
    assert answer == {"status": "Accepted", "profile_id": 42, "stack_level": 2}
    assert sent(wire) == [
        {
            "connectorId": 0,
            "csChargingProfiles": {
                "chargingProfileId": 42,
                "stackLevel": 2,
                "chargingProfilePurpose": "ChargePointMaxProfile",
                "chargingProfileKind": "Recurring",
                "recurrencyKind": "Daily",
                "validFrom": "2026-11-01T00:00:00Z",
                "validTo": "2999-12-31T00:00:00Z",
                "chargingSchedule": {
                    "chargingRateUnit": "W",
                    "duration": 28800,
                    "startSchedule": "2026-11-20T22:00:00Z",
                    "minChargingRate": 6,
                    "chargingSchedulePeriod": SENT_PERIODS,
                },
            },
        }
    ]


async def test_a_profile_for_the_transaction_names_it(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, transaction: int
) -> None:
    """The one that runs; nobody has to know its id (OCPP 1.6 §5.16)."""
    answer = await ask(
        hass, "set_charging_profile", device_id=charger, purpose="tx", kind="relative", periods=FIRST_PERIODS
    )
    [payload] = sent(wire)
    assert payload["connectorId"] == 1
    assert payload["csChargingProfiles"] == {
        "chargingProfileId": answer["profile_id"],
        "transactionId": transaction,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]},
    }


async def test_a_profile_without_a_time_begins_now(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """A limit of 16.19 is cut, never raised; one of all connectors is for connector 0."""
    await act(
        hass,
        "set_charging_profile",
        device_id=charger,
        connector=0,
        purpose="tx_default",
        periods=[{"start": 0, "limit": 16.19}],
    )
    [payload] = sent(wire)
    assert payload["connectorId"] == 0
    schedule = payload["csChargingProfiles"]["chargingSchedule"]
    assert payload["csChargingProfiles"]["chargingProfileKind"] == "Absolute"
    assert schedule["startSchedule"].endswith("Z")
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16.1}]


async def test_a_profile_that_repeats_is_recurring(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Its kind need not be said."""
    await act(
        hass,
        "set_charging_profile",
        device_id=charger,
        purpose="tx_default",
        recurrency="weekly",
        start="2026-11-20 22:00:00",
        periods=FIRST_PERIODS,
    )
    profile = sent(wire)[0]["csChargingProfiles"]
    assert (profile["chargingProfileKind"], profile["recurrencyKind"]) == ("Recurring", "Weekly")


async def test_profiles_without_a_number_get_one_for_each_place(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, transaction: int
) -> None:
    """So that none replaces another that it is to live beside."""
    numbers = set()
    for place in (
        {"purpose": "station_max"},
        {"purpose": "tx_default", "connector": 0},
        {"purpose": "tx_default", "connector": 1},
        {"purpose": "tx_default", "connector": 1, "stack_level": 1},
        {"purpose": "tx"},
    ):
        answer = await ask(hass, "set_charging_profile", device_id=charger, periods=FIRST_PERIODS, **place)
        numbers.add(answer["profile_id"])
    assert len(numbers) == 5
    assert {payload["csChargingProfiles"]["chargingProfileId"] for payload in sent(wire)} == numbers


async def test_a_transaction_is_started_with_a_profile_of_its_own(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """For a transaction, and without its id: there is none yet (OCPP 1.6 §5.11)."""
    profile = {"periods": PERIODS, "stack_level": 1, "profile_id": 7}
    await act(hass, "start_transaction", device_id=charger, id_tag="CARD", charging_profile=profile)
    assert await wire.heard("RemoteStartTransaction") == {
        "connectorId": 1,
        "idTag": "CARD",
        "chargingProfile": {
            "chargingProfileId": 7,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": SENT_PERIODS},
        },
    }


# What is refused before


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"purpose": "station_max", "connector": 1}, "Leave the connector out"),
        ({"purpose": "station_max", "kind": "relative"}, "cannot count from the start of a transaction"),
        ({"purpose": "tx"}, "there is no transaction for this profile"),
        ({"purpose": "tx", "connector": 0}, "needs the number of a connector"),
        ({"periods": [{"start": 1, "limit": 6}]}, "must start at 0"),
        ({"periods": [{"start": 0, "limit": 6}, {"start": 0, "limit": 7}]}, "after the one before it"),
        ({"duration": 3600, "periods": PERIODS}, "begins after 3600 seconds, but its schedule ends after 3600"),
        ({"kind": "recurring"}, "daily or weekly"),
        ({"kind": "absolute", "recurrency": "daily"}, "daily or weekly"),
        ({"recurrency": "daily"}, "needs a start"),
        ({"kind": "relative", "start": "2026-11-20 22:00:00"}, "cannot have a start of its own"),
        ({"valid_from": "2999-01-02 00:00:00", "valid_to": "2999-01-01 00:00:00"}, "never be valid"),
        ({"valid_to": "2020-01-01 00:00:00"}, "over already"),
        ({"start": "2020-01-01 00:00:00", "duration": 60}, "over already"),
        ({"profile_id": 6202}, "6202 belongs to the limits that Home Assistant itself sends"),
        ({"connector": 7}, "CP1 has no connector 7"),
    ],
)
async def test_a_profile_that_cannot_work_is_refused(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, data: dict[str, Any], problem: str
) -> None:
    """The message says what to change; nothing is sent."""
    profile = {"purpose": "tx_default", "periods": FIRST_PERIODS, **data}
    with pytest.raises(ServiceValidationError, match=problem):
        await act(hass, "set_charging_profile", device_id=charger, **profile)
    assert wire.calls == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"stack_level": 4}, "no stack level above 3"),
        ({"unit": "W"}, "no limits in W. Give them in A"),
        ({"periods": PERIODS}, "no more than 1 periods in a profile; this one has 2"),
    ],
)
async def test_what_the_charger_says_it_does_not_take_is_refused(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, data: dict[str, Any], problem: str
) -> None:
    """It is asked first, if it has not told (OCPP 1.6 §9.4)."""
    wire.answers["GetConfiguration"] = told(
        ChargeProfileMaxStackLevel="3",
        ChargingScheduleAllowedChargingRateUnit="Current",
        ChargingScheduleMaxPeriods="1",
    )
    profile = {"purpose": "tx_default", "periods": FIRST_PERIODS, **data}
    with pytest.raises(ServiceValidationError, match=problem):
        await act(hass, "set_charging_profile", device_id=charger, **profile)
    with pytest.raises(ServiceValidationError, match=problem):
        await act(
            hass,
            "start_transaction",
            device_id=charger,
            charging_profile={key: value for key, value in profile.items() if key != "purpose"},
        )
    assert {action for action, _ in wire.calls} == {"GetConfiguration"}


@pytest.mark.parametrize(
    "data",
    [
        {"purpose": "whatever"},
        {"periods": []},
        {"periods": [{"start": 0}]},
        {"periods": [{"start": 0, "limit": -1}]},
        {"periods": [{"start": 0, "limit": "nan"}]},
        {"periods": [{"start": 0, "limit": "inf"}]},
        {"periods": [{"start": -1, "limit": 6}]},
        {"periods": [{"start": 0, "limit": 6, "phases": 4}]},
        {"periods": [{"start": number, "limit": 6} for number in range(1001)]},
        {"stack_level": -1},
        {"stack_level": 1000},
        {"profile_id": 0},
        {"profile_id": 2**31},
        {"unit": "kW"},
        {"kind": "sometimes"},
        {"duration": "for ever"},
        {"start": "later"},
    ],
)
async def test_bad_data_is_refused_by_the_schema(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, data: dict[str, Any]
) -> None:
    """Before anything happens."""
    with pytest.raises(vol.Invalid):
        await act(
            hass,
            "set_charging_profile",
            **{"device_id": charger, "purpose": "tx_default", "periods": FIRST_PERIODS, **data},
        )
    assert wire.calls == []


async def test_a_refusal_of_the_charger_is_an_answer(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """And an error for who does not look."""
    wire.answers["SetChargingProfile"] = {"status": "NotSupported"}
    profile: dict[str, Any] = {"device_id": charger, "purpose": "tx_default", "periods": FIRST_PERIODS}
    assert await act(hass, "set_charging_profile", **profile) == {"status": "NotSupported"}
    with pytest.raises(HomeAssistantError, match="CP1 refused SetChargingProfile: it answered NotSupported"):
        await act(hass, "set_charging_profile", answer=False, **profile)


# Beside the limits of Home Assistant


async def test_a_profile_does_not_take_the_place_of_a_limit(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """It would be lost. Without a level a profile stands at one that is free."""
    await act(hass, "set_current_limit", device_id=charger, limit=10)
    profile: dict[str, Any] = {"device_id": charger, "purpose": "tx_default", "periods": FIRST_PERIODS}
    with pytest.raises(ServiceValidationError, match="stands at stack level 0 of this purpose"):
        await act(hass, "set_charging_profile", stack_level=0, **profile)
    assert (await ask(hass, "set_charging_profile", **profile))["stack_level"] == 1
    assert [payload["csChargingProfiles"]["stackLevel"] for payload in sent(wire)] == [0, 1]


@pytest.mark.parametrize(
    "filters",
    [{}, {"connector": 1}, {"purpose": "tx_default"}, {"connector": 1, "purpose": "tx_default", "stack_level": 0}],
)
async def test_a_limit_that_is_cleared_is_told_again(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, filters: dict[str, Any]
) -> None:
    """What the entity shows goes on to hold."""
    await act(hass, "set_current_limit", device_id=charger, limit=10)
    wire.forget_calls()
    await act(hass, "clear_charging_profile", device_id=charger, **filters)
    profile = (await wire.heard("SetChargingProfile"))["csChargingProfiles"]
    assert profile["chargingProfileId"] == DYNAMIC_ID + 1
    assert profile["chargingSchedule"]["chargingSchedulePeriod"][0] == {"startPeriod": 0, "limit": 10}


async def test_a_limit_that_a_clearing_does_not_concern_is_not_told_again(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Each write wears out the charger's memory."""
    await act(hass, "set_current_limit", device_id=charger, limit=10)
    wire.forget_calls()
    for filters in ({"profile_id": 42}, {"purpose": "tx"}, {"stack_level": 5}, {"connector": 0}):
        await act(hass, "clear_charging_profile", device_id=charger, **filters)
    await hass.async_block_till_done()
    await act(hass, "trigger_message", device_id=charger, message="Heartbeat")
    assert [action for action, _ in wire.calls] == ["ClearChargingProfile"] * 4 + ["TriggerMessage"]


@with_site
@pytest.mark.parametrize(
    ("data", "mode"),
    [
        ({"purpose": "tx_default"}, ChargingMode.MANUAL),
        ({"purpose": "tx_default", "connector": 0}, ChargingMode.FAST),
        ({"purpose": "station_max"}, ChargingMode.FAST),
    ],
    ids=["connector", "all connectors", "whole charger"],
)
async def test_a_charging_mode_yields_to_a_profile_for_its_connector(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    wire: ScriptedChargePoint,
    charger: str,
    data: dict[str, Any],
    mode: ChargingMode,
) -> None:
    """As to all that is done by hand; a limit above all connectors it goes on below."""
    await wire.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"})
    await act(hass, "set_mode", device_id=charger, mode="fast")
    answer = await ask(hass, "set_charging_profile", device_id=charger, periods=FIRST_PERIODS, stack_level=9, **data)
    assert answer["status"] == "Accepted"
    runtime = init_integration.runtime_data
    assert runtime.control.goals.of(runtime.central.charge_points["CP1"], 1).mode is mode


# Removing


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        ({}, {}),
        ({"profile_id": 42}, {"id": 42}),
        ({"connector": 0}, {"connectorId": 0}),
        (
            {"connector": 1, "purpose": "tx", "stack_level": 3},
            {"connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 3},
        ),
    ],
)
async def test_profiles_are_cleared_by_what_is_given(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str, data: dict[str, Any], payload: dict[str, Any]
) -> None:
    """All filters must fit; without any, all are removed (OCPP 1.6 §5.5)."""
    assert await act(hass, "clear_charging_profile", device_id=charger, **data) == {"status": "Accepted"}
    assert sent(wire, "ClearChargingProfile") == [payload]


async def test_the_device_of_a_connector_stands_for_its_profiles(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """As everywhere."""
    await wire.call("StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": "Available"})
    await hass.async_block_till_done()
    await act(hass, "clear_charging_profile", device_id=device_of(hass, "sensor", "CP1_2_status"))
    assert sent(wire, "ClearChargingProfile") == [{"connectorId": 2}]


async def test_that_nothing_fits_is_an_answer(hass: HomeAssistant, wire: ScriptedChargePoint, charger: str) -> None:
    """The charger says Unknown."""
    wire.answers["ClearChargingProfile"] = {"status": "Unknown"}
    assert await act(hass, "clear_charging_profile", device_id=charger, profile_id=42) == {"status": "Unknown"}


async def test_a_limit_of_home_assistant_is_not_cleared_by_its_number(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """The entity would go on to show it."""
    with pytest.raises(ServiceValidationError, match="not between 6100 and 6599"):
        await act(hass, "clear_charging_profile", device_id=charger, profile_id=DYNAMIC_ID + 1)
    assert wire.calls == []


# What all amount to


async def test_the_composite_schedule_is_told_in_plain_words(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Each period with the time at which it begins, in local time."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    wire.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-11-20T17:00:00Z",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "duration": 7200,
            "minChargingRate": 6,
            "chargingSchedulePeriod": SENT_PERIODS,
        },
    }
    answer = await act(hass, "get_composite_schedule", device_id=charger, duration="02:00:00", unit="A")
    assert sent(wire, "GetCompositeSchedule") == [{"connectorId": 1, "duration": 7200, "chargingRateUnit": "A"}]
    assert answer == {
        "status": "Accepted",
        "connector": 1,
        "start": "2026-11-20T18:00:00+01:00",
        "duration": 7200,
        "unit": "A",
        "minimum_rate": 6.0,
        "periods": [
            {"start": 0, "at": "2026-11-20T18:00:00+01:00", "limit": 16.0, "phases": None},
            {"start": 3600, "at": "2026-11-20T19:00:00+01:00", "limit": 10.5, "phases": 1},
        ],
    }


async def test_what_the_charger_does_not_tell_of_its_schedule_is_empty(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Nothing is invented; the whole charger can be asked about, too."""
    period = {"startPeriod": 0, "limit": 16}
    wire.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "chargingSchedule": {"chargingSchedulePeriod": [period]},
    }
    answer = await act(hass, "get_composite_schedule", device_id=charger, connector=0)
    assert sent(wire, "GetCompositeSchedule") == [{"connectorId": 0, "duration": 3600}]
    assert answer == {
        "status": "Accepted",
        "connector": 0,
        "start": None,
        "duration": None,
        "unit": None,
        "minimum_rate": None,
        "periods": [{"start": 0, "at": None, "limit": 16.0, "phases": None}],
    }


async def test_a_charger_that_tells_no_schedule_says_so(
    hass: HomeAssistant, wire: ScriptedChargePoint, charger: str
) -> None:
    """Its refusal is the answer."""
    wire.answers["GetCompositeSchedule"] = {"status": "Rejected"}
    assert await act(hass, "get_composite_schedule", device_id=charger) == {"status": "Rejected"}


# From end to end


async def test_a_car_charges_as_its_profile_says(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """From the start on, as the composite schedule promises, until the profile is cleared."""
    car = await simulator("CP1", connectors=1)
    await car.wait_accepted()
    await car.plug_in(1)
    point = init_integration.runtime_data.central.charge_points["CP1"]
    await until(point, ("plugged_in",), lambda: point.connectors[1].plugged_in, 1)
    device = device_of(hass, "sensor", "CP1_0_status")
    profile = {"periods": [{"start": 0, "limit": 8}]}
    await act(hass, "start_transaction", device_id=device, charging_profile=profile)
    await until(point, ("transaction",), lambda: point.connectors[1].running_transaction, 1)
    await car.tick(60)
    assert car.connector(1).current == pytest.approx(8)
    schedule = await ask(hass, "get_composite_schedule", device_id=device, unit="A")
    assert schedule["periods"] == [{"start": 0, "at": schedule["start"], "limit": 8.0, "phases": 3}]
    await act(hass, "clear_charging_profile", device_id=device, purpose="tx")
    await car.tick(60)
    assert car.connector(1).current > 8
