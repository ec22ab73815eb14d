"""From what Home Assistant keeps (entry, options, subentries) to the settings of the central system. No other module knows both shapes.

What is absent takes the central system's own default, so that each default stands in one place.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from ssl import SSLContext

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_PORT

from .const import (
    CONF_ALLOWED,
    CONF_ALLOWED_NETWORKS,
    CONF_CALL_TIMEOUT,
    CONF_CHARGE_POINTS,
    CONF_CLIENT_AUTHORITY,
    CONF_CLIENT_CERTIFICATE,
    CONF_CONCURRENT,
    CONF_CONFIGURE,
    CONF_CREDENTIAL,
    CONF_DATA_TRANSFER_VENDORS,
    CONF_EXPIRY,
    CONF_FALLBACK_CURRENT,
    CONF_HEARTBEAT_INTERVAL,
    CONF_ID_TAG,
    CONF_ID_TAG_POLICY,
    CONF_KEEP_LIMIT,
    CONF_LOCAL_LIST,
    CONF_MAXIMUM_CURRENT,
    CONF_MEASURANDS,
    CONF_METER_INTERVAL,
    CONF_NEXT_CREDENTIAL,
    CONF_PARENT,
    CONF_PHASE_ROTATION,
    CONF_PHASES,
    CONF_QUIRKS,
    CONF_SUPPLY_VOLTAGE,
    CONF_TLS,
    CONF_UNKNOWN_CHARGE_POINTS,
    CONF_VALIDATION,
    CONF_VERSION,
    SUBENTRY_CHARGE_POINT,
    SUBENTRY_ID_TAG,
    UNKNOWN_DISCOVER,
)
from .csms.cards.authorization import Authorization, IdTag, Policy, folded
from .csms.central_system import CentralSystemSettings
from .csms.charge_point import ChargePointSettings
from .csms.model import ValidationMode
from .csms.versions import Version

# By what is kept: the phase of the house (0 to 2) that each phase of the charge point is
PHASE_ROTATIONS: dict[str, tuple[int, ...]] = {
    "_".join(f"l{phase + 1}" for phase in order): order for order in permutations(range(3))
}


def central_system_settings(entry: ConfigEntry, ssl: SSLContext | None) -> CentralSystemSettings:
    """Return the settings of the entry's listener."""
    options = entry.options
    given = {
        "heartbeat_interval": options.get(CONF_HEARTBEAT_INTERVAL),
        "call_timeout": options.get(CONF_CALL_TIMEOUT),
    }
    return CentralSystemSettings(
        host=entry.data[CONF_HOST],
        port=entry.data[CONF_PORT],
        ssl=ssl,
        foreign_client_certificates=CONF_CLIENT_AUTHORITY in entry.data.get(CONF_TLS, {}),
        discover=options.get(CONF_UNKNOWN_CHARGE_POINTS, UNKNOWN_DISCOVER) == UNKNOWN_DISCOVER,
        allowed_networks=tuple(options.get(CONF_ALLOWED_NETWORKS, ())),
        **{name: value for name, value in given.items() if value is not None},
    )


def charge_point_settings(subentry: ConfigSubentry) -> ChargePointSettings:
    """Return the settings of a charge point."""
    data = subentry.data
    same_names = (
        CONF_CREDENTIAL,
        CONF_NEXT_CREDENTIAL,
        CONF_CLIENT_CERTIFICATE,
        CONF_MAXIMUM_CURRENT,
        CONF_PHASES,
        CONF_FALLBACK_CURRENT,
        CONF_METER_INTERVAL,
        CONF_CONFIGURE,
        CONF_ID_TAG,
        CONF_LOCAL_LIST,
        CONF_QUIRKS,
    )
    given = {name: data[name] for name in same_names if name in data}
    if CONF_MEASURANDS in data:
        given["measurands"] = tuple(data[CONF_MEASURANDS])
    if CONF_DATA_TRANSFER_VENDORS in data:
        given["data_transfer_vendors"] = tuple(data[CONF_DATA_TRANSFER_VENDORS])
    if CONF_VERSION in data:
        given["version"] = Version(data[CONF_VERSION])
    if CONF_VALIDATION in data:
        given["validation"] = ValidationMode(data[CONF_VALIDATION])
    if CONF_ID_TAG_POLICY in data:
        given["id_tag_policy"] = Policy(data[CONF_ID_TAG_POLICY])
    if CONF_SUPPLY_VOLTAGE in data:
        given["voltage"] = data[CONF_SUPPLY_VOLTAGE]
    if CONF_PHASE_ROTATION in data:
        given["grid_phases"] = PHASE_ROTATIONS[data[CONF_PHASE_ROTATION]]
    if data.get(CONF_KEEP_LIMIT):
        given["fallback_current"] = None
    return ChargePointSettings(**given)


def authorization(entry: ConfigEntry) -> Authorization:
    """Return the ID tags that the user entered, and the policy for all others, if the user has chosen one."""
    policy = entry.options.get(CONF_ID_TAG_POLICY)
    return Authorization(
        Policy(policy) if policy else None,
        {tag.id_tag: tag for tag in map(_id_tag, subentries_of(entry, SUBENTRY_ID_TAG))},
    )


def charge_point_subentries(entry: ConfigEntry) -> dict[str, ConfigSubentry]:
    """Return the subentries of the entry's charge points by identity."""
    return {str(subentry.unique_id): subentry for subentry in subentries_of(entry, SUBENTRY_CHARGE_POINT)}


def subentries_of(entry: ConfigEntry, subentry_type: str) -> Iterator[ConfigSubentry]:
    """Yield the entry's subentries of one type."""
    return (subentry for subentry in entry.subentries.values() if subentry.subentry_type == subentry_type)


def _id_tag(subentry: ConfigSubentry) -> IdTag:
    data = subentry.data
    expiry = data.get(CONF_EXPIRY)
    number = data[CONF_ID_TAG]
    return IdTag(
        id_tag=number,
        name=None if folded(subentry.title) == folded(number) else subentry.title,
        allowed=data.get(CONF_ALLOWED, True),
        expiry=datetime.fromisoformat(expiry).astimezone(UTC) if expiry else None,
        parent=data.get(CONF_PARENT),
        concurrent=data.get(CONF_CONCURRENT),
        charge_points=frozenset(data.get(CONF_CHARGE_POINTS, ())),
    )
