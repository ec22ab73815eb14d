"""OCPP 2.0.1 and 2.1: our calls to a charging station, and what its answers mean. What it sends is read in `messages`.

A connector of the model is an EVSE. Source: OCPP 2.0.1 part 2, use cases as named at the methods.
"""

from collections.abc import Sequence
from dataclasses import replace
import logging
from typing import override

from custom_components.ocpp_csms.charging.profiles import ChargingProfile
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.cards.remote_starts import RemoteStart
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.command_sender import CommandSender
from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, RefusedError
from custom_components.ocpp_csms.csms.extended_requests import GetTransactionStatus, TransactionState
from custom_components.ocpp_csms.csms.features import Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.operations import said
from custom_components.ocpp_csms.csms.requests import Answer, Request
from custom_components.ocpp_csms.csms.surroundings import Surroundings
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.rpc import RpcConnection

from .configuration import capabilities_of, connectors_of
from .features import features_of
from .id_tokens import id_token
from .inventory import Inventory
from .local_list import DECIDING_KEYS as LIST_KEYS, KEY_ENABLED as KEY_LIST_ENABLED, list_support
from .profiles import charging_profile, profile_payload
from .reports import Reports
from .request_parts import joined, parts_of
from .requests import ACTIONS, OPERATIONS

_LOGGER = logging.getLogger(__name__)

_PATIENCE = 30.0  # s without a further part until a report counts as broken off

# What 1.6 calls otherwise.
_TRIGGERS = {
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "SignChargePointCertificate": "SignChargingStationCertificate",
}
# The message by which a trigger is obeyed, where that has another name.
_OBEYED_BY = {
    "SignChargingStationCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
}


