"""OCPP 1.6-J: our calls to a charge point, and what its answers mean. What it sends is read in `messages`.

Source: OCPP 1.6 §5 (operations initiated by the central system).
"""

from collections.abc import Sequence
from itertools import batched
from typing import Any

from custom_components.ocpp_csms.charging.profiles import ChargingProfile
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.cards.remote_starts import RemoteStart
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.command_sender import CommandSender, is_unknown
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    RefusedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.features import Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.security.credentials import authorization_key
from custom_components.ocpp_csms.csms.surroundings import Surroundings
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wanted_configuration import Wanted, measurands_satisfied
from custom_components.ocpp_csms.csms.wire.fields import text
from custom_components.ocpp_csms.csms.wire.rpc import RpcConnection

from .configuration import KEY_MEASURANDS, connector_count, intervals, knows_whitepaper, measurands_to_try, most_keys
from .features import features_of
from .local_list import DECIDING_KEYS as LIST_KEYS, KEY_ENABLED as KEY_LIST_ENABLED, list_support
from .profiles import capabilities_of, charging_profile, deciding_keys, profile_payload
from .requests import ACTIONS, EXTENDED_TRIGGERS, OPERATIONS, PLAIN_TRIGGERS

_SECRET_KEYS = frozenset({"authorizationkey"})  # in lower case
_LONGEST_VALUE = 2000  # characters, of a configuration key's value that is kept

# What a charge point says that will not do what it was asked, today or tomorrow.
_NEVER = frozenset({"rejected", "notsupported"})


