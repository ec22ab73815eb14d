"""Names that more than one module of the Home Assistant side uses: keys of the entry's and the subentries' data, and defaults.

Keys are public (they are the fields of the flows) and stay.
"""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "ocpp_csms"
NAME: Final = "OCPP CSMS"

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TIME,
    Platform.UPDATE,
]

# Subentry types
SUBENTRY_CHARGE_POINT: Final = "charge_point"
SUBENTRY_ID_TAG: Final = "id_tag"
SUBENTRY_SITE: Final = "site"

# Entry data; host and port are Home Assistant's own CONF_HOST and CONF_PORT
CONF_TLS: Final = "tls"
CONF_CERTIFICATE: Final = "certificate"
CONF_PRIVATE_KEY: Final = "private_key"
CONF_CLIENT_AUTHORITY: Final = "client_authority"

# Entry options
CONF_UNKNOWN_CHARGE_POINTS: Final = "unknown_charge_points"
CONF_ALLOWED_NETWORKS: Final = "allowed_networks"
CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_CALL_TIMEOUT: Final = "call_timeout"
CONF_FIXED_PRICE: Final = "fixed_price"  # CONF_PRICE of the site is an option, too
CONF_ID_TAG_POLICY: Final = "id_tag_policy"  # also of a charge point that has one of its own

UNKNOWN_DISCOVER: Final = "discover"
UNKNOWN_REJECT: Final = "reject"

# Charge point subentry; the name is the subentry's title
CONF_CHARGE_POINT_ID: Final = "charge_point_id"
CONF_CREDENTIAL: Final = "credential"
CONF_NEXT_CREDENTIAL: Final = "next_credential"
CONF_CLIENT_CERTIFICATE: Final = "client_certificate"
CONF_MAXIMUM_CURRENT: Final = "maximum_current"
CONF_PHASES: Final = "phases"
CONF_PHASE_ROTATION: Final = "phase_rotation"
CONF_SUPPLY_VOLTAGE: Final = "supply_voltage"
CONF_FALLBACK_CURRENT: Final = "fallback_current"
CONF_KEEP_LIMIT: Final = "keep_limit"
CONF_MEASURANDS: Final = "measurands"
CONF_METER_INTERVAL: Final = "meter_interval"
CONF_VALIDATION: Final = "validation"
CONF_VERSION: Final = "version"
CONF_CONFIGURE: Final = "configure"
CONF_DATA_TRANSFER_VENDORS: Final = "data_transfer_vendors"
CONF_QUIRKS: Final = "quirks"
CONF_FIRMWARE: Final = "firmware"
CONF_LOCAL_LIST: Final = "local_list"

# ID tag subentry; CONF_ID_TAG is also the tag of remote starts in a charge point's subentry
CONF_ID_TAG: Final = "id_tag"
CONF_ALLOWED: Final = "allowed"
CONF_EXPIRY: Final = "expiry"
CONF_PARENT: Final = "parent"
CONF_CONCURRENT: Final = "concurrent"
CONF_CHARGE_POINTS: Final = "charge_points"

# Site subentry: the house that the charge points are part of
CONF_GRID_POWER: Final = "grid_power"
CONF_GRID_POWER_INVERTED: Final = "grid_power_inverted"
CONF_GRID_IMPORT: Final = "grid_import"
CONF_GRID_EXPORT: Final = "grid_export"
CONF_SOLAR_POWER: Final = "solar_power"
CONF_BATTERY_POWER: Final = "battery_power"
CONF_BATTERY_POWER_INVERTED: Final = "battery_power_inverted"
CONF_BATTERY_SOC: Final = "battery_soc"
CONF_BATTERY_PRIORITY_SOC: Final = "battery_priority_soc"
CONF_PRICE: Final = "price"
CONF_FUSE: Final = "fuse"
CONF_FUSE_MARGIN: Final = "fuse_margin"
CONF_PHASE_L1: Final = "phase_l1"
CONF_PHASE_L2: Final = "phase_l2"
CONF_PHASE_L3: Final = "phase_l3"
CONF_VOLTAGE_L1: Final = "voltage_l1"
CONF_VOLTAGE_L2: Final = "voltage_l2"
CONF_VOLTAGE_L3: Final = "voltage_l3"
CONF_CHARGER_CIRCUIT: Final = "charger_circuit"
CONF_STRICT: Final = "strict"
CONF_DIMMER: Final = "dimmer"
CONF_DIMMED_POWER: Final = "dimmed_power"
CONF_RESUME_AFTER_UNPLUG: Final = "resume_after_unplug"

DEFAULT_HOST: Final = "0.0.0.0"
DEFAULT_PORT: Final = 9000
