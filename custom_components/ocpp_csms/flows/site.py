"""The flow of the site's subentry: which entities tell about grid, sun, battery, fuse and prices. One form, filled in from the Energy dashboard.

Entities are checked for what they are (that they exist, their unit), never for what they measure: that shows while charging.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import voluptuous as vol

from custom_components.ocpp_csms.charging.wiring import MINIMUM_CURRENT
from custom_components.ocpp_csms.const import (
    CONF_BATTERY_POWER,
    CONF_BATTERY_POWER_INVERTED,
    CONF_BATTERY_PRIORITY_SOC,
    CONF_BATTERY_SOC,
    CONF_CHARGER_CIRCUIT,
    CONF_DIMMED_POWER,
    CONF_DIMMER,
    CONF_FUSE,
    CONF_FUSE_MARGIN,
    CONF_GRID_EXPORT,
    CONF_GRID_IMPORT,
    CONF_GRID_POWER,
    CONF_GRID_POWER_INVERTED,
    CONF_PHASE_L1,
    CONF_PRICE,
    CONF_RESUME_AFTER_UNPLUG,
    CONF_SOLAR_POWER,
    CONF_STRICT,
    DOMAIN,
)
from custom_components.ocpp_csms.control.energy_preferences import Suggestion, async_suggestion
from custom_components.ocpp_csms.control.settings import (
    DEFAULT_DIMMED_POWER,
    DEFAULT_FUSE_MARGIN,
    DEFAULT_PRIORITY_SOC,
    DEFAULT_RESUME_AFTER_UNPLUG,
    PHASE_FIELDS,
    VOLTAGE_FIELDS,
    site_subentry,
)

# A slash cannot be part of a charge point's identity, which is a unique id of the same entry.
UNIQUE_ID = "site/"

SECTION_GRID_PAIR = "grid_pair"
SECTION_BATTERY = "battery"
SECTION_FUSE = "fuse"
SECTION_PRICES = "prices"
SECTION_OPERATOR = "operator"
SECTION_BY_HAND = "by_hand"


POWER_UNITS = (UnitOfPower.WATT, UnitOfPower.KILO_WATT, UnitOfPower.MEGA_WATT)
CURRENT_UNITS = (UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE)
PHASE_UNITS = (*CURRENT_UNITS, *POWER_UNITS)
VOLTAGE_UNITS = (UnitOfElectricPotential.VOLT,)

# Where a phase may have 100 to 127 V (IEC 60038, and what was there before it): half as many volts are twice as many amperes.
_LOW_VOLTAGE = frozenset(
    [
        "AI",
        "AG",
        "AW",
        "BB",
        "BM",
        "BO",
        "BR",
        "BS",
        "BZ",
        "CA",
        "CO",
        "CR",
        "CU",
        "CW",
        "DO",
        "EC",
        "GT",
        "GU",
        "HN",
        "HT",
        "JM",
        "JP",
        "KN",
        "KP",
        "KY",
        "LR",
        "MX",
        "NI",
        "PA",
        "PR",
        "SA",
        "SV",
        "SX",
        "TC",
        "TT",
        "TW",
        "US",
        "VE",
        "VG",
        "VI",
    ]
)

# Any of these, or a grid meter, is something to go by.
_PURPOSES = frozenset({CONF_GRID_POWER, CONF_FUSE, CONF_CHARGER_CIRCUIT, CONF_PRICE, CONF_DIMMER})

# What each entity must measure: the error to show, and the units it may have
_MEASURED: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        (CONF_GRID_POWER, CONF_SOLAR_POWER, CONF_BATTERY_POWER, CONF_GRID_IMPORT, CONF_GRID_EXPORT),
        ("not_power", POWER_UNITS),
    ),
    CONF_BATTERY_SOC: ("not_percentage", (PERCENTAGE,)),
    **dict.fromkeys(PHASE_FIELDS, ("not_phase", PHASE_UNITS)),
    **dict.fromkeys(VOLTAGE_FIELDS, ("not_voltage", VOLTAGE_UNITS)),
}
_ENTITIES = (*_MEASURED, CONF_PRICE, CONF_DIMMER)


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a choice cannot be used. `name` is the field at fault, `reason` a key for translation."""

    name: str
    reason: str
    placeholders: Mapping[str, str] = field(default_factory=dict)