class V2Commands(CommandSender):
    """The dialect of a connection that speaks OCPP 2.x: what its charging station can be told."""

    operations = OPERATIONS

    def __init__(
        self,
        charge_point: ChargePoint,
        rpc: RpcConnection,
        surroundings: Surroundings,
        *,
        version: str,
        reports: Reports,
    ) -> None:
        """Join a charge point and an open connection; `reports` are those that `messages` feeds."""
        super().__init__(charge_point, rpc, surroundings)
        self.version = version
        self._reports = reports
        self._inventory = Inventory(charge_point, rpc.call, reports)

    @property
    @override
    def actions(self) -> frozenset[str]:
        """What a central system may send in this version."""
        return ACTIONS[self.version]

    @property
    def features(self) -> Features:
        """What the variables say that the station can do."""
        return features_of(self._charge_point.configuration)

    @override
    def disconnected(self) -> None:
        """Nothing more will come of any report."""
        self._reports.close()

    async def start(self, start: RemoteStart, profile: ChargingProfile | None = None) -> None:
        """RequestStartTransaction (F01, F02)."""
        await self._ask(
            "RequestStartTransaction",
            said(
                evseId=start.connector,
                remoteStartId=start.number,
                idToken=id_token(start.id_tag),
                chargingProfile=None if profile is None else charging_profile(profile),
            ),
        )

    async def stop(self, transaction_id: str) -> None:
        """RequestStopTransaction (F03). One that the station does not know (any more) is looked into."""
        try:
            await self._ask("RequestStopTransaction", {"transactionId": transaction_id})
        except RefusedError:
            await self._look_into(transaction_id)
            raise

    async def limit_capabilities(self) -> Capabilities:
        """What the variables say about limits; what decides is asked for once, if it is not known."""
        await self._inventory.learn_capabilities()
        capabilities = capabilities_of(self._charge_point.configuration)
        return replace(capabilities, offline=capabilities.offline and self.version != Version.V2_0_1)

    async def set_profile(self, profile: ChargingProfile) -> None:
        """SetChargingProfile (K01)."""
        await self._ask("SetChargingProfile", profile_payload(profile))

    async def clear_profile(self, profile_id: int) -> None:
        """ClearChargingProfile (K10). One that is not there any more is cleared."""
        await self._ask("ClearChargingProfile", {"chargingProfileId": profile_id}, "Accepted", "Unknown")

    async def set_availability(self, connector: int, *, operative: bool) -> str:
        """ChangeAvailability (G03, G04); without an EVSE it is the whole station."""
        payload = said(
            operationalStatus="Operative" if operative else "Inoperative",
            evse={"id": connector} if connector else None,
        )
        return await self._ask("ChangeAvailability", payload, "Accepted", "Scheduled")

    async def unlock(self, connector: int) -> None:
        """UnlockConnector (F05)."""
        payload = {"evseId": connector, "connectorId": self._plugs(connector)[0]}
        await self._ask("UnlockConnector", payload, "Unlocked", "Accepted")

    async def reset(self, *, hard: bool, connector: int = 0) -> str:
        """Reset (B11, B12), of one EVSE if the station can; a soft one waits for the end of transactions."""
        payload = said(type="Immediate" if hard else "OnIdle", evseId=connector or None)
        return await self._ask("Reset", payload, "Accepted", "Scheduled")

    async def get_configuration(self, keys: Sequence[str]) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """Read variables (B06; none: all of them, B07), by their names as `device_model` writes them."""
        return await self._inventory.get(keys) if keys else (await self._inventory.read(), [])

    async def set_configuration(self, key: str, value: str) -> str:
        """SetVariables (B05). Raises `InvalidRequestError("password_key")` for a variable that holds a password."""
        return await self._inventory.set(key, value)

    def spelled(self, key: str) -> str:
        """Return the name of a variable as the station spells it; what 1.6 calls otherwise is understood."""
        return self._inventory.spelled(key)

    async def set_password(self, password: str) -> str:
        """SetVariables of BasicAuthPassword (A01), as it is."""
        return await self._inventory.set_password(password)

    def local_list_support(self) -> ListSupport | None:
        """What the variables say about the local list, once they were read."""
        configuration = self._charge_point.configuration
        return list_support(configuration) if any(key in configuration for key in LIST_KEYS) else None

    async def read_local_list_support(self) -> ListSupport:
        """What the variables say about the local list; what is not known of it is asked for once."""
        await self._inventory.learn(LIST_KEYS)
        return list_support(self._charge_point.configuration)

    async def enable_local_list(self) -> None:
        """SetVariables of LocalAuthListCtrlr.Enabled (D01)."""
        await self.set_configuration(KEY_LIST_ENABLED, "true")
        self._charge_point.configuration_written(KEY_LIST_ENABLED, "true")

    async def configure(self) -> None:
        """Read the inventory unless it is known, then write the variables that differ; what is refused for good is remembered."""
        await self._inventory.configure(self._wanted())

    @override
    async def request(self, request: Request) -> Answer:
        """Ask for what `requests` lists, in several messages if it is too much for one."""
        parts = parts_of(request, self._charge_point.configuration)
        return joined([await self._request_part(part) for part in parts])

    async def _request_part(self, request: Request) -> Answer:
        """Ask by one message. Where the real answer is a report, it is waited for."""
        operation = self._operation(request)
        payload = operation.payload(request)
        if operation.report is None:
            return self._read(operation, await self._rpc.call(operation.action, payload))
        request_id = payload["requestId"]
        report = self._reports.expect(operation.report, request_id)
        try:
            said_at_once = await self._rpc.call(operation.action, payload)
            answer = self._read(operation, said_at_once)
            if answer.status != "Accepted":  # a good answer, and nothing follows it
                return answer
            complete = await report.complete(_PATIENCE)
            return self._read(operation, said_at_once, tuple(report.parts), complete=complete)
        finally:
            self._reports.forget(operation.report, request_id)

    @override
    async def request_state(self) -> None:
        """Find out what became of the transactions that run as far as we know, then ask for status and meter values."""
        for connector in list(self._charge_point.connectors.values()):
            if (running := connector.running_transaction) is not None:
                await self._look_into(running.transaction_id)
        await super().request_state()

    @override
    def was_asked_for(self, message: str) -> bool:
        """Tell of a message that has just come whether it follows our request; the one after it does not."""
        triggers = [trigger for trigger, obeyed_by in _OBEYED_BY.items() if obeyed_by == message]
        return any(super(V2Commands, self).was_asked_for(name) for name in (message, *triggers))

    @override
    async def trigger(self, message: str, connector: int | None) -> None:
        """TriggerMessage (F06); the names of 1.6 do as well."""
        await super().trigger(_TRIGGERS.get(message, message), connector)

    @override
    async def _trigger(self, message: str, connector: int | None) -> None:
        if message == "StatusNotification":  # it has to be asked for plug by plug (F06.FR.12)
            for evse in [connector] if connector else self._evses():
                for plug in self._plugs(evse):
                    await self._ask_to_send(message, {"id": evse, "connectorId": plug})
            return
        await self._ask_to_send(message, {"id": connector} if connector else None)

    async def _ask_to_send(self, message: str, evse: dict[str, int] | None) -> None:
        await self._ask("TriggerMessage", said(requestedMessage=message, evse=evse))

    @override
    async def _request_statuses(self) -> None:
        if not await self._quietly("StatusNotification", None):
            self._charge_point.statuses_hold()
        if any(connector.running_transaction for connector in self._charge_point.connectors.values()):
            await self._quietly("TransactionEvent", None)

    async def _look_into(self, transaction_id: str) -> None:
        """GetTransactionStatus (E14): one that has ended, and whose end is not on its way to us, has ended."""
        try:
            answer = await self.request(GetTransactionStatus(transaction_id=transaction_id))
        except (RefusedError, CallFailedError, CallTimeoutError) as error:
            _LOGGER.debug("%s told nothing of its transaction: %s", self._charge_point.identity, error)
            return
        state = answer.items[0]
        if isinstance(state, TransactionState) and state.ongoing is False and not state.queued:
            self._charge_point.transaction_is_over(transaction_id)

    def _evses(self) -> list[int]:
        return [number for number in self._charge_point.connectors if number] or [1]

    def _plugs(self, evse: int) -> list[int]:
        """The connectors of an EVSE, as far as they are known."""
        return connectors_of(self._charge_point.configuration, evse) or [1]
