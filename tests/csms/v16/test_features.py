"""What the configuration keys of a 1.6 charge point say that it can do."""

import pytest

from custom_components.ocpp_csms.csms.features import CostDisplay, Features
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v16.features import features_of


def told(**keys: str | None) -> Features:
    """Return what a charge point can do that tells these keys."""
    return features_of({key: ConfigurationKey(key, value, readonly=True) for key, value in keys.items()})


@pytest.mark.parametrize(
    ("value", "has"),
    [
        ("Core,Reservation", True),
        ("core, reservation ,SmartCharging", True),
        ("Core", False),
        ("", False),
        (None, False),
    ],
)
def test_reservations_are_among_the_feature_profiles_that_it_names(value: str | None, has: bool) -> None:
    """However it writes the list."""
    assert told(SupportedFeatureProfiles=value).reservations is has


@pytest.mark.parametrize(
    ("value", "can"), [("true", True), (" True ", True), ("false", False), ("1", False), (None, False)]
)
def test_whether_any_connector_can_be_reserved_is_a_key(value: str | None, can: bool) -> None:
    """In whatever case it says true."""
    assert told(ReserveConnectorZeroSupported=value).any_connector is can


def test_who_tells_nothing_can_do_nothing_for_certain() -> None:
    """What may be asked for has its name."""
    features = told()
    assert features == Features(any_connector_key="ReserveConnectorZeroSupported", operator_key="CpoName")
    assert features.any_connector is None


@pytest.mark.parametrize(
    "key", ["ConnectorSwitch3to1PhaseSupported", "ACPhaseSwitchingSupported", "acphaseswitchingsupported"]
)
@pytest.mark.parametrize(("value", "can"), [("true", True), ("True", True), ("false", False), (None, False)])
def test_phases_can_be_switched_if_a_key_says_so(key: str, value: str | None, can: bool) -> None:
    """There are two names for it, and any case."""
    assert told(**{key: value}).phase_switching is can


@pytest.mark.parametrize("key", ["CpoName", "SECURITYPROFILE", "SupportedFileTransferProtocols"])
def test_a_key_of_the_security_whitepaper_shows_that_its_log_message_is_known(key: str) -> None:
    """GetDiagnostics may be known as well."""
    features = told(**{key: None})
    assert features.get_log
    assert features.get_diagnostics


def test_files_travel_by_the_protocols_that_it_lists() -> None:
    """As it names them."""
    assert told(SupportedFileTransferProtocols="FTP, HTTPS").file_protocols == ("FTP", "HTTPS")


def test_costs_are_told_to_who_announces_a_display() -> None:
    """With as many decimals as it shows."""
    features = told(CustomDisplayCostAndPrice="TRUE", NumberOfDecimalsForCostValues="2")
    assert (features.cost_display, features.cost_decimals) == (CostDisplay.DATA_TRANSFER, 2)
    assert told(CustomDisplayCostAndPrice="no").cost_display is CostDisplay.NONE


def test_what_a_certificate_needs_is_in_keys() -> None:
    """Who operates it, how long a chain may be, which profile it has."""
    features = told(CpoName="We", CertificateSignedMaxChainSize="500", SecurityProfile="3")
    assert features.operator == ConfigurationKey("CpoName", "We", readonly=True)
    assert (features.longest_chain, features.security_profile) == (500, 3)
