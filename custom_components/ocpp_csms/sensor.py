"""Sensors: what a charge point and its connectors report, one row of a table each, and the address that chargers dial.

Tables of subjects of their own, such as what is measured and what it costs, are in `sensors`.
"""

from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfTime
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .cards.tag_names import tag_name
from .csms.cards.local_list import LocalListState
from .csms.charge_point import ChargePoint
from .csms.files.logs import LogStatus
from .csms.model import Connector, ConnectorStatus, ErrorCode
from .entity import async_add_charge_point_entities
from .runtime import OcppConfigEntry, OcppRuntime
from .sensors.control import CONNECTOR_CONTROL, SITE_SENSORS, OcppControlSensor, async_add_site_sensors
from .sensors.costs import CONNECTOR_COSTS, OcppCostSensor
from .sensors.description import OcppSensorDescription, SensorValue
from .sensors.external_limits import CHARGE_POINT_EXTERNAL_LIMIT, CONNECTOR_EXTERNAL_LIMIT
from .sensors.paced import OcppPacedEntity
from .sensors.quantities import QUANTITIES
from .sensors.reservations import ANY_CONNECTOR_RESERVATION, CONNECTOR_RESERVATION

PARALLEL_UPDATES = 0

WRITE_INTERVAL = 1.0  # s, between two states of one measuring sensor
MINUTE = 60  # s


def _name(member: StrEnum | None) -> str | None:
    """Return an enum's value as a plain text."""
    return None if member is None else member.value


def _session_start(_charge_point: ChargePoint, connector: Connector) -> datetime | None:
    """Return when the running or last session began."""
    return None if connector.session is None else connector.session.started


def _session_duration(_charge_point: ChargePoint, connector: Connector) -> int | None:
    """Return the length of the running or last session in seconds.

    Of a running one in whole minutes, so that not every meter value makes a state of its own.
    """
    if (session := connector.session) is None or (started := session.started) is None:
        return None
    if session.ended is None:
        elapsed = int((dt_util.utcnow() - started).total_seconds())
        return max(0, elapsed - elapsed % MINUTE)
    return max(0, int((session.ended - started).total_seconds()))


def _id_tag(charge_point: ChargePoint, connector: Connector) -> str | None:
    """Return who charges."""
    transaction = connector.running_transaction
    return None if transaction is None or transaction.id_tag is None else tag_name(charge_point, transaction.id_tag)


def _limit_strategy(charge_point: ChargePoint, _connector: Connector) -> str | None:
    """Return how limits are told and what is known of it; None before the first limit."""
    search = charge_point.limits.search
    if search is None or not search.history:
        return None
    return "none: refused" if search.current is None else f"{search.current}: {search.outcome or 'untried'}"


CHARGE_POINT_SENSORS = (
    OcppSensorDescription(
        key="status",
        translation_key="charge_point_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in ConnectorStatus],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda _, connector: _name(connector.status),
    ),
    OcppSensorDescription(
        key="ocpp_version",
        keys=("connected", "version"),
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        value_fn=lambda charge_point, _: charge_point.version,
    ),
    OcppSensorDescription(
        key="last_message",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.last_message,
    ),
    OcppSensorDescription(
        key="certificate_expiry",
        keys=("certificate",),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        exists_fn=lambda charge_point, _: charge_point.certificates.expires is not None,
        value_fn=lambda charge_point, _: charge_point.certificates.expires,
    ),
    OcppSensorDescription(
        key="reconnects",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        value_fn=lambda charge_point, _: charge_point.reconnects,
    ),
    OcppSensorDescription(
        key="message_violations",
        keys=("violations",),
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.violations.count,
    ),
    OcppSensorDescription(
        key="latency",
        keys=("last_message",),  # pings are answered below the messages; nobody tells of them
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.latency,
    ),
    OcppSensorDescription(
        key="log_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in LogStatus],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda charge_point, _: charge_point.logs.status.value,
    ),
    OcppSensorDescription(
        key="limit_writes_today",
        keys=("limits",),
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        coalesce=True,
        value_fn=lambda charge_point, _: charge_point.limits.writes_today,
    ),
    OcppSensorDescription(
        key="limit_strategy",
        keys=("limits",),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        value_fn=_limit_strategy,
    ),
    OcppSensorDescription(
        key="local_list",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in LocalListState],
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        exists_fn=lambda charge_point, _: charge_point.local_list.is_supported,
        value_fn=lambda charge_point, _: _name(charge_point.local_list.state),
    ),
    OcppSensorDescription(
        key="local_list_version",
        keys=("local_list",),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        always_available=True,
        exists_fn=lambda charge_point, _: charge_point.local_list.is_supported,
        value_fn=lambda charge_point, _: charge_point.local_list.version,
    ),
    *ANY_CONNECTOR_RESERVATION,
    CHARGE_POINT_EXTERNAL_LIMIT,
    *QUANTITIES,
)

