"""What the variables of a charging station say that it can do. Pure. Source: OCPP 2.0.1 part 2 appendices."""

from collections.abc import Mapping

from custom_components.ocpp_csms.csms.features import CostDisplay, Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.wire.fields import folded, names

from .device_model import Told

_KEY_ANY_EVSE = "ReservationCtrlr.NonEvseSpecific"
_KEY_FILE_PROTOCOLS = "OCPPCommCtrlr.FileTransferProtocols"
_KEY_LONGEST_CHAIN = "SecurityCtrlr.MaxCertificateChainSize"
_KEY_OPERATOR = "SecurityCtrlr.OrganizationName"
_KEY_SECURITY_PROFILE = "SecurityCtrlr.SecurityProfile"
_HIGH_LEVEL = "iso15118ctrlr"
_LONGEST_ID_TOKEN = 36  # characters (IdTokenType)
_CONTROLLER = "smartchargingctrlr"
_THREE_TO_ONE = ".phases3to1"
_CHOICE_OF_PHASE = ".acphaseswitchingsupported"

SWITCHES = ("ReservationCtrlr.Enabled", "TariffCostCtrlr.Enabled[Cost]", _KEY_SECURITY_PROFILE)
"""What may be another at any time."""

DECIDING_KEYS = (
    *SWITCHES,
    "ReservationCtrlr.Available",
    _KEY_ANY_EVSE,
    "TariffCostCtrlr.Available[Cost]",
    "SmartChargingCtrlr.ACPhaseSwitchingSupported",
    "SmartChargingCtrlr.Phases3to1",
    _KEY_FILE_PROTOCOLS,
    _KEY_OPERATOR,
    _KEY_LONGEST_CHAIN,
)


def features_of(configuration: Mapping[str, ConfigurationKey]) -> Features:
    """Return what the variables say. GetLog and CertificateSigned are known to every station."""
    told = Told(configuration)
    return Features(
        reservations=_is_on(told, "ReservationCtrlr"),
        any_connector=told.says(_KEY_ANY_EVSE),
        any_connector_key=_KEY_ANY_EVSE,
        phase_switching=_switches_phases(configuration),
        file_protocols=tuple(names(told.text(_KEY_FILE_PROTOCOLS))),
        variable_events=True,
        charging_needs=any(key.casefold().startswith(_HIGH_LEVEL) for key in configuration),
        cost_display=CostDisplay.COST_UPDATED if _is_on(told, "TariffCostCtrlr", "[Cost]") else CostDisplay.NONE,
        get_log=True,
        get_diagnostics=False,
        longest_id_tag=_LONGEST_ID_TOKEN,
        operator=told.item(_KEY_OPERATOR),
        operator_key=_KEY_OPERATOR,
        longest_chain=told.positive(_KEY_LONGEST_CHAIN),
        security_profile=told.integer(_KEY_SECURITY_PROFILE),
    )


def _is_on(told: Told, component: str, instance: str = "") -> bool:
    """Whether a controller is there and switched on, by whichever of the two variables it has."""
    available, enabled = told.says(f"{component}.Available{instance}"), told.says(f"{component}.Enabled{instance}")
    return False not in {available, enabled} and True in {available, enabled}


def _switches_phases(configuration: Mapping[str, ConfigurationKey]) -> bool:
    """Whether the station, or one of its EVSEs, can charge with one of three phases; who can choose which one it is can do so too."""
    folded_keys = ((key.casefold(), item) for key, item in configuration.items())
    said = [(key, folded(item.value)) for key, item in folded_keys if key.startswith(_CONTROLLER)]
    three_to_one = [value for key, value in said if key.endswith(_THREE_TO_ONE)]
    return "true" in (three_to_one or [value for key, value in said if key.endswith(_CHOICE_OF_PHASE)])
