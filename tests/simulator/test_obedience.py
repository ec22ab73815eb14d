"""Charge points that refuse limits, hang on them, or accept and do not obey them, as the central system sees it."""

from collections.abc import Callable
from datetime import datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, CompositeAnswer, OfferedReading, Quirks, SimulatedChargePoint
from tests.simulator.central import ACCEPTED, Central, Fail, Payload
from tests.simulator.conftest import Dial
from tests.simulator.v16.profiles import NOT_SUPPORTED, REJECTED, profile, set_profile

MEASURANDS = {
    "MeterValuesSampledData": "Current.Import,Current.Offered,Power.Offered",
    "MeterValueSampleInterval": "10",
}
LATER = (60, 6.0)


async def start(dial: Dial, quirks: Quirks, **options: Any) -> SimulatedChargePoint:
    """Return a charge point of these oddities with a running transaction."""
    charge_point = await dial(quirks=quirks, configuration=MEASURANDS, **options)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(20)
    return charge_point


async def obeyed(central: Central, charge_point: SimulatedChargePoint, wire: Payload, connector: int = 1) -> bool:
    """Install a profile for 10 A, which must be accepted, and tell whether the current follows."""
    assert await set_profile(central, wire, connector) == ACCEPTED
    await charge_point.tick(20)
    assert charge_point.connector(1).current in {10, 32}
    return charge_point.connector(1).current == 10


def readings(central: Central, measurand: str) -> list[float]:
    """The values of a measurand in all MeterValues, in order; per phase, that of L1."""
    return [
        float(value["value"])
        for message in central.payloads("MeterValues")
        for value in message["meterValue"][0]["sampledValue"]
        if value["measurand"] == measurand and value.get("phase") in {None, "L1"}
    ]


# Refused


@pytest.mark.parametrize(
    ("preset", "refused", "accepted"),
    [
        ("relative_only", profile(10, chargingProfileKind="Absolute"), profile(10)),
        ("absolute_only", profile(10), profile(10, chargingProfileKind="Absolute")),
        ("stack_level_zero", profile(10, stackLevel=1), profile(10)),
        ("one_period", profile(10, LATER), profile(10)),
        ("secretly_one_period", profile(10, LATER), profile(10)),
        ("no_valid_to", profile(10, validTo="2030-01-01T00:00:00Z"), profile(10, schedule={"duration": 900})),
        ("no_duration", profile(10, schedule={"duration": 900}), profile(10, validTo="2030-01-01T00:00:00Z")),
        ("no_expiry", profile(10, LATER), profile(10)),
        ("no_number_phases", profile(10, phases=1), profile(10)),
        ("needs_transaction_id", profile(10, purpose="TxProfile"), profile(10, purpose="TxProfile", transactionId=1)),
        ("tx_profile_only", profile(10), profile(10, purpose="TxProfile")),
        ("amperes_only", profile(6900, unit="W"), profile(10)),
        ("watts_only", profile(10), profile(6900, unit="W")),
        ("whole_amperes_only", profile(10.5), profile(10)),
        ("refuses_zero", profile(0), profile(0.1)),
        ("refuses_zero", profile(10, (60, 0)), profile(5)),
        ("abb", profile(10, stackLevel=8), profile(10)),
        ("autel", profile(10), profile(10, chargingProfileKind="Absolute")),
        ("huawei", profile(10), profile(6900, unit="W")),
    ],
)
async def test_some_reject_what_others_accept(
    central: Central, dial: Dial, preset: str, refused: Payload, accepted: Payload
) -> None:
    await start(dial, PRESETS[preset])
    assert await set_profile(central, refused) == REJECTED
    assert await set_profile(central, accepted) == ACCEPTED


async def test_some_support_the_default_profile_only(central: Central, dial: Dial) -> None:
    await start(dial, PRESETS["timxon"])
    assert await set_profile(central, profile(10, purpose="ChargePointMaxProfile"), 0) == NOT_SUPPORTED
    assert await set_profile(central, profile(10, purpose="TxProfile")) == NOT_SUPPORTED
    assert await set_profile(central, profile(10)) == ACCEPTED


