"""What charging costs, told to the display of a charge point: before it starts, while it goes on, and when it has ended.

To those only that announce it, and only while there is a price. What a price is, and what has been charged for, is said by whoever provides
`Costs`; here is what is told of it and when. No message is awaited by a handler, and what a charge point refuses is not told again until it
boots. Those that are told by `CostUpdated` hear the running cost alone: the final one is part of an answer of theirs.
Source: Open Charge Alliance, OCPP & California pricing requirements: DataTransfer of SetUserPrice, RunningCost, FinalCost; OCPP 2.0.1 part 2,
I02 (CostUpdated).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import json
import logging
from typing import Any

from .booking.transactions import Transaction
from .errors import CallFailedError, CommandError, NotConnectedError, UnclearAnswerError
from .extended_requests import CostUpdated
from .features import CostDisplay, Features
from .model import Connector
from .requests import Answer, Request
from .wire.fields import time_text

_LOGGER = logging.getLogger(__name__)

COST_VENDOR = "org.openchargealliance.costmsg"
CONNECTOR_UNPLUGGED = "ConnectorUnplugged"

_USER_PRICE = "SetUserPrice"
_RUNNING_COST = "RunningCost"
_FINAL_COST = "FinalCost"
_ALL = frozenset({_USER_PRICE, _RUNNING_COST, _FINAL_COST})
_TOLD = {
    CostDisplay.NONE: frozenset[str](),
    CostDisplay.DATA_TRANSFER: _ALL,
    CostDisplay.COST_UPDATED: frozenset({_RUNNING_COST}),
}

_CENTS = 2  # decimals of a price at the least
_DECIMALS = 3
_MOST_DECIMALS = 6
_PACE = timedelta(seconds=60)
_MOST_WAITING = 5
_MOST_REFUSED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CostNow:
    """What charging costs now: the price of a kWh, and what a transaction has cost so far (None: not known). `currency` as ISO 4217 names it."""

    currency: str
    price: float | None = None
    cost: float | None = None


type Costs = Callable[[str, Transaction | None], CostNow | None]
"""Returns what charging costs at a charge point (its identity), and a transaction of it so far; None without a tariff. Must be quick."""


def no_costs(_charge_point: str, _transaction: Transaction | None) -> CostNow | None:
    """Know of no tariff."""
    return None


@dataclass(frozen=True, slots=True)
class CostMessage:
    """One message about costs, and the transaction it is about, if any."""

    name: str
    data: Mapping[str, Any]
    transaction_id: str | None = None


def user_price(id_tag: str, costs: CostNow, decimals: int) -> CostMessage | None:
    """Return what is told to somebody who has been identified; None while the price is not known."""
    if costs.price is None:
        return None
    text = f"{_price_text(costs.price, decimals)} {costs.currency}/kWh"
    return CostMessage(_USER_PRICE, {"idToken": id_tag, "priceText": text})


def running_cost(
    transaction: Transaction, costs: CostNow, decimals: int, *, charging: bool, now: datetime
) -> CostMessage | None:
    """Return what is told of a transaction that goes on; None while its cost is not known."""
    if costs.cost is None:
        return None
    data: dict[str, Any] = {
        "transactionId": _transaction_number(transaction),
        "timestamp": time_text(now),
        "cost": round(costs.cost, decimals),
        "state": "Charging" if charging else "Idle",
    }
    if transaction.meter_start is not None:
        data["meterValue"] = round((transaction.meter_start + transaction.energy) * 1000)
    if costs.price is not None:
        data["chargingPrice"] = {"kWhPrice": round(costs.price, max(decimals, _CENTS))}
    return CostMessage(_RUNNING_COST, data, transaction.transaction_id)


def final_cost(transaction: Transaction, costs: CostNow, decimals: int) -> CostMessage | None:
    """Return what is told of a transaction that has ended; None if its cost is not known."""
    if costs.cost is None:
        return None
    text = f"{transaction.energy:.2f} kWh: {costs.cost:.{min(decimals, _CENTS)}f} {costs.currency}"
    data = {"transactionId": _transaction_number(transaction), "cost": round(costs.cost, decimals), "priceText": text}
    return CostMessage(_FINAL_COST, data, transaction.transaction_id)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told last of the transaction on a connector, and when."""

    at: datetime
    message: CostMessage

    def is_outdated(self, newer: CostMessage, now: datetime) -> bool:
        """Whether it is time to tell something newer: another transaction, state or price at once, another cost once a minute."""
        if any(
            self.message.data.get(name) != newer.data.get(name) for name in ("transactionId", "state", "chargingPrice")
        ):
            return True
        return self.message.data["cost"] != newer.data["cost"] and now - self.at >= _PACE