class SiteFlow(ConfigSubentryFlow):
    """Adds and changes the site, of which an entry has one at most."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show what the Energy dashboard knows, to be completed."""
        if site_subentry(self._get_entry()) is not None:
            return self.async_abort(reason="already_configured")
        if user_input is None:
            return self._show("user", _suggested(await async_suggestion(self.hass)))
        data = _flat(user_input)
        if fault := next(_faults(self.hass, self._get_entry(), data), None):
            return self._show("user", data, fault)
        return self.async_create_entry(title=self.hass.config.location_name, data=data, unique_id=UNIQUE_ID)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show what is set, to be changed."""
        subentry = self._get_reconfigure_subentry()
        if user_input is None:
            return self._show("reconfigure", subentry.data)
        data = _flat(user_input)
        if fault := next(_faults(self.hass, self._get_entry(), data), None):
            return self._show("reconfigure", data, fault)
        return self.async_update_and_abort(self._get_entry(), subentry, data=data)

    def _show(self, step_id: str, shown: Mapping[str, Any], fault: _Fault | None = None) -> SubentryFlowResult:
        # A field in a section cannot show an error of its own: it stands above the section, which is open then.
        place = _place(fault.name) if fault else None
        nested = {**shown, **dict.fromkeys(_SECTIONS, shown)}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(_schema(shown, place), nested),
            errors={place: fault.reason} if fault and place else {},
            description_placeholders=fault.placeholders if fault else {},
        )


# The form


def _entity(*filters: EntityWithDeviceFilterSelectorConfig, multiple: bool = False) -> EntitySelector:
    return EntitySelector(EntitySelectorConfig(filter=list(filters), multiple=multiple))


def _measured(device_class: str | list[str], *units: str, multiple: bool = False) -> EntitySelector:
    """Return a choice of entities of these device classes, and of those that have none but a unit that fits."""
    return _entity(
        EntityWithDeviceFilterSelectorConfig(domain="sensor", device_class=device_class),
        EntityWithDeviceFilterSelectorConfig(
            domain=["sensor", "input_number", "number"], unit_of_measurement=list(units)
        ),
        multiple=multiple,
    )


def _box(least: float, most: float, step: float, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=least, max=most, step=step, unit_of_measurement=unit, mode=NumberSelectorMode.BOX)
    )


def _required(name: str) -> vol.Required:
    return vol.Required(name, default=_DEFAULTS[name])


_DEFAULTS: dict[str, Any] = {
    CONF_FUSE_MARGIN: DEFAULT_FUSE_MARGIN,
    CONF_STRICT: False,
    CONF_GRID_POWER_INVERTED: False,
    CONF_BATTERY_PRIORITY_SOC: DEFAULT_PRIORITY_SOC,
    CONF_BATTERY_POWER_INVERTED: False,
    CONF_DIMMED_POWER: DEFAULT_DIMMED_POWER,
    CONF_RESUME_AFTER_UNPLUG: DEFAULT_RESUME_AFTER_UNPLUG,
}

_POWER = _measured("power", *POWER_UNITS)
_PHASE = _measured(["current", "power"], *PHASE_UNITS)
_VOLTAGE = _measured("voltage", *VOLTAGE_UNITS)
_AMPERES = _box(MINIMUM_CURRENT, 1000, 1, "A")

PRICE_ENTITY = _entity(EntityWithDeviceFilterSelectorConfig(domain=["sensor", "input_number", "number"]))

_FIELDS: dict[vol.Marker, Any] = {
    vol.Optional(CONF_GRID_POWER): _POWER,
    vol.Optional(CONF_SOLAR_POWER): _measured("power", *POWER_UNITS, multiple=True),
    vol.Optional(CONF_BATTERY_POWER): _POWER,
    vol.Optional(CONF_BATTERY_SOC): _measured("battery", PERCENTAGE),
}
_SECTIONS: dict[str, dict[vol.Marker, Any]] = {
    SECTION_FUSE: {
        vol.Optional(CONF_FUSE): _AMPERES,
        **{vol.Optional(phase): _PHASE for phase in PHASE_FIELDS},
        **{vol.Optional(voltage): _VOLTAGE for voltage in VOLTAGE_FIELDS},
        _required(CONF_FUSE_MARGIN): _box(0, 100, 0.1, "A"),
        vol.Optional(CONF_CHARGER_CIRCUIT): _AMPERES,
        _required(CONF_STRICT): BooleanSelector(),
    },
    SECTION_GRID_PAIR: {
        _required(CONF_GRID_POWER_INVERTED): BooleanSelector(),
        vol.Optional(CONF_GRID_IMPORT): _POWER,
        vol.Optional(CONF_GRID_EXPORT): _POWER,
    },
    SECTION_BATTERY: {
        _required(CONF_BATTERY_PRIORITY_SOC): _box(0, 100, 1, "%"),
        _required(CONF_BATTERY_POWER_INVERTED): BooleanSelector(),
    },
    SECTION_PRICES: {vol.Optional(CONF_PRICE): PRICE_ENTITY},
    SECTION_OPERATOR: {
        vol.Optional(CONF_DIMMER): _entity(
            EntityWithDeviceFilterSelectorConfig(domain=["binary_sensor", "input_boolean", "switch"])
        ),
        _required(CONF_DIMMED_POWER): _box(0, 100_000, 10, "W"),
    },
    SECTION_BY_HAND: {_required(CONF_RESUME_AFTER_UNPLUG): BooleanSelector()},
}


def _schema(shown: Mapping[str, Any], place: str | None) -> vol.Schema:
    """Return the form. A section is open if something is set in it, or wrong."""
    sections = {
        vol.Required(name): section(vol.Schema(fields), {"collapsed": name != place and not _is_set(fields, shown)})
        for name, fields in _SECTIONS.items()
    }
    return vol.Schema({**_FIELDS, **sections})


def _is_set(fields: Iterable[vol.Marker], shown: Mapping[str, Any]) -> bool:
    names = map(str, fields)
    return any(shown.get(name, _DEFAULTS.get(name)) != _DEFAULTS.get(name) for name in names)


def _place(name: str) -> str:
    """Return where an error of a field is shown: at the field, or at its section."""
    return next((place for place, fields in _SECTIONS.items() if name in fields), name)


def _suggested(suggestion: Suggestion) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(suggestion).items() if value
    }


def _flat(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subentry keeps of a form: what was filled in, whatever section it stands in."""
    fields = {name: value for name, value in user_input.items() if name not in _SECTIONS}
    for name in _SECTIONS:
        fields |= user_input[name]
    return {name: value for name, value in fields.items() if value != []}


