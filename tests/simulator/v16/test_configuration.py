"""Configuration keys: what may be read, what may be written, what waits for a restart."""

from ocpp.v16.enums import ConfigurationStatus
import pytest

from custom_components.ocpp_csms.simulator import PRESETS, Quirks
from custom_components.ocpp_csms.simulator.v16.configuration import Configuration

HEX_KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def configuration() -> Configuration:
    """The keys of a charge point with two connectors."""
    return Configuration(2, Quirks())


def test_a_key_is_reported_with_its_value_and_whether_it_can_be_written(configuration: Configuration) -> None:
    (key,), unknown = configuration.report(["NumberOfConnectors"])
    assert (key.key, key.readonly, key.value, unknown) == ("NumberOfConnectors", True, "2", [])


def test_key_names_ignore_case(configuration: Configuration) -> None:
    assert configuration.change("heartbeatinterval", "10") is ConfigurationStatus.accepted
    assert configuration.integer("HeartbeatInterval") == 10


def test_unknown_keys_are_listed(configuration: Configuration) -> None:
    assert configuration.report(["Nonsense"]) == ([], ["Nonsense"])
    assert configuration.change("Nonsense", "1") is ConfigurationStatus.not_supported


def test_all_keys_are_reported_when_none_is_asked_for(configuration: Configuration) -> None:
    known, _ = configuration.report(None)
    assert {"SupportedFeatureProfiles", "ChargeProfileMaxStackLevel", "LocalAuthListMaxLength"} <= {
        key.key for key in known
    }


def test_someone_else_may_have_a_say(configuration: Configuration) -> None:
    configuration.guard("HeartbeatInterval", lambda value: value != "13")
    configuration.guard("NumberOfConnectors", lambda _value: True)
    assert configuration.change("HeartbeatInterval", "13") is ConfigurationStatus.rejected
    assert configuration.change("HeartbeatInterval", "often") is ConfigurationStatus.rejected
    assert configuration.change("HeartbeatInterval", "14") is ConfigurationStatus.accepted
    assert configuration.change("NumberOfConnectors", "3") is ConfigurationStatus.rejected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NumberOfConnectors", "3"),
        ("HeartbeatInterval", "often"),
        ("HeartbeatInterval", "-1"),
        ("HeartbeatInterval", "²"),
        ("AuthorizeRemoteTxRequests", "yes"),
        ("LightIntensity", "101"),
        ("MeterValuesSampledData", "Voltage,Colour"),
        ("StopTxnAlignedData", "Voltage"),
        ("AuthorizationKey", "short"),
        ("AuthorizationKey", "no hexadecimal digits, but long"),
    ],
)
def test_values_that_make_no_sense_are_rejected(configuration: Configuration, key: str, value: str) -> None:
    before = configuration.text(key)
    assert configuration.change(key, value) is ConfigurationStatus.rejected
    assert configuration.text(key) == before


def test_some_changes_wait_for_a_restart(configuration: Configuration) -> None:
    assert configuration.change("ConnectorPhaseRotation", "0.RTS") is ConfigurationStatus.reboot_required
    assert configuration.text("ConnectorPhaseRotation") == "0.RST"
    configuration.apply_pending()
    assert configuration.text("ConnectorPhaseRotation") == "0.RTS"


def test_the_password_can_be_written_but_not_read(configuration: Configuration) -> None:
    assert configuration.change("AuthorizationKey", HEX_KEY) is ConfigurationStatus.accepted
    (key,), _ = configuration.report(["AuthorizationKey"])
    assert (key.readonly, key.value) == (False, None)


def test_a_text_password_is_a_quirk() -> None:
    configuration = Configuration(1, Quirks(text_authorization_key=True))
    assert configuration.change("AuthorizationKey", "correct horse battery") is ConfigurationStatus.accepted


def test_a_picky_meter_rejects_some_names_and_long_lists() -> None:
    configuration = Configuration(1, PRESETS["picky_measurands"])
    change = configuration.change
    assert change("MeterValuesSampledData", "Voltage,SoC") is ConfigurationStatus.rejected
    longer = "Voltage,Frequency,Temperature,Power.Factor,Current.Import"
    assert change("MeterValuesSampledData", longer) is ConfigurationStatus.rejected
    assert change("MeterValuesSampledData", "Voltage, Frequency") is ConfigurationStatus.accepted
    assert configuration.items("MeterValuesSampledData") == ["Voltage", "Frequency"]
    assert configuration.text("MeterValuesSampledDataMaxLength") == "4"


def test_a_charge_point_may_know_one_unit_only() -> None:
    assert Configuration(1, PRESETS["watts_only"]).text("ChargingScheduleAllowedChargingRateUnit") == "Power"


def test_overrides_replace_values_and_add_keys() -> None:
    configuration = Configuration(1, Quirks(), {"chargeprofilemaxstacklevel": "0", "VendorKey": "x"})
    assert configuration.integer("ChargeProfileMaxStackLevel") == 0
    assert configuration.change("VendorKey", "y") is ConfigurationStatus.rejected
    assert configuration.change("ChargeProfileMaxStackLevel", "1") is ConfigurationStatus.rejected


def test_setting_from_within_needs_a_known_name(configuration: Configuration) -> None:
    with pytest.raises(KeyError):
        configuration.set("Nonsense", "1")


def test_what_waits_for_a_restart_survives_it(configuration: Configuration) -> None:
    configuration.change("ConnectorPhaseRotation", "0.RTS")
    restored = Configuration(2, Quirks())
    restored.restore(configuration.dump() | {"KeyOfAnOlderFirmware": "1"})
    assert restored.text("ConnectorPhaseRotation") == "0.RTS"
    assert restored.report(["KeyOfAnOlderFirmware"]) == ([], ["KeyOfAnOlderFirmware"])
