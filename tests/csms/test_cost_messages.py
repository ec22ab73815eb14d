"""What charging costs is told to the displays that want to know."""

import json
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.cost_messages import (
    CostMessage,
    CostMessages,
    CostNow,
    final_cost,
    running_cost,
    user_price,
)
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    CommandError,
    NotConnectedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.extended_requests import CostUpdated
from custom_components.ocpp_csms.csms.features import CostDisplay, Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey, Connector
from custom_components.ocpp_csms.csms.requests import Answer as RequestAnswer, Request
from tests.csms.central import NOON, Clock
from tests.csms.charger import at_rest
from tests.csms.dialect import Station

VENDOR = "org.openchargealliance.costmsg"


def a_transaction(transaction_id: str = "7") -> Transaction:
    """Return a transaction that has taken 2.5 kWh since the register stood at 10 kWh."""
    return Transaction(transaction_id, 1, NOON, "CARD", 10.0, energy=2.5)


# What is told


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [
        (0.3, 3, "0.30 EUR/kWh"),
        (0.2931, 3, "0.293 EUR/kWh"),
        (0.2931, 4, "0.2931 EUR/kWh"),
        (0.25, 0, "0.25 EUR/kWh"),
        (-0.01, 2, "-0.01 EUR/kWh"),
    ],
)
def test_the_price_is_a_text(price: float, decimals: int, text: str) -> None:
    """With its currency; at least with cents, with more only if they say something."""
    message = user_price("CARD", CostNow(currency="EUR", price=price), decimals)
    assert message == CostMessage("SetUserPrice", {"idToken": "CARD", "priceText": text})


def test_a_running_transaction_costs_so_much_so_far() -> None:
    """With the register in Wh, the price, and whether the car charges."""
    costs = CostNow(currency="EUR", price=0.3, cost=0.75001)
    message = running_cost(a_transaction(), costs, 2, charging=True, now=NOON)
    assert message == CostMessage(
        "RunningCost",
        {
            "transactionId": 7,
            "timestamp": "2026-11-20T12:00:00Z",
            "cost": 0.75,
            "state": "Charging",
            "meterValue": 12500,
            "chargingPrice": {"kWhPrice": 0.3},
        },
        "7",
    )


def test_what_is_not_known_of_a_running_transaction_is_left_out() -> None:
    """Register and price; an id that is no number is told as it is."""
    transaction = Transaction("a-7", 1, NOON)
    message = running_cost(transaction, CostNow(currency="EUR", cost=0.0), 2, charging=False, now=NOON)
    assert message is not None
    assert message.data == {
        "transactionId": "a-7",
        "timestamp": "2026-11-20T12:00:00Z",
        "cost": 0.0,
        "state": "Idle",
    }


@pytest.mark.parametrize(("decimals", "text"), [(3, "2.50 kWh: 0.75 EUR"), (0, "2.50 kWh: 1 EUR")])
def test_the_final_cost_says_what_was_charged(decimals: int, text: str) -> None:
    """With as many decimals as the charge point shows."""
    message = final_cost(a_transaction(), CostNow(currency="EUR", cost=0.75), decimals)
    assert message is not None
    assert message.data == {"transactionId": 7, "cost": round(0.75, decimals), "priceText": text}


def test_what_is_not_known_is_not_told() -> None:
    """Neither a price nor a cost."""
    nothing = CostNow(currency="EUR")
    assert user_price("CARD", nothing, 2) is None
    assert running_cost(a_transaction(), nothing, 2, charging=True, now=NOON) is None
    assert final_cost(a_transaction(), nothing, 2) is None


# To whom, and when


class Tariff:
    """What charging costs at a station: a price, and a cost that the test sets."""

    def __init__(self) -> None:
        """30 cents."""
        self.price: float | None = 0.3
        self.cost = 0.0

    def __call__(self, charge_point: str, transaction: Transaction | None) -> CostNow:
        """Return what it costs now."""
        assert charge_point == "CP1"
        return CostNow(currency="EUR", price=self.price, cost=None if transaction is None else self.cost)


def announce(station: Station, **keys: str) -> None:
    """Let the station say that it shows costs."""
    keys = {"CustomDisplayCostAndPrice": "true"} | keys
    station.charge_point.configuration_read(
        {key: ConfigurationKey(key, value, readonly=True) for key, value in keys.items()}
    )