async def test_some_never_answer_an_absolute_profile_and_go_on_with_the_rest(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["hangs_on_absolute"])
    payload = {"connectorId": 1, "csChargingProfiles": profile(10, chargingProfileKind="Absolute")}
    await central.connections[-1].send(json.dumps([2, "unanswered", "SetChargingProfile", payload]))
    assert await set_profile(central, profile(13)) == ACCEPTED
    await charge_point.settle()
    assert charge_point.connector(1).limit == 13
    assert not any("unanswered" in str(text) for text in central.texts)
    assert charge_point.profile_writes == 2


async def test_a_transaction_profile_without_transaction_is_rejected(central: Central, dial: Dial) -> None:
    await dial()
    assert await set_profile(central, profile(10, purpose="TxProfile", transactionId=1)) == REJECTED


async def test_every_write_is_counted_whatever_its_outcome(central: Central, dial: Dial) -> None:
    charge_point = await dial(quirks=PRESETS["relative_only"])
    await set_profile(central, profile(10))
    await set_profile(central, profile(10, chargingProfileKind="Absolute"))
    assert charge_point.profile_writes == 2


async def test_limits_may_work_though_nothing_says_so(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["syncev"])
    answer = await central.call("GetConfiguration", {"key": ["SupportedFeatureProfiles"]})
    assert "SmartCharging" not in answer["configurationKey"][0]["value"]
    assert await set_profile(central, profile(10)) == ACCEPTED


async def test_some_have_no_smart_charging_at_all(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["no_smart_charging"])
    with pytest.raises(Fail, match="NotSupported"):
        await set_profile(central, profile(10))


# Accepted and not obeyed


@pytest.mark.parametrize(
    ("preset", "ignored", "heeded"),
    [
        ("ignores_absolute", profile(10, chargingProfileKind="Absolute"), profile(10)),
        ("ignores_relative", profile(10), profile(10, chargingProfileKind="Absolute")),
        ("ignores_tx_profile", profile(10, purpose="TxProfile"), profile(10)),
        ("ignores_tx_default", profile(10), profile(10, purpose="TxProfile")),
        ("ignores_highest_stack_level", profile(10, stackLevel=8), profile(10, stackLevel=7)),
        ("wallbox", profile(10, stackLevel=1), profile(10)),
        ("wallbox_old", profile(10, chargingProfileKind="Absolute"), profile(10)),
        ("defaults_wait", profile(10), profile(10, purpose="TxProfile")),
    ],
)
async def test_some_accept_what_they_do_not_obey(
    central: Central, dial: Dial, preset: str, ignored: Payload, heeded: Payload
) -> None:
    charge_point = await start(dial, PRESETS[preset])
    assert not await obeyed(central, charge_point, ignored)
    assert await obeyed(central, charge_point, heeded)


async def test_some_ignore_the_charge_point_maximum(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["grizzle"])
    assert not await obeyed(central, charge_point, profile(10, purpose="ChargePointMaxProfile"), 0)


async def test_a_default_profile_may_hold_from_the_next_transaction_on(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["defaults_wait"])
    await set_profile(central, profile(10))
    assert charge_point.connector(1).limit == 32
    await charge_point.unplug(1)
    await charge_point.plug_in(1)
    await charge_point.present_card(1, "TAG")
    await set_profile(central, profile(16))
    assert charge_point.connector(1).limit == 10


async def test_some_accept_a_number_of_phases_without_effect(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["ignores_phases"])
    await set_profile(central, profile(10, phases=1))
    await charge_point.tick(60)
    assert charge_point.connector(1).outlet.currents == (10, 10, 10)


async def test_switching_phases_takes_a_pause(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["switches_phases"])
    await set_profile(central, profile(10, phases=1))
    assert charge_point.connector(1).power == 0
    await charge_point.wait_status(1, "SuspendedEVSE")
    await charge_point.tick(19)
    assert charge_point.connector(1).power == 0
    await charge_point.tick(10)
    assert charge_point.connector(1).outlet.currents == (10, 0, 0)
    assert charge_point.connector(1).transaction_id == 1


