"""Diagnostics of an entry, its site and one charge point, fit to be published: no password, no key, no ID tag."""

from collections.abc import Mapping
from dataclasses import asdict
import re
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .charging.profiles import Expiry
from .charging.strategies import Search
from .const import CONF_CREDENTIAL, CONF_ID_TAG, CONF_NEXT_CREDENTIAL, CONF_PARENT, SUBENTRY_ID_TAG
from .control.goals import Goals
from .control.loop import ControlLoop
from .control.settings import site_subentry
from .csms.charge_point import ChargePoint
from .csms.model import ConfigurationKey, Violation
from .devices import locate
from .runtime import OcppConfigEntry, OcppRuntime
from .settings import charge_point_subentries, subentries_of

TO_REDACT = {
    CONF_CREDENTIAL,
    CONF_NEXT_CREDENTIAL,
    CONF_ID_TAG,
    CONF_PARENT,
    "fingerprint",
    "iccid",
    "imsi",
    "location",
    "tag_name",
}

# Names of configuration keys that hold a secret, the vendors' own included.
_SECRET_KEY = re.compile(
    r"password|passwd|masterpass|key(?!s)|pin(?!g)|secret|token|credential|identifier|id_?tag", re.IGNORECASE
)
# Members of a frame that hold a secret, or an object with one. A frame may be broken JSON, so it is searched as text.
_SECRET_MEMBER = re.compile(
    r'("(?:idTag|parentIdTag|idToken|additionalIdToken|key|value|attributeValue|actualValue|data|password|basicAuthPassword)"'
    r'\s*:\s*)("(?:[^"\\]|\\.)*"?|\{[^{}]*\}?|[^\s,}\]]+)',
    re.IGNORECASE,
)


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: OcppConfigEntry) -> dict[str, Any]:
    """Return what is known of the central system and all its charge points."""
    loaded = entry.state is ConfigEntryState.LOADED
    return {
        "data": dict(entry.data),
        "options": dict(entry.options),
        "state": entry.state.value,
        "port": entry.runtime_data.central.port if loaded else None,
        "id_tags": len(list(subentries_of(entry, SUBENTRY_ID_TAG))),
        "site": _site(entry),
        "charge_points": _charge_points(entry),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: OcppConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return what is known of one charge point."""
    identity, _connector = locate(device)
    return {"charge_points": [item for item in _charge_points(entry) if item["identity"] == identity]}


def _site(entry: OcppConfigEntry) -> dict[str, Any] | None:
    """Return what is set for the house and what its control does; None without a site."""
    subentry = site_subentry(entry)
    if subentry is None:
        return None
    runtime = entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
    control = {} if runtime is None or runtime.control.loop is None else _control(runtime, runtime.control.loop)
    return {"settings": dict(subentry.data), "controlled": bool(control), **control}


def _control(runtime: OcppRuntime, loop: ControlLoop) -> dict[str, Any]:
    health = loop.health
    return {
        "surplus": loop.surplus,
        "headroom": loop.headroom,
        "grid_sensor": {
            "sign": health.sign.verdict,
            "slopes": health.sign.slopes,
            "bad_since": health.bad_since,
            "implausible": health.implausible,
            "frozen": health.is_frozen,
            "last_sample": health.seen_at,
            "median_interval": health.history.median_interval,
        },
        "connectors": {
            f"{point.identity}/{number}": {
                "goals": _goals(runtime.control.goals.of(point, number)),
                "status": asdict(loop.of(point, number).status),
            }
            for point in runtime.charge_points
            for number in sorted(point.connectors)
            if number
        },
    }


def _goals(goals: Goals) -> dict[str, Any]:
    return {**asdict(goals), "departure": goals.departure.isoformat()}


def _charge_points(entry: OcppConfigEntry) -> list[dict[str, Any]]:
    """Return what is known of the charge points, strangers included; while the entry is not loaded, what the user has set."""
    if entry.state is ConfigEntryState.LOADED:
        return [_charge_point(item) for item in entry.runtime_data.central.charge_points.values()]
    return [
        {"identity": identity, "settings": async_redact_data(dict(subentry.data), TO_REDACT)}
        for identity, subentry in charge_point_subentries(entry).items()
    ]


def _charge_point(charge_point: ChargePoint) -> dict[str, Any]:
    facts = {
        "identity": charge_point.identity,
        "registration": charge_point.registration,
        "version": charge_point.version,
        "connected": charge_point.connected,
        "last_message": charge_point.last_message,
        "reconnects": charge_point.reconnects,
        "latency": charge_point.latency,
        "info": asdict(charge_point.info),
        "settings": {**asdict(charge_point.settings), "has_password": charge_point.settings.credential is not None},
        "quirks": asdict(charge_point.quirks),
        "limits": _limits(charge_point),
        "client_certificate": _client_certificate(charge_point),
        "local_list": {
            "state": charge_point.local_list.state,
            "version": charge_point.local_list.version,
            "left_out": charge_point.local_list.left_out,
        },
        "connectors": [asdict(connector) for connector in charge_point.connectors.values()],
        "configuration": {key: _configuration_value(item) for key, item in charge_point.configuration.items()},
        "violation_count": charge_point.violations.count,
        "violations": [_violation(item) for item in charge_point.violations.latest],
    }
    redacted: dict[str, Any] = async_redact_data(facts, TO_REDACT)
    return redacted


def _client_certificate(charge_point: ChargePoint) -> dict[str, Any]:
    certificates = charge_point.certificates
    return {
        "expires": certificates.expires,
        "issued_by_us": certificates.ours,
        "presented": certificates.presented is not None,
        "refusal": certificates.refusal,
    }


def _limits(charge_point: ChargePoint) -> dict[str, Any]:
    """Return how limits are written to a charge point, and everything that was tried."""
    limits, search = charge_point.limits, charge_point.limits.search
    kept = limits.snapshot()
    return {
        "writes": limits.writes,
        "writes_today": limits.writes_today,
        "ceiling": limits.ceiling,
        "fallbacks": kept["fallbacks"],
        "can_switch_phases": limits.can_switch_phases,
        "phases_followed": kept["phases_followed"],
        "offer_lies": kept["offer_lies"],
        "search": None if search is None else _search(search),
    }


def _search(search: Search) -> dict[str, Any]:
    current = search.current
    return {
        "strategy": None if current is None else str(current),
        "fields": None if current is None else current.as_stored(),
        "has_dead_man": None if current is None else current.expiry is not Expiry.NONE,
        "outcome": search.outcome,
        "pinned": search.pinned,
        "capabilities": asdict(search.capabilities),
        "history": [{"strategy": str(trial.strategy), "outcome": trial.outcome} for trial in search.history],
    }


def _configuration_value(item: ConfigurationKey) -> Mapping[str, Any]:
    secret = item.write_only or _SECRET_KEY.search(item.key)
    value = REDACTED if item.value and secret else item.value
    return {"value": value, "readonly": item.readonly}


def _violation(violation: Violation) -> dict[str, Any]:
    return {**asdict(violation), "frame": _SECRET_MEMBER.sub(rf'\1"{REDACTED}"', violation.frame)}
