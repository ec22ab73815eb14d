"""What a charge point can be told, in no version's words. Every command raises the exceptions of `errors`; to return is to be confirmed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from .charge_point_state import ChargePointEnvironment, ChargePointSettings, ChargePointState
from .dialect import Dialect
from .errors import CommandError, InvalidRequestError, NotConnectedError, RefusedError
from .model import ConfigurationKey, Connector, Registration
from .remote_starts import RemoteStarts


class ChargePointCommands(ChargePointState):
    """The commands of a charge point."""

    def __init__(
        self,
        identity: str,
        settings: ChargePointSettings,
        environment: ChargePointEnvironment,
        *,
        registration: Registration = Registration.ACCEPTED,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Restore what `snapshot` returned in `stored`."""
        super().__init__(identity, settings, environment, registration=registration, stored=stored)
        self._remote_starts = RemoteStarts()
        self._starting: set[int] = set()
        self._limit_locks: dict[int, asyncio.Lock] = {}

    async def start(self, connector: int, id_tag: str | None = None) -> None:
        """Start a transaction; the charge point has accepted when this returns, the transaction follows."""
        dialect = self._reach()
        self._existing(connector)
        running = self.connectors[connector].transaction
        runs = running is not None and running.running and not self.is_doubted(connector)
        if runs or connector in self._starting:
            raise InvalidRequestError("transaction_running")
        tag = (id_tag or self._own_tag())[: self.quirks.id_tag_length]
        start = self._remote_starts.announce(connector, tag, self._environment.clock())
        self._starting.add(connector)
        try:
            await dialect.start(connector, tag)
        except Exception:
            self._remote_starts.withdraw(start)
            raise
        finally:
            self._starting.discard(connector)

    async def stop(self, connector: int) -> None:
        """Stop the transaction that runs on the connector. Raises `InvalidRequestError("no_transaction")` if none does."""
        target = self._existing(connector)
        transaction = target.transaction
        if transaction is None or not transaction.running:
            raise InvalidRequestError("no_transaction")
        try:
            await self.stop_transaction(transaction.transaction_id)
        except RefusedError:
            if not self.is_doubted(connector):
                raise
            # The charge point does not know it any more, and says that the connector is free: it has ended.
            self._sessions.end(target, transaction, stopped=self._environment.clock(), inferred=True)
            self.flush()

    async def stop_transaction(self, transaction_id: str) -> None:
        """Stop a transaction by its id, known or not."""
        await self._reach().stop(transaction_id)

    async def set_limit(self, connector: int, amperes: float) -> None:
        """Limit the current of each phase, in A; while charging is paused, the one that holds after the pause.

        Raises `InvalidRequestError("limit_out_of_range")` beyond 0…maximum.
        """
        dialect = self._reach()
        target = self._existing(connector)
        if not 0 <= amperes <= self.settings.maximum_current:
            raise InvalidRequestError(
                "limit_out_of_range", limit=f"{amperes:g}", maximum=f"{self.settings.maximum_current:g}"
            )
        amperes = round(amperes, 1)
        async with self._limiting(connector):
            if not target.paused:
                await dialect.set_limit(connector, amperes)
            self._limit_confirmed(target, limit=amperes, paused=target.paused)

    async def set_power_limit(self, connector: int, watts: float) -> None:
        """Limit the power over all phases, in W, as the current that this is at nominal voltage."""
        await self.set_limit(connector, self.settings.amperes(watts))

    async def pause(self, connector: int) -> None:
        """Hold charging at 0 A; the transaction goes on."""
        target = self._existing(connector)
        async with self._limiting(connector):
            await self._reach().set_limit(connector, 0.0)
            self._limit_confirmed(target, limit=target.limit, paused=True)

    async def resume(self, connector: int) -> None:
        """Go back to the limit that held before the pause."""
        target = self._existing(connector)
        async with self._limiting(connector):
            limit = target.limit if target.limit is not None else self.settings.maximum_current
            await self._reach().set_limit(connector, limit)
            self._limit_confirmed(target, limit=limit, paused=False)

    async def restore_limits(self) -> None:
        """Tell the charge point its limits again, after a restart of its own; what it refuses now is no limit any more.

        Raises the first refusal once all have been told.
        """
        refusal: CommandError | None = None
        for number, connector in list(self.connectors.items()):
            async with self._limiting(number):
                if connector.limit is None and not connector.paused:
                    continue
                try:
                    await self._reach().set_limit(number, 0.0 if connector.paused else connector.limit or 0.0)
                except NotConnectedError:
                    raise
                except CommandError as error:
                    self._limit_confirmed(connector, limit=None, paused=False)
                    refusal = refusal or error
        if refusal is not None:
            raise refusal

    def _limiting(self, connector: int) -> asyncio.Lock:
        """One limit at a time on a connector: the last confirmed is the one that holds."""
        return self._limit_locks.setdefault(connector, asyncio.Lock())

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
        """Ask for configuration, status and meter values; what was refused before may be tried again."""
        dialect = self._reach()
        self.forget_refusals()
        await self.get_configuration()
        if self.quirks.trigger:
            await dialect.request_state()

    async def get_configuration(self, keys: Sequence[str] = ()) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """Read configuration keys (none: all); returns the known ones and the names of the unknown."""
        known, unknown = await self._reach().get_configuration(keys)
        if keys:
            self.configuration_keys_read(known)
        else:
            self.configuration_read(known)
        self.flush()
        return known, unknown

    async def set_configuration(self, key: str, value: str) -> str:
        """Write a configuration key; returns `Accepted` or `RebootRequired`.

        Raises `InvalidRequestError("password_key")` for one that holds a password: it would lock the charge point out.
        """
        status = await self._reach().set_configuration(key, value)
        self.configuration_written(key, value)
        self.flush()
        return status

    async def set_password(self, password: str) -> str:
        """Give the charge point the password of its next connections; returns `Accepted`, or `RebootRequired`: after its next restart.

        We go on expecting the one in the settings.
        """
        return await self._reach().set_password(password)

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
