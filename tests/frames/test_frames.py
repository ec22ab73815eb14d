"""Every frame: what is answered, and what the central system knows afterwards. They go over a real socket, in their version."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from types import SimpleNamespace
from typing import Any, cast

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallFailedError, CommandError, RefusedError, UnclearAnswerError
from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode, Event, Quantity
from custom_components.ocpp_csms.csms.wire.fields import names
from custom_components.ocpp_csms.diagnostics import async_get_config_entry_diagnostics
from custom_components.ocpp_csms.runtime import OcppConfigEntry
from tests.csms.central import Clock, central_system
from tests.csms.scripted_charge_point import TIMEOUT, ScriptedChargePoint
from tests.frames.lines import Line, lines, moment
from tests.waiting import until

# What is looked at here, or in `test_readings` (the last two rows). A new kind of expectation is a failure until it is looked at.
LOOKED_AT = {
    *("answer", "answer_any_of", "answer_fields", "answer_fields_any_of", "answer_has", "answer_id"),
    *("same_transaction_id", "call", "outcome", "error", "result", "config", "connectors", "measurands", "redact"),
    *("device", "status", "transaction", "connector", "current", "connection"),
    *("session_energy_kwh", "session_energy_kwh_below", "session_energy_kwh_not_below", "register_kwh_not_below"),
    *("readings", "note"),
    *("forbidden", "timestamp_utc", "tolerance"),
}

STATUSES = {
    "Available": ConnectorStatus.AVAILABLE,
    "Preparing": ConnectorStatus.PREPARING,
    "Charging": ConnectorStatus.CHARGING,
    "SuspendedEV": ConnectorStatus.SUSPENDED_EV,
    "SuspendedEVSE": ConnectorStatus.SUSPENDED_EVSE,
    "Finishing": ConnectorStatus.FINISHING,
    "Faulted": ConnectorStatus.FAULTED,
}

QUANTITIES = {
    ("Power.Active.Import", None): Quantity.POWER,
    ("Power.Active.Import", "L1"): Quantity.POWER_L1,
    ("Power.Active.Export", None): Quantity.POWER_EXPORT,
    ("Power.Factor", None): Quantity.POWER_FACTOR,
    ("Current.Import", "L1"): Quantity.CURRENT_L1,
    ("Current.Import", "L2"): Quantity.CURRENT_L2,
    ("Current.Import", "N"): Quantity.CURRENT,
    ("Current.Export", "L1"): Quantity.CURRENT_EXPORT,
    ("Current.Offered", None): Quantity.CURRENT_OFFERED,
    ("Voltage", None): Quantity.VOLTAGE,
    ("Voltage", "L1"): Quantity.VOLTAGE_L1,
    ("Voltage", "L2"): Quantity.VOLTAGE_L2,
    ("Voltage", "L3"): Quantity.VOLTAGE_L3,
    ("Temperature", None): Quantity.TEMPERATURE,
    ("SoC", None): Quantity.SOC,
    ("RPM", None): Quantity.FAN_SPEED,
    ("Energy.Active.Import.Register", None): Quantity.ENERGY,
    ("Energy.Active.Export.Register", "L3"): Quantity.ENERGY_EXPORT,
}
NO_QUANTITY = {"Energy.Active.Export.Interval"}

# A command of ours that makes the call which a frame answers.
COMMANDS: dict[str, Callable[[ChargePoint], Coroutine[Any, Any, Any]]] = {
    "BootNotification": lambda point: point.trigger("BootNotification"),
    "ChangeAvailability": lambda point: point.set_availability(0, operative=True),
    "ChangeConfiguration": lambda point: point.call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
    "ClearCache": lambda point: point.call("ClearCache", {}),
    "GetConfiguration": lambda point: point.get_configuration(),
    "GetDiagnostics": lambda point: point.call("GetDiagnostics", {"location": "ftp://192.0.2.1/"}),
    "RemoteStartTransaction": lambda point: point.start(1),
    "RemoteStopTransaction": lambda point: point.stop_transaction("5"),
    "SetChargingProfile": lambda point: point.set_limit(1, 10.0),
    "TriggerMessage": lambda point: point.trigger("StatusNotification"),
    "UnlockConnector": lambda point: point.unlock(1),
}


class VerbatimChargePoint(ScriptedChargePoint):
    """A charge point that answers one call with the text of a line, the message id filled in, or says it before its own answer."""

    verbatim: Line | None = None

    async def _answer(self, websocket: Any, message_id: str, action: str, payload: dict[str, Any]) -> None:
        line = self.verbatim
        if line is not None and line.answers == action:
            if line.call_id is None:
                self.verbatim = None
            await websocket.send(line.text.replace(line.call_id, message_id) if line.call_id else line.text)
        if line is None or line.answers != action or line.call_id is None:
            await super()._answer(websocket, message_id, action, payload)


@dataclass
class Scene:
    """A charge point that has said what comes before a line's frame."""

    line: Line
    point: ChargePoint
    station: VerbatimChargePoint
    transaction_id: int | None = None
    answers: list[Any] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def with_our_id(self, text: str) -> str:
        """Put our transaction id in the place that the file leaves for it."""
        if self.transaction_id is None or self.line.tx_placeholder is None:
            return text
        return text.replace(str(self.line.tx_placeholder), str(self.transaction_id))

    async def say(self, text: str) -> Any:
        """Send a frame and return the answer."""
        answer = await self.station.exchange(self.with_our_id(text))
        self.answers.append(answer)
        if answer[0] == 3 and "transactionId" in answer[2]:
            self.transaction_id = answer[2]["transactionId"]
        return answer

    def transaction(self) -> Transaction | None:
        """Return the transaction of the connector that the line is about."""
        return self.point.connectors[self.connector()].transaction

    def connector(self) -> int:
        """Return the number of the connector that the line is about."""
        expected, payload = self.line.expect.get("transaction") or {}, self.line.payload
        for said in (
            *(self.line.expect.get("connector"), expected.get("connector"), expected.get("evse")),
            *(payload.get("connectorId"), payload.get("evseId"), payload.get("evse", {}).get("id")),
        ):
            if said is not None:
                return int(said)
        return 1


