"""The base of all entities: where they sit, when they are available, when they write, and how they come to be.

An entity belongs to one connector (0 is the charge point itself); one that shows a value of it is told of its changes directly. No
protocol knowledge and no value of its own may live here: those are in the platforms' tables and in the model.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback, async_get_current_platform

from .const import DOMAIN
from .csms.charge_point import ChargePoint
from .csms.model import Connector
from .runtime import OcppConfigEntry, OcppRuntime

# What decides on which entities exist
_DECIDING_KEYS = (
    "connectors",
    "quantities",
    "configuration",
    "external_limit",
    "features",
    "local_list",
    "limits",
    "reservation",
    "certificate",
)
_NOTHING = object()  # equals no value, not even None


def always(_charge_point: ChargePoint, _connector: Connector) -> bool:
    """Say that an entity exists on every charge point."""
    return True


def one_of_several(charge_point: ChargePoint, connector: Connector) -> bool:
    """Say that an entity exists only where it differs from its counterpart on the only connector, or on the charge point."""
    return len(charge_point.connectors) > 2  # 0 is the charge point itself


def the_only_one(charge_point: ChargePoint, connector: Connector) -> bool:
    """Say that an entity exists only where a connector stands for the whole charge point."""
    return not one_of_several(charge_point, connector)


@dataclass(frozen=True, kw_only=True)
class OcppEntityDescription(EntityDescription):
    """One row of a platform's table.

    `keys` are the model's keys whose changes the entity listens to (None: its own key); with `every_connector` those of all
    connectors. `exists_fn` says whether the charge point has the entity; one that existed before a restart comes back in any case.
    A row that `needs_control` is there only while charging control is set up, one that `needs_tariff` while there is a tariff.
    `always_available` marks facts that stay true while the charge point is offline. A `provisional` entity goes when `exists_fn` no
    longer holds; its counterpart elsewhere may then take its entity id.
    """

    keys: tuple[str, ...] | None = None
    every_connector: bool = False
    needs_control: bool = False
    needs_tariff: bool = False
    always_available: bool = False
    provisional: bool = False
    exists_fn: Callable[[ChargePoint, Connector], bool] = always


class OcppEntity(Entity):
    """An entity of a charge point (connector 0) or of one of its connectors."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: OcppEntityDescription

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppEntityDescription
    ) -> None:
        """Seat the entity on the device of connector `number` of the charge point."""
        self.entity_description = description
        self.charge_point = charge_point
        self.number = number
        self._attr_translation_key = description.translation_key or description.key
        self._attr_unique_id = unique_id(charge_point, number, description.key)
        self._runtime = runtime
        self._attr_available = self._is_available()

    @property
    def connector(self) -> Connector:
        """The connector that the entity belongs to."""
        return self.charge_point.connectors[self.number]

    @property
    @override
    def device_info(self) -> DeviceInfo | ChildDeviceInfo:
        """The device to sit on: once there are two connectors, each has one of its own."""
        return self._runtime.device_info(self.charge_point, self.number)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the connection of the charge point."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charge_point.listen(0, ("connected",), self._connection_changed))
        self._attr_available = self._is_available()

    @callback
    def _connection_changed(self) -> None:
        """Write the state if the entity shows something else than before: it may have become available, or not."""
        taken, available = self._take(), self._is_available()
        if taken or self._attr_available is not available:
            self._attr_available = available
            self.async_write_ha_state()

    def _take(self) -> bool:
        """Take over what the model has now. Return whether it is something else than before; here there is nothing to take."""
        return False

    def _is_available(self) -> bool:
        """Whether the charge point is connected, unless the value stays true without it."""
        return self.entity_description.always_available or self.charge_point.connected


class OcppValueEntity(OcppEntity):
    """An entity that shows a value of the model."""

    def __init__(
        self, runtime: OcppRuntime, charge_point: ChargePoint, number: int, description: OcppEntityDescription
    ) -> None:
        """Show nothing yet."""
        super().__init__(runtime, charge_point, number, description)
        self._listened: set[int] = set()
        self._shown_value: object = _NOTHING

    @abstractmethod
    def _read(self) -> object:
        """Return the value the model has now, comparable with `==`."""

    @abstractmethod
    def _show(self, value: Any) -> None:
        """Take the value that `_read` returned into the entity's attributes."""

    @override
    async def async_added_to_hass(self) -> None:
        """Show the model's value and listen to its changes."""
        await super().async_added_to_hass()
        # An entity whose id is changed is removed and added again.
        self._listened.clear()
        self.async_on_remove(self.charge_point.listen(0, ("settings",), self._changed))
        self._listen_to_connectors()
        self._take()
        if self.entity_description.every_connector:
            self.async_on_remove(self.charge_point.listen(0, ("connectors",), self._connectors_changed))

    @callback
    def _listen_to_connectors(self) -> None:
        """Listen to the connectors that the value is made of, also to those that became known later."""
        description = self.entity_description
        keys = (description.key,) if description.keys is None else description.keys
        wanted = set(self.charge_point.connectors) if description.every_connector else {self.number}
        for number in wanted - self._listened:
            self.async_on_remove(self.charge_point.listen(number, keys, self._changed))
        self._listened |= wanted

    @callback
    def _connectors_changed(self) -> None:
        """Listen to the connector that has become known; what it said before counts too."""
        self._listen_to_connectors()
        self._changed()

    @callback
    def _changed(self) -> None:
        """Write the state if the value has changed."""
        if self._take():
            self.async_write_ha_state()

    @override
    def _take(self) -> bool:
        """Take over the value that the model has now. Return whether it is another than before."""
        value = self._read()
        if value == self._shown_value:
            return False
        self._shown_value = value
        self._show(value)
        return True