@pytest.mark.parametrize(
    ("preset", "key", "value"),
    [
        ("switches_phases", "ConnectorSwitch3to1PhaseSupported", "true"),
        ("ignores_phases", "ConnectorSwitch3to1PhaseSupported", "true"),
        ("no_phase_switching", "ConnectorSwitch3to1PhaseSupported", "false"),
        ("chargeamps", "ACPhaseSwitchingSupported", "true"),
        ("chargeamps", "ConnectorSwitch3to1PhaseSupported", None),
        ("schneider", "ChargeProfileMaxStackLevel", "999"),
        ("huawei", "ChargingScheduleAllowedChargingRateUnit", "power"),
    ],
)
async def test_what_the_configuration_says_of_limits(
    central: Central, dial: Dial, preset: str, key: str, value: str | None
) -> None:
    await dial(quirks=PRESETS[preset])
    asked = await central.call("GetConfiguration", {"key": [key]})
    listed = {each["key"]: each.get("value") for each in (await central.call("GetConfiguration"))["configurationKey"]}
    assert [each["value"] for each in asked["configurationKey"]] == ([] if value is None else [value])
    assert listed.get(key) == value
    change = await central.call("ChangeConfiguration", {"key": key, "value": "x"})
    assert change == (NOT_SUPPORTED if value is None else REJECTED)


async def test_profiles_may_be_lost_with_the_connection(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["goe"])
    assert await obeyed(central, charge_point, profile(10))
    await charge_point.go_offline()
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 32


async def test_profiles_outlast_a_lost_connection_otherwise(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, Quirks())
    assert await obeyed(central, charge_point, profile(10))
    await charge_point.go_offline()
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 10


async def test_a_power_cut_closes_no_contactor_when_profiles_are_lost(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["forgets_profiles_offline"])
    await charge_point.power_cut()
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 0


@pytest.mark.parametrize(("preset", "limit"), [("none", 10), ("forgets_profiles_at_reboot", 32)])
async def test_profiles_outlast_a_restart_or_not(central: Central, dial: Dial, preset: str, limit: float) -> None:
    charge_point = await start(dial, PRESETS[preset])
    await set_profile(central, profile(10))
    await central.call("Reset", {"type": "Hard"})
    await central.wait_call("BootNotification", 2)
    await charge_point.wait_accepted()
    assert charge_point.connector(1).limit == limit


# Told


@pytest.mark.parametrize(
    ("quirks", "amperes"),
    [
        (Quirks(), [10]),
        (Quirks(offered_reading=OfferedReading.hardware), [32]),
        (Quirks(offered_reading=OfferedReading.missing), []),
        (Quirks(ignores_limits=True), [32]),
        (Quirks(ignores_limits=True, offered_reading=OfferedReading.promise), [10]),
    ],
)
async def test_the_offered_current_may_be_the_truth_or_not(
    central: Central, dial: Dial, quirks: Quirks, amperes: list[float]
) -> None:
    charge_point = await start(dial, quirks)
    await set_profile(central, profile(10))
    await charge_point.tick(20)
    assert readings(central, "Current.Offered")[-1:] == amperes
    assert [round(watts / 690) for watts in readings(central, "Power.Offered")[-1:]] == amperes


