"""A charge point whose far end is a script: entities and actions are tested against the real model without a socket."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.charging.profiles import ChargingProfile
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.cards.remote_starts import RemoteStart
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.features import Features
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample
from custom_components.ocpp_csms.csms.model import (
    ConfigurationKey,
    ConnectorStatus,
    ErrorCode,
    Reading,
    Start,
    StationInfo,
)
from custom_components.ocpp_csms.csms.requests import Answer, Request
from custom_components.ocpp_csms.csms.v16.features import features_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
INFO = StationInfo(vendor="Simulant", model="Sim 22", serial="S-1", firmware="1.0.0")

POWER = Reading("Power.Active.Import", 11000.0, "W")
ENERGY = Reading("Energy.Active.Import.Register", 1234.5, "kWh")


class ScriptedDialect:
    """The far end of a connection: notes what it is asked, and answers as the test says (an exception is raised)."""

    version = "1.6"

    def __init__(self) -> None:
        """Answer everything with yes."""
        self.latency: float | None = 0.02
        self.calls: list[tuple[Any, ...]] = []
        self.answers: dict[str, Any] = {}
        self.list_support: ListSupport | None = None
        self.told_features: Features | None = None  # in place of what the configuration says
        self.charge_point: ChargePoint | None = None  # whose configuration is read as that of 1.6

    @property
    def features(self) -> Features:
        """What the configuration of its charge point says, in the words of 1.6."""
        if self.told_features is not None:
            return self.told_features
        return features_of({} if self.charge_point is None else self.charge_point.configuration)

    def _answer(self, name: str, *arguments: Any, default: Any = None) -> Any:
        self.calls.append((name, *arguments))
        answer = self.answers.get(name, default)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self, reason: str) -> None:
        """Close nothing."""

    async def start(self, start: RemoteStart, profile: ChargingProfile | None = None) -> None:
        """Answer RemoteStartTransaction; a profile that goes along is noted."""
        self._answer("start", start.connector, start.id_tag, *(() if profile is None else (profile,)))

    async def stop(self, transaction_id: str) -> None:
        """Answer RemoteStopTransaction."""
        self._answer("stop", transaction_id)

    async def limit_capabilities(self) -> Capabilities:
        """Say nothing."""
        return Capabilities()

    async def set_profile(self, profile: ChargingProfile) -> None:
        """Answer SetChargingProfile; the limit that holds at once is noted."""
        self._answer("set_limit", profile.connector, profile.periods[0].limit)

    async def clear_profile(self, profile_id: int) -> None:
        """Answer ClearChargingProfile."""
        self._answer("clear_profile", profile_id)

    async def set_availability(self, connector: int, *, operative: bool) -> str:
        """Answer ChangeAvailability."""
        return str(self._answer("set_availability", connector, operative, default="Accepted"))

    async def unlock(self, connector: int) -> None:
        """Answer UnlockConnector."""
        self._answer("unlock", connector)

    async def reset(self, *, hard: bool, connector: int = 0) -> str:
        """Answer Reset."""
        return str(self._answer("reset", hard, *((connector,) if connector else ()), default="Accepted"))

    async def trigger(self, message: str, connector: int | None) -> None:
        """Answer TriggerMessage."""
        self._answer("trigger", message, connector)

    async def get_configuration(self, keys: Sequence[str]) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """Answer GetConfiguration."""
        known = {"HeartbeatInterval": ConfigurationKey("HeartbeatInterval", "300", readonly=False)}
        answer: tuple[dict[str, ConfigurationKey], list[str]] = self._answer(
            "get_configuration", tuple(keys), default=(known, [])
        )
        return answer

    async def set_configuration(self, key: str, value: str) -> str:
        """Answer ChangeConfiguration."""
        return str(self._answer("set_configuration", key, value, default="Accepted"))

    def spelled(self, key: str) -> str:
        """Leave a key as it is."""
        return key

    async def set_password(self, password: str) -> str:
        """Answer the message that sets the password."""
        return str(self._answer("set_password", password, default="Accepted"))

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: str | None) -> tuple[str, str | None]:
        """Answer DataTransfer."""
        answer: tuple[str, str | None] = self._answer(
            "data_transfer", vendor_id, message_id, data, default=("Accepted", None)
        )
        return answer

    def local_list_support(self) -> ListSupport | None:
        """Return what is known of the local list."""
        return self.list_support

    async def read_local_list_support(self) -> ListSupport:
        """Say what is known of the local list, or that there is none."""
        return self.list_support or ListSupport(supported=False)

    async def enable_local_list(self) -> None:
        """Answer ChangeConfiguration of the key that switches the list on."""
        self._answer("enable_local_list")
        self.list_support = replace(self.list_support or ListSupport(supported=True), enabled=True)

    async def request(self, request: Request) -> Answer:
        """Answer a request; a refusal is set by the name of its type."""
        self.calls.append(("request", request))
        answer = self.answers.get(type(request).__name__, Answer("Accepted"))
        if isinstance(answer, Exception):
            raise answer
        return cast("Answer", answer)

    def checked(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Find nothing wrong."""
        return payload

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Answer any action."""
        answer: dict[str, Any] = self._answer("call", action, payload, default={})
        return answer

    async def request_boot(self) -> None:
        """Answer TriggerMessage for a BootNotification."""
        self._answer("request_boot")

    async def request_state(self) -> None:
        """Answer TriggerMessages for status and meter values."""
        self._answer("request_state")

    async def configure(self) -> None:
        """Answer the messages of a set-up."""
        self._answer("configure")


def report(
    charge_point: ChargePoint,
    number: int,
    status: ConnectorStatus,
    error_code: ErrorCode = ErrorCode.NO_ERROR,
) -> None:
    """Let the charge point report the status of a connector."""
    charge_point.status_reported(number, status, error_code, at=None)
    charge_point.flush()


def sample(charge_point: ChargePoint, number: int, *readings: Reading, transaction_id: str | None = None) -> None:
    """Let the charge point report readings of a connector."""
    charge_point.sampled(number, [MeterSample(None, readings)], transaction_id)
    charge_point.flush()


def start_transaction(
    charge_point: ChargePoint, number: int = 1, *, id_tag: str = "04A2B3C4", at: datetime | None = None
) -> Transaction:
    """Let the charge point start a transaction, its register at 1234.5 kWh."""
    start = Start(connector=number, at=at, id_tag=id_tag, meter_start=1234.5, fingerprint=f"{number} {id_tag} {at}")
    transaction, _ = charge_point.transaction_started(start)
    charge_point.flush()
    return transaction


def stop_transaction(
    charge_point: ChargePoint, transaction: Transaction, *, at: datetime | None = None, meter_stop: float = 1240.5
) -> None:
    """Let the charge point stop a transaction."""
    charge_point.transaction_stopped(transaction.transaction_id, at=at, meter_stop=meter_stop, reason="EVDisconnected")
    charge_point.flush()


def entity_id(hass: HomeAssistant, domain: str, unique_id: str) -> str:
    """Return the id of the entity with a unique id; the test fails when there is none."""
    found = er.async_get(hass).async_get_entity_id(domain, "ocpp_csms", unique_id)
    assert found is not None, unique_id
    return found


def state(hass: HomeAssistant, domain: str, unique_id: str) -> str:
    """Return the state of the entity with a unique id; the test fails when there is none."""
    found = hass.states.get(entity_id(hass, domain, unique_id))
    assert found is not None, unique_id
    return found.state


def states_written(hass: HomeAssistant) -> Callable[[], list[str]]:
    """Note the ids of entities that change from now on; the function returned gives them and forgets them."""
    written: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        written.append(event.data["entity_id"])

    hass.bus.async_listen("state_changed", note)

    def take() -> list[str]:
        taken = written.copy()
        written.clear()
        return taken

    return take


def assert_platform(hass: HomeAssistant, domain: str, snapshot: SnapshotAssertion) -> None:
    """Compare all entities of charge points on a platform, and their states, with the snapshot."""
    registry = er.async_get(hass)
    entries = sorted(
        (entry for entry in registry.entities.values() if entry.domain == domain and entry.config_subentry_id),
        key=lambda entry: entry.entity_id,
    )
    assert entries
    for entry in entries:
        assert entry == snapshot(name=f"{entry.entity_id}-entry")
        assert hass.states.get(entry.entity_id) == snapshot(name=f"{entry.entity_id}-state")
