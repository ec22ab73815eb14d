"""ID tags as Home Assistant keeps them: one subentry each. What the flow and the actions have in common in reading and writing them."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from custom_components.ocpp_csms.const import (
    CONF_ALLOWED,
    CONF_CHARGE_POINTS,
    CONF_CONCURRENT,
    CONF_EXPIRY,
    CONF_ID_TAG,
    CONF_PARENT,
    SUBENTRY_ID_TAG,
)

# OCPP 2.x takes 36 characters, 1.6 takes 20; one list serves both.
MAXIMUM_LENGTH = 36
MAXIMUM_TAGS = 1000
MAXIMUM_CONCURRENT = 100


def unique_id(id_tag: str) -> str:
    """Return the unique id of a tag's subentry. Tags are compared without case."""
    # A slash cannot be part of a charge point's identity, which is a unique id of the same entry.
    return f"id_tag/{id_tag.strip().casefold()}"


def is_number(id_tag: str) -> bool:
    """Tell whether a text can be the number of a tag."""
    return 0 < len(id_tag.strip()) <= MAXIMUM_LENGTH and id_tag.isprintable()


def tag_subentry(entry: ConfigEntry, id_tag: str) -> ConfigSubentry | None:
    """Return the subentry of a tag, if the user has entered it."""
    wanted = unique_id(id_tag)
    return next((item for item in entry.subentries.values() if item.unique_id == wanted), None)


def tag_data(id_tag: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subentry keeps: the expiry in UTC, optional fields only when they say something."""
    data: dict[str, Any] = {CONF_ID_TAG: id_tag, CONF_ALLOWED: fields.get(CONF_ALLOWED, True)}
    if expiry := _moment(fields.get(CONF_EXPIRY)):
        data[CONF_EXPIRY] = dt_util.as_utc(expiry).isoformat()
    if parent := (fields.get(CONF_PARENT) or "").strip():
        data[CONF_PARENT] = parent
    if concurrent := fields.get(CONF_CONCURRENT):
        data[CONF_CONCURRENT] = int(concurrent)
    if charge_points := fields.get(CONF_CHARGE_POINTS):
        data[CONF_CHARGE_POINTS] = list(charge_points)
    return data


@callback
def async_add_tag(hass: HomeAssistant, entry: ConfigEntry, id_tag: str, name: str, fields: Mapping[str, Any]) -> None:
    """Add a tag that has no subentry yet; an empty name is that of its number."""
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType(tag_data(id_tag, fields)),
            subentry_type=SUBENTRY_ID_TAG,
            title=name.strip() or id_tag,
            unique_id=unique_id(id_tag),
        ),
    )


@callback
def async_update_tag(
    hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry, name: str, fields: Mapping[str, Any]
) -> None:
    """Replace the fields of a tag that are given; an empty name leaves the one it has."""
    data = tag_data(subentry.data[CONF_ID_TAG], {**subentry.data, **fields})
    hass.config_entries.async_update_subentry(entry, subentry, data=data, title=name.strip() or subentry.title)


def _moment(value: str | datetime | None) -> datetime | None:
    """Return a moment that was typed or is kept; without a zone it is local."""
    return dt_util.parse_datetime(value) if isinstance(value, str) else value
