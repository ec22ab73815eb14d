"""What a charge point can be told, in no version's words. Every command raises the exceptions of `errors`; to return is to be confirmed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, cut
from custom_components.ocpp_csms.charging.reapplication import Occasion

from .cards.local_list_sync import LocalListSync
from .cards.verdicts import Verdicts
from .charge_point_state import ChargePointEnvironment, ChargePointSettings, ChargePointState
from .dialect import Dialect
from .errors import InvalidRequestError, NotConnectedError, RefusedError
from .files import firmware, logs
from .files.firmware import Firmware
from .files.logs import Logs
from .limiting.handmade_profiles import HandmadeProfiles
from .limiting.limits import Limits
from .model import ConfigurationKey, Connector, Registration
from .requests import Answer, ConnectorType, Request, new_request_id
from .reservations import Reservation
from .reserving import Reserving
from .security.certificate_signing import CertificateSigning
from .security.security_profiles import Means, check_change, is_security_profile


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
        self.verdicts = Verdicts(
            self,
            environment,
            own_tag=self._own_tag,
            emit=self._emit,
            mark=self._mark,
            stored=(stored or {}).get("verdicts"),
        )
        self.local_list = LocalListSync(
            self, environment, reach=self._reach, mark=self._mark, stored=(stored or {}).get("local_list")
        )
        self.certificates = CertificateSigning(
            self,
            environment.authority,
            environment.clock,
            environment.changed,
            (stored or {}).get("certificate"),
        )
        self.firmware = Firmware(self.request, mark=lambda: self._mark(0, firmware.KEY), flush=self.flush)
        self.logs = Logs(self.request, lambda: self.features, mark=lambda: self._mark(0, logs.KEY), flush=self.flush)
        self.limits = Limits(
            self,
            environment,
            mark=self._mark,
            reach=self._reach,
            confirmed=self._limit_confirmed,
            restart=self.start,
            stored=(stored or {}).get("limits"),
        )
        self.profiles = HandmadeProfiles(self, environment, self.limits, reach=self._reach, request=self.request)
        self.reserving = Reserving(
            self, environment, mark=self._mark, reach=self._reach, stored=(stored or {}).get("reservations")
        )

    async def start(self, connector: int, id_tag: str | None = None, profile: ChargingProfile | None = None) -> None:
        """Start a transaction, with a profile of its own; the charge point has accepted when this returns, the transaction follows.

        Raises `InvalidRequestError`: `transaction_running`, `id_tag_too_long`, and what is wrong with the profile.
        """
        dialect = self._reach()
        target = self._existing(connector)
        if profile is not None:
            profile = await self.profiles.for_start(profile)
        runs = target.running_transaction is not None and not (
            target.awaits_authorization or self.is_doubted(connector)
        )
        if runs or target.starting:
            raise InvalidRequestError("transaction_running")
        tag = self._tellable_tag(id_tag)
        start = self.verdicts.remote_starts.announce(connector, tag, self._environment.clock(), new_request_id())
        target.starting = True
        try:
            await dialect.start(start, profile)
        except Exception:
            self.verdicts.remote_starts.withdraw(start)
            raise
        finally:
            target.starting = False

    async def stop(self, connector: int) -> None:
        """Stop the transaction that runs on the connector. Raises `InvalidRequestError("no_transaction")` if none does."""
        target = self._existing(connector)
        transaction = target.running_transaction
        if transaction is None:
            raise InvalidRequestError("no_transaction")
        try:
            await self.stop_transaction(transaction.transaction_id)
        except RefusedError:
            if not transaction.running:  # it was looked into, and has ended
                return
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

    async def reset(self, *, hard: bool, connector: int = 0) -> str:
        """Restart the charge point, or one connector of it; returns `Accepted`, or `Scheduled`: once no transaction runs."""
        if connector:
            self._existing(connector)
        return await self._reach().reset(hard=hard, connector=connector)

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

        Raises `InvalidRequestError("password_key")` for one that holds a password, and one for a security profile that it could not
        connect with: either would lock the charge point out.
        """
        if is_security_profile(key):
            check_change(value, self._security_means)
        dialect = self._reach()
        status = await dialect.set_configuration(key, value)
        self.configuration_written(dialect.spelled(key), value)
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

    async def reserve(
        self, connector: int, expiry: datetime, id_tag: str | None = None, connector_type: ConnectorType | None = None
    ) -> Reservation:
        """Keep a connector (0: any, of a type if one is named) for a tag, else for that of our remote starts, until a time.

        It holds when this returns.

        Raises `InvalidRequestError`: `reservation_in_past`, `reservation_too_long`, `too_many_reservations`, `id_tag_too_long`,
        `any_connector_not_reservable`.
        """
        self._reach()
        if connector:
            self._existing(connector)
        tag = self._tellable_tag(id_tag)
        try:
            return await self.reserving.reserve(connector, tag, expiry, connector_type)
        finally:
            self.flush()

    async def cancel_reservation(self, reservation_id: int) -> None:
        """Give up a reservation, known or not; one that the charge point refuses to give up stays."""
        await self.reserving.cancel(reservation_id)
        self.flush()

    async def request(self, request: Request) -> Answer:
        """Ask for what `requests` lists; to return is to be answered with a yes. Raises `InvalidRequestError("unknown_connector")`."""
        connector = getattr(request, "connector", None)
        if connector:
            self._existing(connector)
        return await self._reach().request(request)

    def checked(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a raw payload as it can be sent. Raises `InvalidRequestError` for one that breaks the protocol, and `NotConnectedError`."""
        return self._reach().checked(action, payload)

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send any action of the protocol with a raw payload and return the answer's payload."""
        return await self._reach().call(action, payload)

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {
            **super().snapshot(),
            "limits": self.limits.snapshot(),
            "certificate": self.certificates.snapshot(),
            "verdicts": self.verdicts.snapshot(),
            "local_list": self.local_list.snapshot(),
            "reservations": self.reserving.snapshot(),
        }

    @property
    def _security_means(self) -> Means:
        environment, settings = self._environment, self.settings
        return Means(
            encrypted=environment.encrypted,
            password=settings.credential is not None or settings.next_credential is not None,
            certificate=environment.foreign_client_certificates or self.certificates.is_valid,
            certificate_required=settings.client_certificate,
        )

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

    def _tellable_tag(self, id_tag: str | None) -> str:
        """Return a tag, else that of our remote starts, as the charge point can be told it. Raises `InvalidRequestError` if it cannot."""
        most = self.features.longest_id_tag
        if id_tag is not None and len(id_tag.strip()) > most:
            raise InvalidRequestError("id_tag_too_long", id_tag=id_tag[:50], most=most)
        return (id_tag or self._own_tag()).strip()[: self.longest_id_tag]

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