@asynccontextmanager
async def scene(line: Line) -> AsyncGenerator[Scene]:
    """Let a charge point say what comes before a line's frame; the clock stands at the line's time."""
    async with central_system(clock=Clock(line.now)) as central:
        point = central.add("CP1", ChargePointSettings(configure="connectors" in line.expect))
        async with VerbatimChargePoint(central.port, subprotocols=[f"ocpp{line.version}"]) as station:
            here = Scene(line, point, station)
            await station.call("Heartbeat")
            point.listen_events(here.events.append)
            if line.answers or "RemoteStart" in line.given:
                point.connector(1)
            if "RemoteStartTransaction with idTag " in line.given:
                await point.start(1, line.given.split("idTag ")[1].split()[0])
            for frame in line.before:
                await here.say(json.dumps(frame))
            if "a TriggerMessage BootNotification has just been accepted" in line.given:
                await point.trigger("BootNotification")
            yield here
            assert "currentTime" in await station.call("Heartbeat"), "the connection has to stay open"
            assert station.frames.empty(), "one frame, one answer"


def is_about(*names: str) -> Callable[[Line], bool]:
    """Select the lines that expect any of these."""
    return lambda line: any(name in line.expect for name in names)


def frames_with(*names: str) -> pytest.MarkDecorator:
    """Parametrize with the calls among the lines that expect any of these."""
    wanted = is_about(*names)
    return pytest.mark.parametrize(
        "line", lines(lambda line: wanted(line) and line.answers is None), ids=lambda line: line.id
    )


def answers_with(*names: str) -> pytest.MarkDecorator:
    """Parametrize with the answers to our calls among the lines that expect any of these."""
    wanted = is_about(*names)
    return pytest.mark.parametrize(
        "line", lines(lambda line: wanted(line) and line.answers is not None), ids=lambda line: line.id
    )


def within(payload: Any, path: str) -> Any:
    """Follow a dotted path into an answer."""
    for name in path.split("."):
        payload = payload[name]
    return payload


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.id)
def test_every_expectation_is_looked_at(line: Line) -> None:
    """Nothing in the file is passed over."""
    assert line.expect.keys() <= LOOKED_AT


# What the charge point calls