@pytest.mark.parametrize(
    ("quirks", "amperes"),
    [
        (Quirks(), 10),
        (Quirks(ignores_limits=True), 32),
        (Quirks(ignores_limits=True, composite_answer=CompositeAnswer.promise), 10),
        (Quirks(ignored_kinds=frozenset({"Relative"})), 32),
    ],
)
async def test_the_composite_schedule_may_be_the_truth_or_not(
    central: Central, dial: Dial, quirks: Quirks, amperes: float
) -> None:
    await start(dial, quirks)
    await set_profile(central, profile(10))
    answer = await central.call("GetCompositeSchedule", {"connectorId": 1, "duration": 60})
    assert answer["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == amperes


async def test_some_give_no_composite_schedule(central: Central, dial: Dial) -> None:
    asked = {"connectorId": 1, "duration": 60}
    await dial(quirks=PRESETS["composite_rejected"])
    assert await central.call("GetCompositeSchedule", asked) == REJECTED
    await dial(path="CP2", quirks=PRESETS["no_composite"])
    with pytest.raises(Fail, match="NotSupported"):
        await central.call("GetCompositeSchedule", asked)


# What is done with them


@pytest.mark.parametrize(("limit", "offered"), [(32, 16), (12.9, 10), (8, 8), (7.9, 6), (5.9, 0)])
async def test_some_offer_a_few_currents_only(central: Central, dial: Dial, limit: float, offered: float) -> None:
    charge_point = await dial(quirks=PRESETS["coarse_steps"])
    await set_profile(central, profile(limit))
    assert charge_point.connector(1).limit == offered


async def test_some_offer_less_than_they_are_built_for(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["injet"])
    assert await set_profile(central, profile(20)) == ACCEPTED
    assert charge_point.connector(1).limit == 16


@pytest.mark.parametrize("preset", ["pause_ends_transaction", "necharge", "enplus"])
async def test_a_pause_may_end_the_transaction_and_a_remote_start_begins_another(
    central: Central, dial: Dial, preset: str
) -> None:
    charge_point = await start(dial, PRESETS[preset])
    assert await set_profile(central, profile(0, purpose="TxProfile")) == ACCEPTED
    await charge_point.wait_status(1, "Finishing")
    assert central.payloads("StopTransaction")[0]["reason"] == "Other"
    assert await central.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG"}) == ACCEPTED
    await charge_point.wait_status(1, "Charging")
    assert charge_point.connector(1).transaction_id == 2


async def test_an_expired_limit_ends_the_transaction_too_where_a_pause_does(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["pause_ends_transaction"])
    await set_profile(central, profile(10, (40, 0)))
    await charge_point.tick(30)
    await charge_point.wait_status(1, "Finishing")


async def test_some_resume_by_remote_start_only(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["resumes_by_remote_start"])
    await set_profile(central, profile(0))
    await charge_point.wait_status(1, "SuspendedEVSE")
    await set_profile(central, profile(16))
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 0
    assert await central.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG"}) == ACCEPTED
    await charge_point.wait_status(1, "Charging")
    await charge_point.tick(20)
    assert (charge_point.connector(1).current, charge_point.connector(1).transaction_id) == (16, 1)


async def test_a_new_transaction_is_not_stuck(central: Central, dial: Dial) -> None:
    charge_point = await start(dial, PRESETS["resumes_by_remote_start"])
    await set_profile(central, profile(0, purpose="TxProfile"))
    await charge_point.present_card(1, "TAG")
    await charge_point.present_card(1, "TAG")
    await charge_point.tick(20)
    assert charge_point.connector(1).current == 32


# Nobody says anything


def two_periods(now: datetime) -> Payload:
    """16 A, and 6 A a minute later."""
    return profile(16, LATER, chargingProfileKind="Absolute", schedule={"startSchedule": now.isoformat()})


def duration(now: datetime) -> Payload:
    """16 A for a minute."""
    schedule = {"startSchedule": now.isoformat(), "duration": 60}
    return profile(16, chargingProfileKind="Absolute", schedule=schedule)


def valid_to(now: datetime) -> Payload:
    """16 A, valid for a minute."""
    return profile(16, validTo=(now + timedelta(seconds=60)).isoformat())


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize(("expiring", "then"), [(two_periods, 6), (duration, 8), (valid_to, 8)])
async def test_a_limit_changes_by_itself_when_its_time_is_over(
    central: Central, dial: Dial, expiring: Callable[[datetime], Payload], then: float, offline: bool
) -> None:
    """A dead man's switch: 8 A on the level below, and nobody there to say so."""
    charge_point = await start(dial, Quirks())
    started = datetime.fromisoformat(central.payloads("StartTransaction")[0]["timestamp"])
    assert await set_profile(central, profile(8, chargingProfileId=2)) == ACCEPTED
    assert await set_profile(central, expiring(started + timedelta(seconds=20)) | {"stackLevel": 1}) == ACCEPTED
    if offline:
        await charge_point.go_offline()
    await charge_point.tick(40)
    assert (charge_point.connector(1).limit, charge_point.connector(1).current) == (16, 16)
    await charge_point.tick(40)
    assert (charge_point.connector(1).limit, charge_point.connector(1).current) == (then, then)
    if offline:
        await charge_point.go_online()
        await charge_point.wait_accepted()
    assert readings(central, "Current.Offered")[-1] == then
    assert readings(central, "Current.Import")[-1] == then