class CostMessages:
    """What is told to one charge point."""

    def __init__(
        self,
        identity: str,
        *,
        connectors: Mapping[int, Connector],
        features: Callable[[], Features],
        costs: Costs,
        clock: Callable[[], datetime],
        send: Callable[[str, str, str], Awaitable[tuple[str, str | None]]],
        request: Callable[[Request], Awaitable[Answer]],
    ) -> None:
        """`send` sends vendor data (vendor, message, data) and returns the status of the answer, `request` asks for something.

        Both raise the exceptions of `errors`.
        """
        self.enabled = False  # the charge point shows costs
        self._identity = identity
        self._connectors = connectors
        self._features = features
        self._costs = costs
        self._clock = clock
        self._send = send
        self._request = request
        self._display = CostDisplay.NONE
        self._identified: tuple[str, ...] = ()
        self._ended: tuple[Transaction, ...] = ()
        self._known: frozenset[str] = frozenset()  # running transactions that it has been told the id of
        self._told: dict[int, _Told] = {}  # by connector
        self._refused: set[str] = set()  # messages
        self._rejected: tuple[str, ...] = ()  # transactions
        self._task: asyncio.Task[None] | None = None

    def configured(self) -> None:
        """The configuration has become known, or is another."""
        self._display = self._features().cost_display
        self.enabled = self._display is not CostDisplay.NONE

    def identified(self, id_tag: str) -> None:
        """Somebody may charge, and is told the price once the answer has left."""
        if _USER_PRICE in _TOLD[self._display]:
            self._identified = (*self._identified, id_tag)[-_MOST_WAITING:]

    def ended(self, transaction: Transaction) -> None:
        """A transaction has ended."""
        if _FINAL_COST in _TOLD[self._display]:
            self._ended = (*self._ended, transaction)[-_MOST_WAITING:]

    def booted(self) -> None:
        """What was refused may be told again."""
        self._refused.clear()
        self._rejected = ()
        self._told.clear()

    def answered(self) -> None:
        """An answer has left: tell what is new."""
        if self._refused >= _TOLD[self._display]:
            return
        running = (connector.running_transaction for connector in self._connectors.values())
        self._known = frozenset(transaction.transaction_id for transaction in running if transaction is not None)
        if self._task is not None and not self._task.done():
            return
        if self._known or self._identified or self._ended:
            self._task = asyncio.get_running_loop().create_task(self._tell())

    def stop(self) -> None:
        """The connection has ended."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._identified, self._ended = (), ()
        self._told.clear()

    async def _tell(self) -> None:
        """Tell all that is due."""
        try:
            while (message := self._next()) is not None:
                await self._tell_one(message)
        except NotConnectedError:
            _LOGGER.debug("%s: disconnected while it was told costs", self._identity)
        except Exception as error:  # an answer must never leave a traceback, whatever our mistake
            _LOGGER.error("%s: it could not be told costs: %r", self._identity, error)
            _LOGGER.debug("%s: traceback of the failed cost message", self._identity, exc_info=True)

    async def _tell_one(self, message: CostMessage) -> None:
        try:
            status = await self._say(message)
        except NotConnectedError:
            raise
        except CallFailedError, UnclearAnswerError:
            self._refuse({message.name}, "an error")
        except CommandError as error:
            _LOGGER.debug("%s: %s was not told: %s", self._identity, message.name, error)
        else:
            self._take_answer(message, status)

    async def _say(self, message: CostMessage) -> str:
        """Return the status of the answer; to be answered at all is all that CostUpdated can be."""
        if self._display is CostDisplay.COST_UPDATED:
            await self._request(CostUpdated(transaction_id=message.transaction_id or "", cost=message.data["cost"]))
            return "Accepted"
        status, _data = await self._send(COST_VENDOR, message.name, json.dumps(message.data))
        return status

    def _take_answer(self, message: CostMessage, status: str) -> None:
        match status.casefold():
            case "accepted":
                pass
            case "rejected":  # what it is about is not known there, or not any more
                if message.transaction_id is not None:
                    self._rejected = (*self._rejected, message.transaction_id)[-_MOST_REFUSED:]
            case "unknownvendorid":
                self._refuse(_ALL, status)
            case _:
                self._refuse({message.name}, status)

    def _refuse(self, messages: set[str] | frozenset[str], answer: str) -> None:
        """Tell these no more until it boots."""
        self._refused |= messages
        _LOGGER.info(
            "%s is not told %s any more: it answered with %s", self._identity, ", ".join(sorted(messages)), answer
        )

    def _next(self) -> CostMessage | None:
        """Return what is to be told next."""
        while self._identified:
            id_tag, *rest = self._identified
            self._identified = tuple(rest)
            if (message := self._user_price(id_tag)) is not None:
                return message
        while self._ended:
            ended, *others = self._ended
            self._ended = tuple(others)
            if (message := self._final_cost(ended)) is not None:
                return message
        due = (self._running_cost(connector) for connector in self._connectors.values())
        return next((message for message in due if message is not None), None)

    def _user_price(self, id_tag: str) -> CostMessage | None:
        costs = None if _USER_PRICE in self._refused else self._costs(self._identity, None)
        return None if costs is None else user_price(id_tag, costs, self._decimals)

    def _final_cost(self, transaction: Transaction) -> CostMessage | None:
        if _FINAL_COST in self._refused or transaction.transaction_id in self._rejected:
            return None
        costs = self._costs(self._identity, transaction)
        return None if costs is None else final_cost(transaction, costs, self._decimals)

    def _running_cost(self, connector: Connector) -> CostMessage | None:
        transaction = connector.running_transaction
        if transaction is None or _RUNNING_COST in self._refused or transaction.transaction_id in self._rejected:
            return None
        if transaction.transaction_id not in self._known:
            return None
        if (costs := self._costs(self._identity, transaction)) is None:
            return None
        now = self._clock()
        charging = connector.charging is not False
        message = running_cost(transaction, costs, self._decimals, charging=charging, now=now)
        last = self._told.get(connector.number)
        if message is None or (last is not None and not last.is_outdated(message, now)):
            return None
        self._told[connector.number] = _Told(now, message)
        return message

    @property
    def _decimals(self) -> int:
        """The number of decimals that the charge point shows."""
        decimals = self._features().cost_decimals
        return _DECIMALS if decimals is None else min(max(decimals, 0), _MOST_DECIMALS)


def _price_text(price: float, decimals: int) -> str:
    """Write a price: at least with its cents, with further decimals only if they say something."""
    whole, cents = f"{price:.{max(decimals, _CENTS)}f}".split(".")
    return f"{whole}.{cents[:_CENTS]}{cents[_CENTS:].rstrip('0')}"


def _transaction_number(transaction: Transaction) -> int | str:
    """Return a transaction's id as its version writes it: a number in 1.6."""
    identifier = transaction.transaction_id
    return int(identifier) if identifier.isdecimal() else identifier
