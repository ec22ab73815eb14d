"""The set-up of a charge point is quiet: what is asked for when, and what is written."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import logging
from typing import Any, cast

import pytest

from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.commissioning import Commissioning, Timing
from custom_components.ocpp_csms.csms.dialect import Dialect
from custom_components.ocpp_csms.csms.errors import NotConnectedError
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.wanted_configuration import MEASURANDS
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker
from tests.csms.central import HASTY, PATIENT, central_system
from tests.csms.scripted_charge_point import SILENCE, Answer, ErrorAnswer, ScriptedChargePoint
from tests.waiting import until

WANTED = {
    "MeterValuesSampledData": ",".join(MEASURANDS),
    "MeterValueSampleInterval": "30",
    "HeartbeatInterval": "300",
    "WebSocketPingInterval": "30",
}
ASKED_FOR_STATE = [
    ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
]
DONE = "MeterValues"


def configuration(**values: str) -> Answer:
    """Return an answer to GetConfiguration; keys that end in an underscore are read-only."""
    return {
        "configurationKey": [
            {"key": key.rstrip("_"), "value": value, "readonly": key.endswith("_")} for key, value in values.items()
        ]
    }


@asynccontextmanager
async def connected(
    answers: dict[str, Answer] | None = None,
    settings: ChargePointSettings | None = None,
    *,
    timing: Timing = PATIENT,
    **changes: Any,
) -> AsyncGenerator[tuple[CentralSystem, ChargePoint, ScriptedChargePoint]]:
    """Connect CP1, which is confirmed, to a central system."""
    async with central_system(timing=timing, **changes) as central:
        charge_point = central.add("CP1", settings or ChargePointSettings())
        async with ScriptedChargePoint(central.port, answers=answers) as far_end:
            yield central, charge_point, far_end


async def set_up(far_end: ScriptedChargePoint, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    """Let it boot and return what it is asked until the set-up is done; all of it is valid."""
    far_end.forget_calls()
    await far_end.boot(**fields)
    while (await far_end.heard("TriggerMessage"))["requestedMessage"] != DONE:
        pass
    checker = SchemaChecker()
    checker.load()
    assert [call for call in far_end.calls if checker.check("1.6", *call)] == []
    return far_end.calls.copy()


def written(calls: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """Return the keys that were written."""
    return {payload["key"]: payload["value"] for action, payload in calls if action == "ChangeConfiguration"}


async def test_a_boot_causes_one_read_and_a_question_for_the_state() -> None:
    """A charge point that has none of our keys is written none."""
    async with connected() as (_, _, far_end):
        assert await set_up(far_end) == [("GetConfiguration", {}), *ASKED_FOR_STATE]


async def test_only_keys_that_differ_are_written() -> None:
    """What is right is left, what is read-only or absent too."""
    reported = configuration(
        MeterValuesSampledData="Energy.Active.Import.Register",
        MeterValueSampleInterval="30",
        HeartbeatInterval="86400",
        WebSocketPingInterval_="0",
    )
    async with connected({"GetConfiguration": reported}) as (_, charge_point, far_end):
        calls = await set_up(far_end)
        assert written(calls) == {
            "MeterValuesSampledData": WANTED["MeterValuesSampledData"],
            "HeartbeatInterval": "300",
        }
        assert charge_point.configuration["HeartbeatInterval"].value == "300"


async def test_a_charge_point_that_is_set_up_is_written_nothing() -> None:
    """After its reboot."""
    async with connected({"GetConfiguration": configuration(**WANTED)}) as (_, _, far_end):
        for _ in range(2):
            assert written(await set_up(far_end)) == {}


async def test_the_users_settings_are_what_is_wanted() -> None:
    """Measurands and intervals."""
    settings = ChargePointSettings(measurands=("Voltage",), meter_interval=10)
    async with connected({"GetConfiguration": configuration(**WANTED)}, settings, heartbeat_interval=60) as (
        _,
        _,
        far_end,
    ):
        far_end.answers["GetConfiguration"] = configuration(**WANTED | {"MeterValuesSampledData": "SoC"})
        assert written(await set_up(far_end)) == {
            "MeterValuesSampledData": "Voltage",
            "MeterValueSampleInterval": "10",
            "HeartbeatInterval": "60",
        }


async def test_fewer_measurands_are_tried_when_many_are_refused() -> None:
    """All, the essential ones, two; the first that is accepted stays."""

    def few(payload: dict[str, Any]) -> dict[str, str]:
        many = payload["key"] == "MeterValuesSampledData" and payload["value"].count(",") > 3
        return {"status": "Rejected" if many else "Accepted"}

    answers: dict[str, Answer] = {
        "GetConfiguration": configuration(MeterValuesSampledData=""),
        "ChangeConfiguration": few,
    }
    async with connected(answers) as (_, charge_point, far_end):
        calls = await set_up(far_end)
        assert [payload["value"] for action, payload in calls if action == "ChangeConfiguration"] == [
            ",".join(MEASURANDS),
            ",".join(MEASURANDS[:4]),
        ]
        assert charge_point.configuration["MeterValuesSampledData"].value == ",".join(MEASURANDS[:4])


@pytest.mark.parametrize("refusal", [{"status": "Rejected"}, {"status": "NotSupported"}], ids=str)
async def test_what_was_refused_is_not_tried_again_until_the_firmware_changes(refusal: Answer) -> None:
    """Over reboots of the charge point and of Home Assistant."""
    answers: dict[str, Answer] = {
        "GetConfiguration": configuration(HeartbeatInterval="60"),
        "ChangeConfiguration": refusal,
    }
    async with connected(answers) as (central, _, far_end):
        assert written(await set_up(far_end, firmwareVersion="1")) == {"HeartbeatInterval": "300"}
        assert written(await set_up(far_end, firmwareVersion="1")) == {}
        stored = central.snapshot()
    async with connected(answers, stored=stored) as (_, _, far_end):
        assert written(await set_up(far_end, firmwareVersion="1")) == {}
        assert written(await set_up(far_end, firmwareVersion="2")) == {"HeartbeatInterval": "300"}


@pytest.mark.parametrize("trouble", [{"status": "Busy"}, {}, ErrorAnswer("InternalError")], ids=str)
async def test_what_was_not_refused_for_good_is_tried_again(trouble: Answer) -> None:
    """After the next boot."""
    answers: dict[str, Answer] = {
        "GetConfiguration": configuration(HeartbeatInterval="60"),
        "ChangeConfiguration": trouble,
    }
    async with connected(answers) as (_, charge_point, far_end):
        for _ in range(2):
            assert written(await set_up(far_end)) == {"HeartbeatInterval": "300"}
        assert charge_point.refused_configuration == {}


async def test_a_reboot_that_is_required_is_a_yes() -> None:
    """The user restarts when he likes."""
    answers: dict[str, Answer] = {
        "GetConfiguration": configuration(HeartbeatInterval="60"),
        "ChangeConfiguration": {"status": "RebootRequired"},
    }
    async with connected(answers) as (_, charge_point, far_end):
        assert "Reset" not in [action for action, _ in await set_up(far_end)]
        assert charge_point.refused_configuration == {}


async def test_connectors_are_learned_from_the_configuration() -> None:
    """All are asked for their values, an absurd number is not believed."""
    async with connected({"GetConfiguration": configuration(NumberOfConnectors_="2")}) as (_, charge_point, far_end):
        await set_up(far_end)
        assert sorted(charge_point.connectors) == [0, 1, 2]
        far_end.answers["GetConfiguration"] = configuration(NumberOfConnectors_="100000")
        await set_up(far_end)
        assert len(charge_point.connectors) == 101


async def test_boots_in_quick_succession_cause_one_set_up() -> None:
    """The first of them is not even begun."""
    async with connected(timing=Timing(boot_grace=60, confirm_grace=60, settle=0.05)) as (_, _, far_end):
        await asyncio.gather(far_end.boot(), far_end.boot(), far_end.boot())
        calls = await set_up(far_end)
        assert [action for action, _ in calls].count("GetConfiguration") == 1


@pytest.mark.parametrize(
    "settings", [ChargePointSettings(configure=False), ChargePointSettings(quirks={"configure": False})]
)
async def test_the_set_up_can_be_switched_off(settings: ChargePointSettings) -> None:
    """By the user, or by a quirk; the state is asked for all the same."""
    async with connected(settings=settings) as (_, _, far_end):
        assert await set_up(far_end) == ASKED_FOR_STATE


async def test_a_charge_point_that_cannot_stand_triggers_gets_none() -> None:
    """A quirk."""
    async with connected(settings=ChargePointSettings(quirks={"trigger": False})) as (_, charge_point, far_end):
        await far_end.boot()
        await far_end.heard("GetConfiguration")
        await charge_point.get_configuration(["HeartbeatInterval"])
        assert [action for action, _ in far_end.calls] == ["GetConfiguration", "GetConfiguration"]


async def test_a_charge_point_that_refuses_a_trigger_is_not_asked_for_every_connector() -> None:
    """Once is enough."""
    answers: dict[str, Answer] = {
        "GetConfiguration": configuration(NumberOfConnectors_="3"),
        "TriggerMessage": {"status": "NotImplemented"},
    }
    async with connected(answers) as (_, charge_point, far_end):
        await set_up(far_end)
        await charge_point.get_configuration(["HeartbeatInterval"])
        assert [call for call in far_end.calls if call[0] == "TriggerMessage"] == ASKED_FOR_STATE


@pytest.mark.parametrize("answer", [ErrorAnswer("InternalError", "busy"), SILENCE], ids=["error", "silence"])
async def test_a_configuration_that_cannot_be_read_stops_nothing(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged in a line, and the rest goes on."""
    caplog.set_level(logging.INFO)
    async with connected({"GetConfiguration": answer}, call_timeout=0.05) as (_, _, far_end):
        assert await set_up(far_end) == [("GetConfiguration", {}), *ASKED_FOR_STATE]
    lines = [record for record in caplog.records if "about its configuration failed" in record.message]
    assert [(record.levelno, record.exc_info) for record in lines] == [(logging.INFO, None)]
    assert lines[0].message.startswith("CP1: ")


