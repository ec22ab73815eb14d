"""What charging costs: by the price that a sensor shows, by a fixed price, or by both. Without a tariff nothing is counted and nothing listened to.

Each quarter of an hour has the price of its time, also when its energy is told a day later. What has no price is never guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import CONF_FIXED_PRICE, CONF_PRICE
from custom_components.ocpp_csms.control.prices import current_price
from custom_components.ocpp_csms.control.settings import site_subentry
from custom_components.ocpp_csms.csms.booking.transactions import INTERVAL, Repair, Transaction

from .price_log import PriceLog

_DIGITS = 4  # of a currency's unit
_ROUNDING = 0.001  # kWh: energy that no interval has, and that is none

# Names of a hundredth of a currency's unit; in the unit of a price they stand before the slash.
_HUNDREDTHS = frozenset({"c", "ct", "cts", "cent", "cents", "¢", "p", "pence", "öre", "øre", "ore", "gr", "rp", "hal"})
_PER = {"wh": 1000.0, "kwh": 1.0, "mwh": 0.001, "gwh": 0.000001}


@dataclass(frozen=True, slots=True)
class Tariff:
    """What energy costs: the entity that shows its price, a fixed price per kWh in the home's currency, or both."""

    price: str | None = None
    fixed: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What energy has cost: by the sensor's price where there is one, and by the fixed one where there are both.

    `complete` unless part of the energy has no price; then there is no cost.
    """

    cost: float | None
    reference: float | None
    complete: bool


def tariff_of(entry: ConfigEntry) -> Tariff | None:
    """Return the tariff of an entry; None if there is none. A price sensor of the options goes before that of the site."""
    site = site_subentry(entry)
    price = entry.options.get(CONF_PRICE) or (None if site is None else site.data.get(CONF_PRICE))
    fixed = entry.options.get(CONF_FIXED_PRICE)
    return None if price is None and fixed is None else Tariff(price, fixed)


class Costs:
    """The tariff of one entry, the prices of the last days, and what transactions cost by them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know no tariff yet."""
        self.tariff: Tariff | None = None
        self._hass = hass
        self._log = PriceLog()
        self._end_listening: CALLBACK_TYPE | None = None

    @callback
    def apply(self, tariff: Tariff | None, stored: Mapping[str, Any] | None = None) -> None:
        """Go by a tariff from now on. `stored` is what `snapshot` returned before a restart."""
        before = None if self.tariff is None else self.tariff.price
        sensor = None if tariff is None else tariff.price
        self.tariff = tariff
        if stored is not None:
            self._restore(sensor, stored)
        elif sensor != before:
            # The prices of another sensor are still those of their time.
            self._log.note(None if sensor is None else self._price_of(sensor), _now())
        if stored is not None or sensor != before:
            self.stop()
            if sensor is not None:
                self._end_listening = async_track_state_change_event(self._hass, sensor, self._price_changed)

    @callback
    def stop(self) -> None:
        """Listen no more."""
        if self._end_listening is not None:
            self._end_listening()
            self._end_listening = None

    def snapshot(self) -> dict[str, Any]:
        """Return the prices of the last days as JSON."""
        return {"sensor": None if self.tariff is None else self.tariff.price, **self._log.as_dict(_now())}

    @property
    def currency(self) -> str:
        """What costs are in."""
        return self._hass.config.currency

    @property
    def price_now(self) -> float | None:
        """What a kWh costs at the moment; None if nothing tells."""
        if self.tariff is None:
            return None
        now = _now()
        return self._price_at(int(now // INTERVAL), now)

    def so_far(self, transactions: Iterable[Transaction]) -> float | None:
        """Return what the transactions of a session cost; None without a tariff, and while a price is missing."""
        if self.tariff is None:
            return None
        total = 0.0
        for transaction in transactions:
            settled = transaction.cost if not transaction.running else None
            cost = self._cost(transaction).cost if settled is None else settled
            if cost is None:
                return None
            total += cost
        return round(total, _DIGITS)

    def settle(self, transaction: Transaction) -> None:
        """Write into a transaction what it costs. What was known before is not forgotten because the prices of its time are."""
        if self.tariff is None:
            return
        cost = self._cost(transaction)
        if cost.complete:
            unknown = Repair.PRICE_UNKNOWN.value
            transaction.repairs = tuple(repair for repair in transaction.repairs if repair != unknown)
            transaction.cost, transaction.currency = cost.cost, self.currency
        else:
            transaction.repaired(Repair.PRICE_UNKNOWN)
        if cost.reference is not None:
            transaction.reference_cost, transaction.currency = cost.reference, self.currency

    def _cost(self, transaction: Transaction) -> Cost:
        """Return what a transaction costs by the tariff."""
        tariff, now = self.tariff or Tariff(), _now()
        by_fixed = None if tariff.fixed is None else round(transaction.energy * tariff.fixed, _DIGITS)
        if tariff.price is None:
            return Cost(by_fixed, None, by_fixed is not None)
        total: float | None = 0.0
        for quarter, energy in transaction.intervals.items():
            if energy and total is not None:
                price = self._price_at(quarter, now)
                total = None if price is None else total + energy * price
        # Of records of the first version nobody knows when they took their energy.
        beyond = transaction.energy - sum(transaction.intervals.values())
        if total is not None and beyond > _ROUNDING:
            total = None if tariff.fixed is None else total + beyond * tariff.fixed
        return Cost(None if total is None else round(total, _DIGITS), by_fixed, total is not None)

    def _price_at(self, quarter: int, now: float) -> float | None:
        """Return the price of a quarter per kWh: the sensor's, else the fixed one."""
        tariff = self.tariff or Tariff()
        price = None if tariff.price is None else self._log.of(quarter, now)
        return tariff.fixed if price is None else price

    @callback
    def _price_changed(self, event: Event[EventStateChangedData]) -> None:
        self._log.note(self._price_of(event.data["entity_id"]), _now())

    def _price_of(self, entity_id: str) -> float | None:
        """Return the price that an entity shows now, per kWh and in the unit of the currency."""
        price, state = current_price(self._hass, entity_id), self._hass.states.get(entity_id)
        if price is None or state is None:
            return None
        return price * per_kwh(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))

    def _restore(self, sensor: str | None, stored: Mapping[str, Any]) -> None:
        now = _now()
        price = None if sensor is None else self._price_of(sensor)
        try:
            same = sensor == stored["sensor"]
            self._log = PriceLog.from_dict(stored if same else {**stored, "price": None}, price, now)
        except AttributeError, KeyError, TypeError, ValueError:
            self._log = PriceLog()
            self._log.note(price, now)


def per_kwh(unit: object) -> float:
    """Return the factor that brings a price to the currency's unit per kWh: 0.01 for `ct/kWh`, 0.001 for `EUR/MWh`; 1 for what says nothing."""
    money, _, energy = str(unit or "").partition("/")
    hundredth = 0.01 if money.strip().lower() in _HUNDREDTHS else 1.0
    return hundredth * _PER.get(energy.strip().lower(), 1.0)


def _now() -> float:
    return dt_util.utcnow().timestamp()
