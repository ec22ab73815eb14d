"""What a charge point can be told, in no version's words. Every command raises the exceptions of `errors`; to return is to be confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .charge_point_state import NOMINAL_VOLTAGE, ChargePointState
from .dialect import Dialect
from .errors import InvalidRequestError, NotConnectedError
from .model import ConfigurationKey, Connector

REMOTE_START_GRACE = timedelta(minutes=2)


@dataclass(slots=True)
class RemoteStart:
    """A remote start, and until when the next transaction on the connector belongs to it; `fingerprint` is that of its start."""

    connector: int
    id_tag: str
    until: datetime
    fingerprint: str | None = None


class ChargePointCommands(ChargePointState):
    """The commands of a charge point."""

    _remote_starts: tuple[RemoteStart, ...] = ()

    async def start(self, connector: int, id_tag: str | None = None) -> None:
        """Start a transaction; the charge point has accepted when this returns, the transaction follows."""
        dialect = self._reach()
        self._existing(connector)
        running = self.connectors[connector].transaction
        if running is not None and running.running:
            raise InvalidRequestError("transaction_running")
        tag = (id_tag or self._own_tag())[: self.quirks.id_tag_length]
        remote = RemoteStart(connector, tag, self._environment.clock() + REMOTE_START_GRACE)
        self._remote_starts = (*self._remote_starts[-9:], remote)
        try:
            await dialect.start(connector, tag)
        except Exception:
            self._remote_starts = tuple(item for item in self._remote_starts if item is not remote)
            raise

    async def stop(self, connector: int) -> None:
        """Stop the transaction that runs on the connector. Raises `InvalidRequestError("no_transaction")` if none does."""
        transaction = self._existing(connector).transaction
        if transaction is None or not transaction.running:
            raise InvalidRequestError("no_transaction")
        await self.stop_transaction(transaction.transaction_id)

    async def stop_transaction(self, transaction_id: str) -> None:
        """Stop a transaction by its id, known or not."""
        await self._reach().stop(transaction_id)

    async def set_limit(self, connector: int, amperes: float) -> None:
        """Limit the current of each phase, in A. Raises `InvalidRequestError("limit_out_of_range")` beyond 0…maximum."""
        dialect = self._reach()
        target = self._existing(connector)
        if not 0 <= amperes <= self.settings.maximum_current:
            raise InvalidRequestError(
                "limit_out_of_range", limit=f"{amperes:g}", maximum=f"{self.settings.maximum_current:g}"
            )
        amperes = round(amperes, 1)
        if not target.paused:
            await dialect.set_limit(connector, amperes)
        self._limit_confirmed(target, limit=amperes, paused=target.paused)

    async def set_power_limit(self, connector: int, watts: float) -> None:
        """Limit the power over all phases, in W, as the current that this is at nominal voltage."""
        await self.set_limit(connector, watts / (NOMINAL_VOLTAGE * self.settings.phases))

    async def pause(self, connector: int) -> None:
        """Hold charging at 0 A; the transaction goes on."""
        target = self._existing(connector)
        await self._reach().set_limit(connector, 0.0)
        self._limit_confirmed(target, limit=target.limit, paused=True)

    async def resume(self, connector: int) -> None:
        """Go back to the limit that held before the pause."""
        target = self._existing(connector)
        limit = target.limit if target.limit is not None else self.settings.maximum_current
        await self._reach().set_limit(connector, limit)
        self._limit_confirmed(target, limit=limit, paused=False)

    async def set_availability(self, connector: int, *, operative: bool) -> str:
        """Take a connector (0: all) in or out of service; returns `Accepted` or `Scheduled` (after the transaction)."""
        dialect = self._reach()
        if connector:
            self._existing(connector)
        if not self.quirks.change_availability:
            raise InvalidRequestError("not_supported")
        status = await dialect.set_availability(connector, operative=operative)
        if status == "Accepted":
            self.connectors[connector].operative = operative
            self._mark(connector, "operative")
            self.flush()
        return status

    async def unlock(self, connector: int) -> None:
        """Release the plug."""
        self._existing(connector)
        await self._reach().unlock(connector)

    async def reset(self, *, hard: bool) -> None:
        """Restart the charge point."""
        await self._reach().reset(hard=hard)

    async def trigger(self, message: str, connector: int | None = None) -> None:
        """Ask for a message by its name in OCPP, e.g. `MeterValues`."""
        await self._reach().trigger(message, connector)

    async def refresh(self) -> None:
        """Ask for configuration, status and meter values."""
        dialect = self._reach()
        await self.get_configuration()
        await dialect.request_state()

    async def get_configuration(self, keys: Sequence[str] = ()) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """Read configuration keys (none: all); returns the known ones and the names of the unknown."""
        known, unknown = await self._reach().get_configuration(keys)
        self.configuration_read(known)
        self.flush()
        return known, unknown

    async def set_configuration(self, key: str, value: str) -> str:
        """Write a configuration key; returns `Accepted` or `RebootRequired`."""
        status = await self._reach().set_configuration(key, value)
        readonly = self.configuration[key].readonly if key in self.configuration else False
        self.configuration_read({key: ConfigurationKey(key, value, readonly)})
        self.flush()
        return status

    async def data_transfer(
        self, vendor_id: str, message_id: str | None = None, data: str | None = None
    ) -> tuple[str, str | None]:
        """Send vendor data; returns the status and the data of the answer, whatever they say."""
        return await self._reach().data_transfer(vendor_id, message_id, data)

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send any action of the protocol with a raw payload and return the answer's payload."""
        return await self._reach().call(action, payload)

    def _existing(self, number: int) -> Connector:
        connector = self.connectors.get(number)
        if connector is None or number == 0:
            raise InvalidRequestError("unknown_connector", connector=number)
        return connector

    def _reach(self) -> Dialect:
        if self._dialect is None:
            raise NotConnectedError(f"{self.identity} is not connected")
        return self._dialect

    def _own_tag(self) -> str:
        key = self.quirks.id_tag_key
        if key is not None and key in self.configuration and self.configuration[key].value:
            return str(self.configuration[key].value)
        return self.settings.id_tag

    def _limit_confirmed(self, connector: Connector, *, limit: float | None, paused: bool) -> None:
        connector.limit, connector.paused = limit, paused
        self._mark(connector.number, "limit")
        self._mark(connector.number, "paused")
        self._environment.changed(False)
        self.flush()
