"""What a charge point can be told, in no version's words. Every command raises the exceptions of `errors`; to return is to be confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any

from custom_components.ocpp_csms.charging.profiles import cut
from custom_components.ocpp_csms.charging.reapplication import Occasion

from .charge_point_state import ChargePointEnvironment, ChargePointSettings, ChargePointState
from .dialect import Dialect
from .errors import InvalidRequestError, NotConnectedError, RefusedError
from .limits import Limits
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
        self.limits = Limits(
            self,
            environment,
            mark=self._mark,
            reach=self._reach,
            confirmed=self._limit_confirmed,
            restart=self.start,
            stored=(stored or {}).get("limits"),
        )

    async def start(self, connector: int, id_tag: str | None = None) -> None:
        """Start a transaction; the charge point has accepted when this returns, the transaction follows."""
        dialect = self._reach()
        target = self._existing(connector)
        runs = target.running_transaction is not None and not self.is_doubted(connector)
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
        transaction = target.running_transaction
        if transaction is None:
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

    async def set_limit(self, connector: int, amperes: float, *, phases: int | None = None) -> None:
        """Limit the current of each phase, in A, cut to 0.1; while charging is paused, the one that holds after the pause.

        `phases`: how many to charge with, where the charge point can choose; None: as before. Raises
        `InvalidRequestError("limit_out_of_range")` beyond 0…maximum, `LimitBudgetError` when it was written too often. Either way an
        earlier `request_limit` that still waits is given up.
        """
        await self.limits.set(connector, self._tellable(connector, amperes), phases)

    async def request_limit(self, connector: int, amperes: float, *, phases: int | None = None) -> None:
        """Limit the current as `set_limit`, for somebody who does not ask again: what was written too often is not lost.

        Instead of `LimitBudgetError` raises `LimitPostponedError`: the limit is written by itself in so many `seconds`,
        unless `request_limit`, `set_limit` or `pause` comes first. `connector.limit` stays what the charge point has confirmed.
        """
        await self.limits.request(connector, self._tellable(connector, amperes), phases)

    def remember_limit(self, connector: int, amperes: float) -> None:
        """Let a limit in A be the one that is told with the next connection."""
        target = self._existing(connector)
        self._limit_confirmed(target, cut(amperes), target.paused)

    async def set_ceiling(self, amperes: float) -> None:
        """Limit the current of each phase that all connectors together take, in A, for good."""
        self._reach()
        await self.limits.set_ceiling(cut(amperes))

    async def pause(self, connector: int) -> None:
        """Hold charging at 0 A; the transaction goes on."""
        self._existing(connector)
        await self.limits.pause(connector)

    async def resume(self, connector: int) -> None:
        """Go back to the limit that held before the pause."""
        self._existing(connector)
        await self.limits.resume(connector)

    async def restore_limits(self) -> None:
        """Tell the charge point its limits again, after a restart of its own; what it refuses now is no limit any more.

        Raises the first refusal once all have been told.
        """
        await self.limits.restore(Occasion.BOOT)

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

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {**super().snapshot(), "limits": self.limits.snapshot()}

    def _existing(self, number: int) -> Connector:
        connector = self.connectors.get(number)
        if connector is None or number == 0:
            raise InvalidRequestError("unknown_connector", connector=number)
        return connector

    def _tellable(self, connector: int, amperes: float) -> float:
        """Return a current in A as the connector can be told it. Raises `InvalidRequestError` if it cannot."""
        self._reach()
        self._existing(connector)
        maximum = self.settings.maximum_current
        if not 0 <= amperes <= maximum:
            raise InvalidRequestError("limit_out_of_range", limit=f"{amperes:g}", maximum=f"{maximum:g}")
        return cut(amperes)

    def _reach(self) -> Dialect:
        if self._dialect is None:
            raise NotConnectedError(f"{self.identity} is not connected")
        return self._dialect

    def _own_tag(self) -> str:
        key = self.quirks.id_tag_key
        if key is not None and key in self.configuration and self.configuration[key].value:
            return str(self.configuration[key].value)
        return self.settings.id_tag

    def _limit_confirmed(self, connector: Connector, limit: float | None, paused: bool) -> None:
        connector.limit, connector.paused = limit, paused
        self._mark(connector.number, "limit")
        self._mark(connector.number, "paused")
        self._environment.changed(True)  # it must hold again after a crash
        self.flush()