async def test_a_reconnect_without_a_boot_is_asked_for_its_state() -> None:
    """After a little while, and for nothing it has told before."""
    async with connected({"GetConfiguration": configuration(HeartbeatInterval="300")}, timing=HASTY) as (
        central,
        _,
        far_end,
    ):
        await set_up(far_end)
        await far_end.drop()
        async with ScriptedChargePoint(central.port) as again:
            while (await again.heard("TriggerMessage"))["requestedMessage"] != DONE:
                pass
            assert again.calls == ASKED_FOR_STATE


async def test_a_boot_after_a_reconnect_is_waited_for() -> None:
    """Its state is asked for once, after the boot."""
    timing = Timing(boot_grace=0.3, confirm_grace=60, settle=0)
    async with connected(timing=timing) as (_, charge_point, far_end):
        assert [call for call in await set_up(far_end) if call[0] == "TriggerMessage"] == ASKED_FOR_STATE
        await silence(far_end, timing.boot_grace)
        assert charge_point.connected


async def test_after_a_restart_of_ours_the_configuration_is_read_without_a_boot() -> None:
    """It says how limits are to be sent; the charge point need not dial in again. What goes on there is asked for first."""
    reported = configuration(ChargingScheduleAllowedChargingRateUnit_="Power")
    async with connected({"GetConfiguration": reported}, timing=HASTY) as (central, _, far_end):
        await set_up(far_end)
        stored = central.snapshot()
    async with connected({"GetConfiguration": reported}, timing=HASTY, stored=stored) as (_, charge_point, far_end):
        await until(charge_point, ("configuration",), lambda: charge_point.configuration)
        assert far_end.calls[:3] == [*ASKED_FOR_STATE, ("GetConfiguration", {})]