@pytest.fixture
def tariff(station: Station) -> Tariff:
    """The tariff of a station that shows costs."""
    station.costs = tariff = Tariff()
    announce(station)
    station.status("Available")
    return tariff


def told(station: Station, name: str) -> list[dict[str, Any]]:
    """Return what was told by messages of a name."""
    sent = [payload for action, payload in station.rpc.calls if action == "DataTransfer"]
    assert {payload["vendorId"] for payload in sent} <= {VENDOR}
    return [json.loads(payload["data"]) for payload in sent if payload["messageId"] == name]


async def test_somebody_who_may_charge_is_told_the_price(station: Station, tariff: Tariff) -> None:
    """Once the answer to Authorize has left."""
    station.messages.handle("Authorize", {"idTag": "CARD"})
    await at_rest()
    assert told(station, "SetUserPrice") == []
    station.messages.answered()
    await at_rest()
    assert told(station, "SetUserPrice") == [{"idToken": "CARD", "priceText": "0.30 EUR/kWh"}]


async def test_somebody_who_may_not_charge_is_told_nothing(station: Station, tariff: Tariff) -> None:
    """There is nothing to pay for."""
    station.send("Authorize", {"idTag": ""})
    await at_rest()
    assert told(station, "SetUserPrice") == []


@pytest.mark.parametrize("value", ["false", ""])
async def test_who_does_not_show_costs_is_told_none(station: Station, tariff: Tariff, value: str) -> None:
    """The charge point says so itself."""
    announce(station, CustomDisplayCostAndPrice=value)
    station.send("Authorize", {"idTag": "CARD"})
    station.stop(station.start())
    await at_rest()
    assert station.rpc.calls == []


async def test_without_a_tariff_nothing_is_told(station: Station) -> None:
    """There is no price."""
    announce(station)
    station.send("Authorize", {"idTag": "CARD"})
    transaction = station.start()
    await at_rest()
    station.stop(transaction)
    await at_rest()
    assert station.rpc.calls == []


async def test_while_no_price_is_known_the_next_message_is_told(station: Station, tariff: Tariff) -> None:
    """A price that is missing holds nothing up."""
    tariff.price = None
    station.send("Authorize", {"idTag": "CARD"})
    station.start()
    await at_rest()
    assert told(station, "SetUserPrice") == []
    [running] = told(station, "RunningCost")
    assert "chargingPrice" not in running


async def test_a_session_is_told_from_start_to_end(station: Station, tariff: Tariff) -> None:
    """What it has cost so far, and in the end."""
    transaction = station.start()
    await at_rest()
    station.status("Charging")
    await at_rest()
    tariff.cost = 0.6
    station.stop(transaction)
    await at_rest()
    assert [(item["state"], item["cost"]) for item in told(station, "RunningCost")] == [
        ("Idle", 0.0),
        ("Charging", 0.0),
    ]
    assert told(station, "FinalCost") == [
        {"transactionId": transaction, "cost": 0.6, "priceText": "2.00 kWh: 0.60 EUR"}
    ]
    station.stop(transaction)
    await at_rest()
    assert len(told(station, "FinalCost")) == 1


async def test_a_start_is_answered_before_its_cost_is_told(station: Station, tariff: Tariff) -> None:
    """The charge point does not know the transaction before; it would reject the message, and be told nothing of it any more."""
    station.send("Authorize", {"idTag": "CARD"})
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-11-20T12:00:00Z"}
    station.messages.handle("StartTransaction", start)
    await at_rest()
    assert (len(told(station, "SetUserPrice")), told(station, "RunningCost")) == (1, [])
    station.messages.answered()
    await at_rest()
    assert len(told(station, "RunningCost")) == 1


async def test_a_growing_cost_is_told_once_a_minute(station: Station, tariff: Tariff) -> None:
    """However often the charge point sends values."""
    station.start()
    await at_rest()
    for _ in range(12):
        station.clock.advance(seconds=10)
        tariff.cost += 0.01
        station.sample(energy=1100)
        await at_rest()
    assert [item["cost"] for item in told(station, "RunningCost")] == [0.0, 0.06, 0.12]