@frames_with("answer", "answer_any_of")
async def test_a_call_is_answered(line: Line) -> None:
    """With the kind of answer and the fields that are expected, under its message id."""
    expect = line.expect
    async with scene(line) as here:
        kind, message_id, *content = await here.say(line.text)
    found = f"CALLRESULT {json.dumps(content[0])}" if kind == 3 else f"CALLERROR {content[0]}"
    assert any(found.startswith(wanted) for wanted in expect.get("answer_any_of", [expect.get("answer")]))
    assert message_id == expect.get("answer_id", message_id)
    for path, value in expect.get("answer_fields", {}).items():
        assert within(content[0], path) == value
    for path, values in expect.get("answer_fields_any_of", {}).items():
        assert within(content[0], path) in values
    for path in expect.get("answer_has", []):
        assert within(content[0], path) not in (None, "")
    if "transactionId" in expect.get("answer_has", []):
        assert content[0]["transactionId"] > 0


@frames_with("same_transaction_id")
async def test_a_repeated_start_gets_the_same_transaction(line: Line) -> None:
    """The first answer was lost."""
    async with scene(line) as here:
        await here.say(line.text)
    first, second = (answer[2]["transactionId"] for answer in here.answers)
    assert first == second


@frames_with("status")
async def test_a_status_is_known(line: Line) -> None:
    """With its error, its info and its time."""
    expected = line.expect["status"]
    async with scene(line) as here:
        await here.say(line.text)
    connector = here.point.connectors[expected["connector"]]
    assert connector.status is STATUSES[expected["status"]]
    if "timestamp_utc" in expected:
        at = expected["timestamp_utc"]
        assert connector.status_at == (None if at == "received" else moment(at))
    if "error" in expected:
        assert connector.error == expected["error"]
        assert (connector.error_code is ErrorCode.NO_ERROR) is (expected["error"] is None)
    if "info" in expected:
        assert connector.info == expected["info"]
    if "vendor_error" in expected:
        assert connector.vendor_error == expected["vendor_error"]


@frames_with("device")
async def test_the_device_is_known(line: Line) -> None:
    """Empty texts are nothing, long ones are kept."""
    async with scene(line) as here:
        await here.say(line.text)
    for name, value in line.expect["device"].items():
        assert getattr(here.point.info, name) == value


@frames_with("readings")
async def test_readings_reach_the_connector(line: Line) -> None:
    """As the quantities that they are."""
    async with scene(line) as here:
        await here.say(line.text)
    readings = here.point.connectors[here.connector()].readings
    is_over = (line.expect.get("transaction") or {}).get("state") == "ended"
    for expected in line.expect["readings"]:
        if expected["measurand"] in NO_QUANTITY:
            continue
        quantity = QUANTITIES[expected["measurand"], expected["phase"]]
        if is_over and quantity is not Quantity.ENERGY:
            # Late values of a transaction that has ended change nothing but the lifetime register.
            assert readings.get(quantity, 0.0) == 0.0
        elif quantity is Quantity.ENERGY and expected["value"] == 0:
            # A first register of 0 may be a glitch before the real one, which would then count as energy taken.
            assert quantity not in readings
        else:
            assert readings[quantity] == pytest.approx(expected["value"], abs=line.expect.get("tolerance", 1e-9))


@frames_with("current")
async def test_what_is_current_stays(line: Line) -> None:
    """An older sample after a newer one changes nothing that is shown."""
    async with scene(line) as here:
        await here.say(line.text)
    readings = here.point.connectors[here.connector()].readings
    for expected in line.expect["current"]:
        assert readings[QUANTITIES[expected["measurand"], expected["phase"]]] == expected["value"]


@frames_with("transaction")
async def test_the_transaction_is_known(line: Line) -> None:
    """Running or ended, with its energies in kWh."""
    expected = line.expect["transaction"]
    async with scene(line) as here:
        await here.say(line.text)
    transaction = here.transaction()
    if expected is None:
        assert transaction is None
        return
    assert transaction is not None
    if "id" in expected:
        assert transaction.transaction_id == here.with_our_id(str(expected["id"]))
    if "state" in expected:
        assert transaction.running is (expected["state"] == "running")
    if "evse" in expected:
        assert transaction.connector == expected["evse"]
    if "session_energy_kwh" in expected:
        assert transaction.energy == pytest.approx(expected["session_energy_kwh"], abs=1e-6)
    if "meterStart_wh" in expected:
        assert transaction.meter_start == pytest.approx(expected["meterStart_wh"] / 1000)
    if "meterStop_wh" in expected:
        assert transaction.meter_stop == pytest.approx(expected["meterStop_wh"] / 1000)
    if "start_utc" in expected:
        at = expected["start_utc"]
        assert transaction.started == (line.now if at == "received" else moment(at))
    for name in {"reason", "adopted", "reservation"} & expected.keys():
        assert getattr(transaction, name) == expected[name]