class V16Commands(CommandSender):
    """The dialect of a connection that speaks OCPP 1.6: what its charge point can be told."""

    version: str = Version.V1_6
    operations = OPERATIONS
    actions = ACTIONS

    def __init__(self, charge_point: ChargePoint, rpc: RpcConnection, surroundings: Surroundings) -> None:
        """Join a charge point and an open connection."""
        super().__init__(charge_point, rpc, surroundings)
        self._capabilities_asked = False
        self._list_asked = False

    @property
    def features(self) -> Features:
        """What the configuration says that the charge point can do."""
        return features_of(self._charge_point.configuration)

    async def start(self, start: RemoteStart, profile: ChargingProfile | None = None) -> None:
        """RemoteStartTransaction (§5.11)."""
        said = {} if profile is None else {"chargingProfile": charging_profile(profile)}
        await self._ask("RemoteStartTransaction", {"connectorId": start.connector, "idTag": start.id_tag, **said})

    async def stop(self, transaction_id: str) -> None:
        """RemoteStopTransaction (§5.12). Raises `InvalidRequestError("no_transaction")` for an id that 1.6 cannot have."""
        if not transaction_id.isdecimal():
            raise InvalidRequestError("no_transaction")
        await self._ask("RemoteStopTransaction", {"transactionId": int(transaction_id)})

    async def limit_capabilities(self) -> Capabilities:
        """What the configuration says about limits; what decides is asked for once, if it is not known."""
        await self._learn_capabilities()
        return capabilities_of(self._charge_point.configuration)

    async def set_profile(self, profile: ChargingProfile) -> None:
        """SetChargingProfile (§5.16)."""
        await self._ask("SetChargingProfile", profile_payload(profile))

    async def clear_profile(self, profile_id: int) -> None:
        """ClearChargingProfile (§5.5). One that is not there any more is cleared."""
        await self._ask("ClearChargingProfile", {"id": profile_id}, "Accepted", "Unknown")

    async def set_availability(self, connector: int, *, operative: bool) -> str:
        """ChangeAvailability (§5.2)."""
        payload = {"connectorId": connector, "type": "Operative" if operative else "Inoperative"}
        return await self._ask("ChangeAvailability", payload, "Accepted", "Scheduled")

    async def unlock(self, connector: int) -> None:
        """UnlockConnector (§5.18). Some answer Accepted instead of Unlocked."""
        await self._ask("UnlockConnector", {"connectorId": connector}, "Unlocked", "Accepted")

    async def reset(self, *, hard: bool, connector: int = 0) -> str:
        """Reset (§5.14). Raises `InvalidRequestError("not_in_version")` for a single connector."""
        if connector:
            raise InvalidRequestError("not_in_version", version=self.version)
        return await self._ask("Reset", {"type": "Hard" if hard else "Soft"})

    async def get_configuration(self, keys: Sequence[str]) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """GetConfiguration (§5.8), no more keys at a time than the charge point takes.

        Values that are no texts are made texts; secret ones and keys without a name are left out.
        """
        known: dict[str, ConfigurationKey] = {}
        unknown: list[str] = []
        most = most_keys(self._charge_point.configuration) or len(keys)
        for some in batched(keys, most, strict=False) if keys else ((),):
            answer = await self._rpc.call("GetConfiguration", {"key": list(some)} if some else {})
            answer = answer if isinstance(answer, dict) else {}
            read = map(_configuration_key, _listed(answer.get("configurationKey")))
            known |= {item.key: item for item in read if item}
            unknown += [str(name) for name in _listed(answer.get("unknownKey"))]
        return known, unknown

    async def set_configuration(self, key: str, value: str) -> str:
        """ChangeConfiguration (§5.3). Raises `InvalidRequestError("password_key")` for a key that holds a password."""
        if key.strip().casefold() in _SECRET_KEYS:
            raise InvalidRequestError("password_key", configuration_key=key)
        return await self._ask("ChangeConfiguration", {"key": key, "value": value}, "Accepted", "RebootRequired")

    def spelled(self, key: str) -> str:
        """Keys are told apart by case (§9)."""
        return key

    async def set_password(self, password: str) -> str:
        """ChangeConfiguration of AuthorizationKey, as hex digits (whitepaper, A.5)."""
        payload = {"key": "AuthorizationKey", "value": authorization_key(password)}
        return await self._ask("ChangeConfiguration", payload, "Accepted", "RebootRequired")

    def local_list_support(self) -> ListSupport | None:
        """What the configuration says about the local list, once it was read."""
        configuration = self._charge_point.configuration
        return list_support(configuration) if any(key in configuration for key in LIST_KEYS) else None

    async def read_local_list_support(self) -> ListSupport:
        """What the configuration says about the local list; what is not known of it is asked for once."""
        unknown = [key for key in LIST_KEYS if key not in self._charge_point.configuration]
        if unknown and not self._list_asked:
            known, _ = await self.get_configuration(unknown)
            self._list_asked = True
            self._charge_point.configuration_keys_read(known)
        return list_support(self._charge_point.configuration)

    async def enable_local_list(self) -> None:
        """ChangeConfiguration of LocalAuthListEnabled (§9.2.1)."""
        await self.set_configuration(KEY_LIST_ENABLED, "true")
        self._charge_point.configuration_written(KEY_LIST_ENABLED, "true")

    async def configure(self) -> None:
        """One GetConfiguration, then ChangeConfiguration of the keys that differ; what is refused for good is remembered."""
        point = self._charge_point
        configuration, _unknown = await self.get_configuration(())
        self._capabilities_asked = True
        point.configuration_read(configuration)
        count = connector_count(configuration)
        if count is not None:
            point.connectors_known(count)
        point.flush()
        wanted = self._wanted()
        await self._configure_measurands(configuration, wanted)
        for key, value in intervals(configuration, wanted, point.quirks):
            await self._write(key, value)

    async def _configure_measurands(self, configuration: dict[str, ConfigurationKey], wanted: Wanted) -> None:
        current = configuration.get(KEY_MEASURANDS)
        if current is None or current.readonly:
            return
        for candidate in measurands_to_try(configuration, wanted, self._charge_point.quirks):
            if measurands_satisfied(current.value, candidate) or await self._write(KEY_MEASURANDS, candidate):
                return

    async def _write(self, key: str, value: str) -> bool:
        """Write a key unless this value was refused before; tell whether it holds now."""
        point = self._charge_point
        if value in point.refused_configuration.get(key, ()):
            return False
        try:
            await self.set_configuration(key, value)
        except RefusedError as error:
            if error.status.casefold() in _NEVER:
                point.configuration_refused(key, value)
            return False
        except CallFailedError, UnclearAnswerError:
            return False
        point.configuration_written(key, value)
        return True

    async def _learn_capabilities(self) -> None:
        """Before the first limit, read what decides how it is wrapped; who does not tell gets the plainest."""
        point = self._charge_point
        unknown = [key for key in deciding_keys(point.quirks) if key not in point.configuration]
        if not unknown or self._capabilities_asked:
            return
        self._capabilities_asked = True
        try:
            known, _ = await self.get_configuration(unknown)
        except CallFailedError, CallTimeoutError:
            return
        point.configuration_keys_read(known)

    async def _trigger(self, message: str, connector: int | None) -> None:
        """TriggerMessage (§5.17) if that can say it; else, or where it is not known, ExtendedTriggerMessage (whitepaper)."""
        payload: dict[str, Any] = {"requestedMessage": message}
        if connector is not None and message != "BootNotification":
            payload["connectorId"] = connector
        if message in EXTENDED_TRIGGERS - PLAIN_TRIGGERS:
            await self._ask("ExtendedTriggerMessage", payload)
            return
        try:
            await self._ask("TriggerMessage", payload)
        except (RefusedError, CallFailedError) as error:
            extended = message in EXTENDED_TRIGGERS and knows_whitepaper(self._charge_point.configuration)
            if not extended or not is_unknown(error):
                raise
            await self._ask("ExtendedTriggerMessage", payload)

    async def _request_statuses(self) -> None:
        """One request is for all connectors."""
        if not await self._quietly("StatusNotification", None):
            self._charge_point.statuses_hold()


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _configuration_key(item: Any) -> ConfigurationKey | None:
    if not isinstance(item, dict) or (key := text(item.get("key"))) is None:
        return None
    value = item.get("value")
    return ConfigurationKey(
        key=key,
        value=None if value is None or key.casefold() in _SECRET_KEYS else str(value)[:_LONGEST_VALUE],
        readonly=str(item.get("readonly", False)).casefold() == "true",
    )