# Checks


def _faults(hass: HomeAssistant, entry: ConfigEntry, data: Mapping[str, Any]) -> Iterator[_Fault]:
    """Yield what cannot be used."""
    yield from _entity_faults(hass, data)
    yield from _grid_faults(data)
    yield from _fuse_faults(hass, entry, data)
    yield from _voltage_faults(hass, data)


def _grid_faults(data: Mapping[str, Any]) -> Iterator[_Fault]:
    pair = [name for name in (CONF_GRID_IMPORT, CONF_GRID_EXPORT) if name in data]
    if pair and CONF_GRID_POWER in data:
        yield _Fault(pair[0], "grid_twice")
    if len(pair) == 1:
        yield _Fault(pair[0], "grid_pair_incomplete")
    if not pair and not _PURPOSES.intersection(data):
        yield _Fault(CONF_GRID_POWER, "nothing_to_go_by")


def _fuse_faults(hass: HomeAssistant, entry: ConfigEntry, data: Mapping[str, Any]) -> Iterator[_Fault]:
    phases = tuple(phase for phase in PHASE_FIELDS if phase in data)
    if CONF_FUSE not in data:
        if phases:
            yield _Fault(CONF_FUSE, "fuse_missing")
        return
    if not phases:
        yield _Fault(CONF_PHASE_L1, "phase_sensors_missing")
    elif phases not in (PHASE_FIELDS, (CONF_PHASE_L1,)):
        yield _Fault(CONF_PHASE_L1, "phase_sensors_incomplete")
    if _meters_of_others(hass, entry).intersection(data[phase] for phase in phases):
        yield _Fault(CONF_PHASE_L1, "fuse_elsewhere")
    if data[CONF_FUSE] - data[CONF_FUSE_MARGIN] < MINIMUM_CURRENT:
        yield _Fault(CONF_FUSE_MARGIN, "fuse_margin_too_large")