async def test_a_cost_that_stays_is_not_told_again(station: Station, tariff: Tariff) -> None:
    """Nothing is new."""
    station.start()
    for _ in range(3):
        await at_rest()
        station.clock.advance(minutes=2)
        station.send("Heartbeat")
    await at_rest()
    assert len(told(station, "RunningCost")) == 1


async def test_another_price_is_told_at_once(station: Station, tariff: Tariff) -> None:
    """As soon as the charge point is heard of."""
    station.start()
    await at_rest()
    tariff.price = 0.4
    station.send("Heartbeat")
    await at_rest()
    assert [item["chargingPrice"]["kWhPrice"] for item in told(station, "RunningCost")] == [0.3, 0.4]


@pytest.mark.parametrize(
    ("said", "cost"), [("2", 0.12), ("0", 0.0), ("-1", 0.0), ("99", 0.123457), ("many", 0.123), ("3", 0.123)]
)
async def test_costs_have_as_many_decimals_as_are_shown(
    station: Station, tariff: Tariff, said: str, cost: float
) -> None:
    """Three, unless the charge point says otherwise, and at most six."""
    announce(station, NumberOfDecimalsForCostValues=said)
    tariff.cost = 0.1234567
    station.start()
    await at_rest()
    assert [item["cost"] for item in told(station, "RunningCost")] == [cost]


# What is refused


async def test_a_transaction_that_is_rejected_is_left_alone(station: Station, tariff: Tariff) -> None:
    """The charge point does not know it; the next one is told again."""
    station.rpc.answers["DataTransfer"] = {"status": "Rejected"}
    first = station.start()
    await at_rest()
    tariff.price = 0.4
    station.send("Heartbeat")
    await at_rest()
    assert len(told(station, "RunningCost")) == 1
    station.stop(first)
    station.clock.advance(minutes=5)
    station.start()
    await at_rest()
    assert told(station, "FinalCost") == []
    assert len(told(station, "RunningCost")) == 2


async def test_a_price_that_is_rejected_is_told_the_next_one(station: Station, tariff: Tariff) -> None:
    """Who comes next is somebody else."""
    station.rpc.answers["DataTransfer"] = {"status": "Rejected"}
    for _ in range(2):
        station.send("Authorize", {"idTag": "CARD"})
        await at_rest()
    assert len(told(station, "SetUserPrice")) == 2


@pytest.mark.parametrize(
    ("answer", "messages"),
    [
        ({"status": "UnknownVendorId"}, ["SetUserPrice"]),
        ({"status": "UnknownMessageId"}, ["SetUserPrice", "RunningCost", "FinalCost"]),
        (CallFailedError("DataTransfer", "NotSupported"), ["SetUserPrice", "RunningCost", "FinalCost"]),
        ({"status": ""}, ["SetUserPrice", "RunningCost", "FinalCost"]),
        (UnclearAnswerError("DataTransfer"), ["SetUserPrice", "RunningCost", "FinalCost"]),
    ],
)
async def test_what_is_not_understood_is_not_told_again(
    station: Station, tariff: Tariff, answer: Any, messages: list[str]
) -> None:
    """Each message is tried once; one answer speaks for all. After its next boot the charge point may have learned it."""
    station.rpc.answers["DataTransfer"] = answer
    for _ in range(2):
        station.send("Authorize", {"idTag": "CARD"})
        await at_rest()
        transaction = station.start()
        await at_rest()
        station.status("Charging")
        await at_rest()
        station.stop(transaction)
        await at_rest()
        station.clock.advance(minutes=5)
    assert [payload["messageId"] for action, payload in station.rpc.calls if action == "DataTransfer"] == messages
    station.boot()
    station.send("Authorize", {"idTag": "CARD"})
    await at_rest()
    assert len(told(station, "SetUserPrice")) == 2


async def test_what_is_not_answered_is_told_with_the_next_news(station: Station, tariff: Tariff) -> None:
    """Silence is no refusal."""
    station.rpc.answers["DataTransfer"] = CallTimeoutError("DataTransfer", 30)
    station.start()
    await at_rest()
    station.clock.advance(minutes=1)
    tariff.cost = 0.1
    station.send("Heartbeat")
    await at_rest()
    assert len(told(station, "RunningCost")) == 2