CONNECTOR_SENSORS = (
    OcppSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in ConnectorStatus],
        value_fn=lambda _, connector: _name(connector.status),
    ),
    OcppSensorDescription(
        key="error_code",
        device_class=SensorDeviceClass.ENUM,
        options=[code.value for code in ErrorCode],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda _, connector: _name(connector.error_code),
    ),
    OcppSensorDescription(
        key="session_energy",
        prompt_keys=("transaction",),
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        coalesce=True,
        value_fn=lambda _, connector: connector.session_energy,
    ),
    OcppSensorDescription(
        key="session_start",
        keys=("transaction",),
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_session_start,
    ),
    OcppSensorDescription(key="id_tag", keys=("transaction",), value_fn=_id_tag),
    *CONNECTOR_RESERVATION,
    CONNECTOR_EXTERNAL_LIMIT,
    *QUANTITIES,
)

CONNECTOR_DURATIONS = (
    OcppSensorDescription(
        key="session_duration",
        keys=("transaction",),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_session_duration,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors of the central system and of all its charge points."""
    async_add_entities([OcppUrlSensor(entry)])
    async_add_charge_point_entities(
        entry,
        async_add_entities,
        OcppSensor,
        charge_point_rows=CHARGE_POINT_SENSORS,
        connector_rows=CONNECTOR_SENSORS,
    )
    async_add_charge_point_entities(entry, async_add_entities, OcppDurationSensor, connector_rows=CONNECTOR_DURATIONS)
    async_add_charge_point_entities(entry, async_add_entities, OcppControlSensor, connector_rows=CONNECTOR_CONTROL)
    async_add_charge_point_entities(entry, async_add_entities, OcppCostSensor, connector_rows=CONNECTOR_COSTS)
    async_add_site_sensors(hass, entry, async_add_entities, SITE_SENSORS)


class OcppSensor(OcppPacedEntity, SensorEntity):
    """A sensor of a charge point or connector."""

    entity_description: OcppSensorDescription

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppSensorDescription
    ) -> None:
        """Take the pace of the row."""
        super().__init__(runtime, charge_point, number, description)
        self._pace = WRITE_INTERVAL if description.coalesce else None

    @override
    def _read(self) -> SensorValue:
        value = self.entity_description.value_fn(self.charge_point, self.connector)
        return None if isinstance(value, float) and not isfinite(value) else value

    @override
    def _show(self, value: SensorValue) -> None:
        self._attr_native_value = value

    @override
    async def async_added_to_hass(self) -> None:
        """Listen also to what may not wait."""
        await super().async_added_to_hass()
        if keys := self.entity_description.prompt_keys:
            self.async_on_remove(self.charge_point.listen(self.number, keys, self._changed_promptly))


class OcppDurationSensor(OcppSensor):
    """The length of a session: it grows each minute, whether or not the charge point says anything."""

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppSensorDescription
    ) -> None:
        """Start with a clock that stands."""
        super().__init__(runtime, charge_point, number, description)
        self._stop_clock: CALLBACK_TYPE | None = None

    @override
    def _take(self) -> bool:
        """Let the clock run as long as there is something to time."""
        session = self.connector.session
        started = None if session is None or session.ended is not None else session.started
        if not self._is_available() or started is None:
            self._end_clock()
        elif self._stop_clock is None:
            elapsed = (dt_util.utcnow() - started).total_seconds()
            self._stop_clock = async_call_later(
                self.hass, MINUTE - elapsed % MINUTE, HassJob(self._minute_is_over, cancel_on_shutdown=True)
            )
        return super()._take()

    @callback
    def _minute_is_over(self, _now: datetime) -> None:
        self._stop_clock = None
        self._changed()

    @callback
    def _end_clock(self) -> None:
        if self._stop_clock is not None:
            self._stop_clock()
            self._stop_clock = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave no timer behind."""
        self._end_clock()
        await super().async_will_remove_from_hass()


class OcppUrlSensor(SensorEntity):
    """The address to type into a charger, on the central system's own device."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_translation_key = "url"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, entry: OcppConfigEntry) -> None:
        """Show the address under which the entry's listener can be reached."""
        self._attr_unique_id = f"{entry.entry_id}_url"
        self._attr_device_info = entry.runtime_data.central_system_device_info()
        self._attr_native_value = entry.runtime_data.url