def _voltage_faults(hass: HomeAssistant, data: Mapping[str, Any]) -> Iterator[_Fault]:
    for phase, voltage in zip(PHASE_FIELDS, VOLTAGE_FIELDS, strict=True):
        if voltage in data and not (phase in data and _has_unit(hass, data[phase], POWER_UNITS)):
            yield _Fault(voltage, "voltage_without_power")
        if hass.config.country in _LOW_VOLTAGE and voltage not in data and _is_power(hass, data.get(phase)):
            yield _Fault(voltage, "voltage_missing")


def _is_power(hass: HomeAssistant, entity_id: str | None) -> bool:
    """Tell whether an entity is known to show power, and no current."""
    if entity_id is None or not _has_unit(hass, entity_id, POWER_UNITS):
        return False
    return not _has_unit(hass, entity_id, CURRENT_UNITS)


def _meters_of_others(hass: HomeAssistant, entry: ConfigEntry) -> set[str]:
    """Return the sensors by which other central systems watch a fuse: two that do not know of each other would overload it."""
    others = (other for other in hass.config_entries.async_entries(DOMAIN) if other.entry_id != entry.entry_id)
    sites = filter(None, map(site_subentry, others))
    return {site.data[phase] for site in sites for phase in PHASE_FIELDS if phase in site.data}


def _entity_faults(hass: HomeAssistant, data: Mapping[str, Any]) -> Iterator[_Fault]:
    registry = er.async_get(hass)
    seen: set[str] = set()
    for name, entity_id in _chosen(data):
        state, entry = hass.states.get(entity_id), registry.entities.get(entity_id)
        if state is None and entry is None:
            yield _Fault(name, "entity_missing", {"entity": entity_id})
        entity = {"entity": state.name if state is not None else entity_id}
        may_repeat = name in VOLTAGE_FIELDS or _is_only_phase(name, entity_id, data)
        if entity_id in seen and not may_repeat:
            yield _Fault(name, "entity_twice", entity)
        seen.add(entity_id)
        if name not in _MEASURED:
            continue
        if entry is not None and entry.platform == DOMAIN:
            yield _Fault(name, "entity_of_charger", entity)
        reason, units = _MEASURED[name]
        if not _has_unit(hass, entity_id, units):
            yield _Fault(name, reason, entity)


def _is_only_phase(name: str, entity_id: str, data: Mapping[str, Any]) -> bool:
    """Tell whether this is the power of the grid once more, as that of the only phase of the house."""
    others = set(PHASE_FIELDS[1:]).intersection(data)
    return name == CONF_PHASE_L1 and entity_id == data.get(CONF_GRID_POWER) and not others


def _chosen(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, entity id) for each entity."""
    for name in _ENTITIES:
        value = data.get(name, [])
        for entity_id in [value] if isinstance(value, str) else value:
            yield name, entity_id


def _has_unit(hass: HomeAssistant, entity_id: str, units: Collection[str]) -> bool:
    """Tell whether an entity has one of the units, or may turn out to: one that has not reported yet may not tell its unit."""
    state, entry = hass.states.get(entity_id), er.async_get(hass).entities.get(entity_id)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state is not None else None
    if unit is None and entry is not None:
        unit = entry.unit_of_measurement
    if unit is None:
        return state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN)
    return unit in units