async def test_a_charge_point_that_never_said_who_it_is_is_asked() -> None:
    """One that the user added by hand while it was connected elsewhere; refusing that, it is set up all the same."""
    async with connected({"TriggerMessage": {"status": "Rejected"}}, timing=HASTY) as (_, _, far_end):
        await far_end.heard("GetConfiguration")
        assert far_end.calls == [
            ("TriggerMessage", {"requestedMessage": "BootNotification"}),
            *ASKED_FOR_STATE,
            ("GetConfiguration", {}),
        ]


async def test_the_boot_that_was_asked_for_is_followed_by_the_set_up() -> None:
    """Once."""
    async with connected(timing=Timing(boot_grace=0.05, confirm_grace=60, settle=0)) as (_, charge_point, far_end):
        assert await far_end.heard("TriggerMessage") == {"requestedMessage": "BootNotification"}
        await set_up(far_end)
        assert [action for action, _ in far_end.calls].count("GetConfiguration") == 1
        assert charge_point.info.vendor == "Simulant"


async def test_a_quirk_asks_for_the_boot_of_a_known_charge_point() -> None:
    """That sends none of its own accord."""
    settings = ChargePointSettings(configure=False, quirks={"expects_trigger_boot": True})
    async with connected(settings=settings, timing=HASTY) as (central, _, far_end):
        await set_up(far_end)
        await far_end.drop()
        async with ScriptedChargePoint(central.port) as again:
            assert await again.heard("TriggerMessage") == {"requestedMessage": "BootNotification"}