async def test_a_lost_connection_ends_the_telling(
    station: Station, tariff: Tariff, caplog: pytest.LogCaptureFixture
) -> None:
    """Quietly; with the next connection it begins anew."""
    station.rpc.answers["DataTransfer"] = NotConnectedError("gone")
    station.send("Authorize", {"idTag": "CARD"})
    station.start()
    await at_rest()
    assert len(station.rpc.calls) == 1
    station.disconnect()
    station.rpc.answers.clear()
    station.connect()
    station.send("Heartbeat")
    await at_rest()
    assert len(told(station, "RunningCost")) == 1
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_tariff_that_fails_harms_nobody(
    station: Station, tariff: Tariff, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so without a traceback."""

    def fail(_charge_point: str, _transaction: Transaction | None) -> CostNow:
        raise ValueError("no such price")

    station.costs = fail
    station.send("Authorize", {"idTag": "CARD"})
    await at_rest()
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert error.getMessage() == "CP1: it could not be told costs: ValueError('no such price')"
    assert error.exc_info is None


async def test_a_slow_charge_point_is_told_one_message_at_a_time(station: Station, tariff: Tariff) -> None:
    """Many cards in a row do not pile up: the last five are told."""
    for number in range(20):
        station.messages.handle("Authorize", {"idTag": f"CARD{number}"})
    for _ in range(3):
        station.messages.answered()
    await at_rest()
    assert [item["idToken"] for item in told(station, "SetUserPrice")] == [f"CARD{n}" for n in range(15, 20)]


# By CostUpdated


class UpdatedDisplay:
    """A charge point that is told costs by CostUpdated, and where what it is told ends."""

    def __init__(self) -> None:
        """Know of no transaction."""
        self.transaction: Transaction | None = None
        self.cost: float | None = 0.5
        self.clock = Clock()
        self.told: list[Request] = []
        self.problem: CommandError | None = None
        self.connector = Connector(1)
        self.messages = CostMessages(
            "CP1",
            connectors={1: self.connector},
            features=lambda: Features(cost_display=CostDisplay.COST_UPDATED),
            costs=lambda _identity, _transaction: CostNow(currency="EUR", price=0.3, cost=self.cost),
            clock=self.clock,
            send=self._send,
            request=self._request,
        )
        self.messages.configured()

    async def _send(self, _vendor: str, _message: str, _data: str) -> tuple[str, str | None]:
        raise AssertionError("vendor data is for others")

    async def _request(self, request: Request) -> RequestAnswer:
        self.told.append(request)
        if self.problem is not None:
            raise self.problem
        return RequestAnswer("")

    async def answered(self) -> None:
        """Something was answered."""
        self.messages.answered()
        await at_rest()


@pytest.fixture
def updated() -> UpdatedDisplay:
    """Such a charge point, while a transaction runs."""
    display = UpdatedDisplay()
    display.connector.transaction = Transaction("a-7", 1, NOON)
    return display


async def test_the_running_cost_is_told_by_cost_updated(updated: UpdatedDisplay) -> None:
    """Once a minute, as long as it grows (OCPP 2.0.1 I02)."""
    await updated.answered()
    updated.cost = 0.6
    await updated.answered()
    assert updated.told == [CostUpdated(transaction_id="a-7", cost=0.5)]
    updated.clock.advance(minutes=1)
    await updated.answered()
    assert updated.told[1:] == [CostUpdated(transaction_id="a-7", cost=0.6)]


async def test_neither_price_nor_final_cost_is_told_by_cost_updated(updated: UpdatedDisplay) -> None:
    """The final cost is part of the answer that ends the transaction."""
    assert updated.connector.transaction is not None
    updated.messages.identified("CARD")
    updated.messages.ended(updated.connector.transaction)
    updated.connector.transaction = None
    await updated.answered()
    assert updated.told == []


async def test_cost_updated_that_is_not_known_is_not_told_again(updated: UpdatedDisplay) -> None:
    """Until the charge point boots."""
    updated.problem = CallFailedError("CostUpdated", "NotImplemented")
    for _ in range(2):
        await updated.answered()
        updated.clock.advance(minutes=2)
        updated.cost = 0.7
    assert len(updated.told) == 1
    updated.messages.booted()
    await updated.answered()
    assert len(updated.told) == 2
