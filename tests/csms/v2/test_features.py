"""What the variables of a station say that it can do."""

import pytest

from custom_components.ocpp_csms.csms.features import CostDisplay, Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v2.features import features_of


def told(keys: dict[str, str]) -> Features:
    """Return what a station can do that tells these variables."""
    return features_of({key: ConfigurationKey(key, value, readonly=True) for key, value in keys.items()})


def test_a_station_that_tells_nothing_has_what_every_one_has() -> None:
    """GetLog, long tags; what may be asked for has its name."""
    assert told({}) == Features(
        any_connector_key="ReservationCtrlr.NonEvseSpecific",
        get_log=True,
        get_diagnostics=False,
        longest_id_tag=36,
        operator_key="SecurityCtrlr.OrganizationName",
        variable_events=True,
    )


@pytest.mark.parametrize(
    ("available", "enabled", "can"),
    [
        ("true", "true", True),
        ("true", None, True),
        (None, "True", True),
        ("true", "false", False),
        ("false", "true", False),
        (None, None, False),
    ],
)
def test_reservations_are_there_and_switched_on(available: str | None, enabled: str | None, can: bool) -> None:
    """Many tell only one of the two."""
    values = {"ReservationCtrlr.Available": available, "ReservationCtrlr.Enabled": enabled}
    assert told({key: value for key, value in values.items() if value is not None}).reservations is can


@pytest.mark.parametrize(("value", "can"), [("true", True), ("false", False), ("?", None)])
def test_any_evse_can_be_reserved_if_a_variable_says_so(value: str, can: bool | None) -> None:
    """Who does not say may be asked."""
    assert told({"ReservationCtrlr.NonEvseSpecific": value}).any_connector is can


@pytest.mark.parametrize(
    ("keys", "can"),
    [
        ({"SmartChargingCtrlr.Phases3to1": "true"}, True),
        ({"SmartChargingCtrlr(2).Phases3to1": "True"}, True),
        ({"SmartChargingCtrlr.Phases3to1": "false", "SmartChargingCtrlr.ACPhaseSwitchingSupported": "true"}, False),
        ({"smartchargingctrlr.acphaseswitchingsupported": "true"}, True),
        ({"OtherCtrlr.Phases3to1": "true"}, False),
        ({}, False),
    ],
)
def test_phases_can_be_switched_if_the_station_or_an_evse_says_so(keys: dict[str, str], can: bool) -> None:
    """Who can choose the phase can charge with one of them; the variable about three and one decides."""
    assert told(keys).phase_switching is can


@pytest.mark.parametrize(
    ("keys", "display"),
    [
        ({"TariffCostCtrlr.Enabled[Cost]": "true"}, CostDisplay.COST_UPDATED),
        ({"TariffCostCtrlr.Available[Cost]": "true"}, CostDisplay.COST_UPDATED),
        ({"TariffCostCtrlr.Available[Cost]": "true", "TariffCostCtrlr.Enabled[Cost]": "false"}, CostDisplay.NONE),
        ({"TariffCostCtrlr.Enabled[Tariff]": "true"}, CostDisplay.NONE),
    ],
)
def test_costs_are_told_to_who_shows_them(keys: dict[str, str], display: CostDisplay) -> None:
    """A tariff is something else."""
    assert told(keys).cost_display is display


def test_files_and_certificates_go_by_variables() -> None:
    """In whatever case the station spells them."""
    features = told(
        {
            "OcppCommCtrlr.FileTransferProtocols": "FTP,HTTPS",
            "securityCtrlr.maxCertificateChainSize": "2500",
            "SecurityCtrlr.SecurityProfile": "3",
            "SecurityCtrlr.OrganizationName": "We",
        }
    )
    assert features.file_protocols == ("FTP", "HTTPS")
    assert (features.longest_chain, features.security_profile) == (2500, 3)
    assert features.operator == ConfigurationKey("SecurityCtrlr.OrganizationName", "We", readonly=True)