def unique_id(charge_point: ChargePoint, number: int, key: str) -> str:
    """Return the unique id of an entity: the same whether or not the connector has a device of its own."""
    return f"{charge_point.identity}_{number}_{key}"


@callback
def async_add_charge_point_entities[DescriptionT: OcppEntityDescription](
    entry: OcppConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[OcppRuntime, ChargePoint, int, DescriptionT], OcppEntity],
    *,
    charge_point_rows: Sequence[DescriptionT] = (),
    connector_rows: Sequence[DescriptionT] = (),
) -> None:
    """Add the entities of a platform's tables for each charge point there is and each that will come."""
    runtime = entry.runtime_data
    platform = async_get_current_platform()

    @callback
    def add(charge_point: ChargePoint, subentry: ConfigSubentry) -> None:
        entities = _ChargePointEntities(
            runtime=runtime,
            charge_point=charge_point,
            charge_point_rows=charge_point_rows,
            connector_rows=connector_rows,
            create=create,
            add=partial(async_add_entities, config_subentry_id=subentry.subentry_id),
            registry=er.async_get(platform.hass),
            platform=platform.domain,
        )
        entities.update()
        runtime.on_removal(charge_point, runtime.control.listen(entities.update))
        runtime.on_removal(charge_point, runtime.records.listen(entities.update))

    entry.async_on_unload(runtime.on_charge_point(add))


@dataclass(slots=True, kw_only=True)
class _ChargePointEntities[DescriptionT: OcppEntityDescription]:
    """Which entities of a platform's tables one charge point has. They come and go with what becomes known of it."""

    runtime: OcppRuntime
    charge_point: ChargePoint
    charge_point_rows: Sequence[DescriptionT]
    connector_rows: Sequence[DescriptionT]
    create: Callable[[OcppRuntime, ChargePoint, int, DescriptionT], OcppEntity]
    add: Callable[[list[OcppEntity]], None]
    registry: er.EntityRegistry
    platform: str
    created: set[tuple[int, str]] = field(init=False, default_factory=set)
    listened: set[int] = field(init=False, default_factory=set)

    @callback
    def update(self) -> None:
        """Create what the charge point has and had not before; listen to connectors that are new."""
        self._retire()
        new = [
            (connector.number, row)
            for connector, row in self._candidates()
            if (connector.number, row.key) not in self.created and self._exists(connector, row)
        ]
        if new:
            self.created.update((number, row.key) for number, row in new)
            self.add([self.create(self.runtime, self.charge_point, number, row) for number, row in new])
        for number in self.charge_point.connectors.keys() - self.listened:
            undo = self.charge_point.listen(number, _DECIDING_KEYS, self.update)
            self.runtime.on_removal(self.charge_point, undo)
            self.listened.add(number)

    def _retire(self) -> None:
        """Let go of entities whose connector is forgotten, and remove those that have become superfluous."""
        self.created = {item for item in self.created if item[0] in self.charge_point.connectors}
        for connector, row in self._candidates():
            if not (row.provisional or row.needs_control or row.needs_tariff) or self._exists(connector, row):
                continue
            if (found := self._registered(connector, row)) is not None:
                self.registry.async_remove(found)
                self.created.discard((connector.number, row.key))

    def _candidates(self) -> Iterator[tuple[Connector, DescriptionT]]:
        """Yield all that could be."""
        for connector in self.charge_point.connectors.values():
            for row in self.connector_rows if connector.number else self.charge_point_rows:
                yield connector, row

    def _exists(self, connector: Connector, row: DescriptionT) -> bool:
        """Whether the charge point has this entity, or had it before a restart and may keep it."""
        if row.needs_control and self.runtime.control.loop is None:
            return False
        if row.needs_tariff and self.runtime.records.costs.tariff is None:
            return False
        if row.exists_fn(self.charge_point, connector):
            return True
        return not row.provisional and self._registered(connector, row) is not None

    def _registered(self, connector: Connector, row: DescriptionT) -> str | None:
        """Return the entity id, if there was such an entity ever."""
        return self.registry.async_get_entity_id(
            self.platform, DOMAIN, unique_id(self.charge_point, connector.number, row.key)
        )