@frames_with("session_energy_kwh", "session_energy_kwh_below", "session_energy_kwh_not_below", "register_kwh_not_below")
async def test_the_energy_is_right(line: Line) -> None:
    """Of the session, and of the lifetime."""
    expect = line.expect
    async with scene(line) as here:
        await here.say(line.text)
    transaction = here.transaction()
    assert transaction is not None
    if "session_energy_kwh" in expect:
        assert transaction.energy == pytest.approx(expect["session_energy_kwh"], abs=1e-6)
    assert transaction.energy < expect.get("session_energy_kwh_below", float("inf"))
    assert transaction.energy >= expect.get("session_energy_kwh_not_below", 0.0)
    register = here.point.connectors[here.connector()].readings[Quantity.ENERGY]
    assert register >= expect.get("register_kwh_not_below", 0.0)


@pytest.mark.parametrize("line", lines(lambda line: line.id == "boot-empty-strings-wallbox"), ids=lambda line: line.id)
async def test_a_triggered_boot_is_no_reboot(line: Line) -> None:
    """Nobody is told that the charge point has restarted."""
    async with scene(line) as here:
        await here.say(line.text)
    assert "boot" not in [event.kind for event in here.events]


# What the charge point answers


async def outcome(here: Scene) -> Any:
    """Make the call that the line answers; return its result, or the exception."""
    line = here.line
    assert line.answers is not None
    here.station.verbatim = line
    command = here.point.call(line.answers, {}) if "result" in line.expect else COMMANDS[line.answers](here.point)
    async with asyncio.timeout(TIMEOUT / 2):  # well before the time-out of a call
        try:
            return await command
        except CommandError as error:
            return error


@answers_with("call")
async def test_a_call_ends_as_it_should(line: Line) -> None:
    """Success, refusal, or an answer that says neither."""
    expect = line.expect
    async with scene(line) as here:
        result = await outcome(here)
    if expect["call"] == "fails":
        assert isinstance(result, CallFailedError)
        assert result.code == expect.get("error", result.code)
    elif expect.get("outcome") == "unknown":
        assert isinstance(result, UnclearAnswerError) or result == {}
    else:
        assert not isinstance(result, Exception)
        assert result == expect.get("result", result)


@answers_with("config", "measurands")
async def test_a_configuration_is_known(line: Line) -> None:
    """Values are texts, whatever they came as."""
    async with scene(line) as here:
        await outcome(here)
    configuration = here.point.configuration
    values = {name: item.value for name, item in configuration.items()}
    assert values.items() >= line.expect.get("config", {}).items()
    if line.expect.get("config") == {}:
        assert values == {}
    if "measurands" in line.expect:
        assert names(values["MeterValuesSampledData"]) == line.expect["measurands"]


@answers_with("connectors")
async def test_connectors_are_known_from_the_configuration(line: Line) -> None:
    """At the set-up after a boot."""
    async with scene(line) as here:
        here.station.verbatim = line
        await here.station.boot()
        await until(
            here.point, ("connectors",), lambda: [0, *line.expect["connectors"]] == sorted(here.point.connectors)
        )


@answers_with("redact")
async def test_secrets_are_kept_out_of_diagnostics(line: Line) -> None:
    """Vendors' keys hold passwords and PINs."""
    async with scene(line) as here:
        await outcome(here)
        central = SimpleNamespace(port=9000, charge_points={"CP1": here.point})
        runtime = SimpleNamespace(central=central)
        entry = SimpleNamespace(data={}, options={}, subentries={}, state=ConfigEntryState.LOADED, runtime_data=runtime)
        diagnostics = await async_get_config_entry_diagnostics(cast(HomeAssistant, None), cast(OcppConfigEntry, entry))
    for secret in line.expect["redact"]:
        assert secret in repr(here.point.configuration)
        assert secret not in repr(diagnostics)


@pytest.mark.parametrize(
    "line",
    lines(lambda line: line.version == "1.6" and line.answers is not None and line.call_id is None),
    ids=lambda line: line.id,
)
async def test_an_answer_that_nobody_waits_for_settles_nothing(line: Line) -> None:
    """The pending call still gets its own answer."""
    async with scene(line) as here:
        here.station.answers |= {
            "TriggerMessage": {"status": "Rejected"},
            "RemoteStopTransaction": {"status": "Rejected"},
        }
        assert isinstance(await outcome(here), RefusedError)