async def test_a_lost_connection_ends_the_set_up_quietly(caplog: pytest.LogCaptureFixture) -> None:
    """No warning, nothing left behind."""
    caplog.set_level(logging.INFO)
    async with connected({"GetConfiguration": SILENCE}) as (_, charge_point, far_end):
        await far_end.boot()
        await far_end.heard("GetConfiguration")
        await far_end.drop()
        await until(charge_point, ("connected",), lambda: not charge_point.connected)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


class FailingDialect:
    """A dialect whose requests fail."""

    def __init__(self, error: Exception) -> None:
        """Fail with this error."""
        self._error = error

    async def configure(self) -> None:
        """Fail."""
        raise self._error

    async def request_state(self) -> None:
        """Never be reached."""
        pytest.fail("the set-up went on")


@pytest.mark.parametrize(
    ("error", "level", "message"),
    [
        (ZeroDivisionError(), logging.ERROR, "CP1: its set-up failed: ZeroDivisionError()"),
        (NotConnectedError(), logging.DEBUG, "CP1: disconnected during set-up"),
    ],
    ids=["mistake", "disconnected"],
)
async def test_what_ends_a_set_up_is_logged_in_one_line(
    error: Exception, level: int, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a traceback, but for debugging; nothing else is asked for."""
    caplog.set_level(level, logger="custom_components")
    commissioning = Commissioning("CP1", PATIENT)
    commissioning.set_up(cast("Dialect", FailingDialect(error)), Quirks(), configure=True)
    async with asyncio.timeout(1):
        while not caplog.records:
            await asyncio.sleep(0)
    record = caplog.records[0]
    assert (record.levelno, record.message, record.exc_info) == (level, message, None)
    commissioning.cancel()


async def silence(far_end: ScriptedChargePoint, seconds: float) -> None:
    """Return after a time in which a call is waited for in vain."""
    try:
        async with asyncio.timeout(2 * seconds):
            await far_end.heard("TriggerMessage")
    except TimeoutError:
        return
    pytest.fail("it was asked again")


async def test_a_changed_interval_is_written_at_once() -> None:
    """A user who changes the measuring interval does not have to restart the charger."""
    held = configuration(MeterValueSampleInterval="30")
    async with connected({"GetConfiguration": held}, timing=HASTY) as (_central, charge_point, far_end):
        await set_up(far_end)
        far_end.forget_calls()
        charge_point.update_settings(ChargePointSettings(meter_interval=10))
        assert await far_end.heard("ChangeConfiguration") == {"key": "MeterValueSampleInterval", "value": "10"}


async def test_other_settings_ask_the_charge_point_for_nothing() -> None:
    """The maximum current is our own business."""
    async with connected(timing=HASTY) as (_central, charge_point, far_end):
        await set_up(far_end)
        far_end.forget_calls()
        charge_point.update_settings(ChargePointSettings(maximum_current=16.0))
        await far_end.call("Heartbeat", {})
        assert far_end.calls == []
