"""The device model by itself: values from within, what waits for a restart, and what survives one."""

from ocpp.v201.enums import AttributeEnumType, MutabilityEnumType, ReportBaseEnumType, SetVariableStatusEnumType
import pytest

from custom_components.ocpp_csms.simulator.v2.addresses import Address
from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from custom_components.ocpp_csms.simulator.v2.values import fits
from custom_components.ocpp_csms.simulator.v2.variables import Attribute, Definition, Make, definitions
from tests.simulator.v2.rooms import small_model

INTERVAL = "SampledDataCtrlr.TxUpdatedInterval"
ACTUAL = AttributeEnumType.actual


def write(
    model: DeviceModel, key: str, value: str, kind: AttributeEnumType = AttributeEnumType.actual
) -> SetVariableStatusEnumType:
    return model.write(Address.from_text(key), kind, value)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_every_start_value_is_one_that_its_variable_may_have(version: str) -> None:
    """What has no value at the start, like a password, is left out."""
    for definition in definitions(Make(evses=2, connectors=2, serial_number="1", version=version, extra=2)):
        value = definition.attributes[ACTUAL].value
        assert not value or fits(definition, value), definition


def test_the_variables_that_the_specification_requires_are_there() -> None:
    model = small_model()
    for key in (
        "OCPPCommCtrlr.MessageTimeout[Default]",
        "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
        "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
        "DeviceDataCtrlr.BytesPerMessage[GetReport]",
        "ClockCtrlr.DateTime",
        "SecurityCtrlr.CertificateEntries",
        "AuthCtrlr.LocalAuthorizeOffline",
        "TxCtrlr.EVConnectionTimeOut",
        "AlignedDataCtrlr.TxEndedInterval",
        "SmartChargingCtrlr.Entries[ChargingProfiles]",
        "TariffCostCtrlr.Currency",
        "MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]",
        "DisplayMessageCtrlr.SupportedPriorities",
        "Connector(2,1).ConnectorType",
    ):
        assert key in model


def test_names_ignore_case() -> None:
    model = small_model()
    assert write(model, INTERVAL.upper(), "15") is SetVariableStatusEnumType.accepted
    assert model.integer(INTERVAL.lower()) == 15


def test_a_value_is_read_as_what_it_is() -> None:
    model = small_model()
    assert model.items("OCPPCommCtrlr.FileTransferProtocols") == ["FTP", "FTPS", "HTTP", "HTTPS"]
    assert model.flag("AuthCacheCtrlr.Enabled")
    assert model.text("ChargingStation.Model") == "Sim 22"
    assert model.most("LocalAuthListCtrlr.Entries") == 100
    assert model.most("OCPPCommCtrlr.OfflineThreshold") == float("inf")


def test_an_unknown_name_is_an_error_from_within() -> None:
    model = small_model()
    with pytest.raises(KeyError):
        model.text("Nonsense.Value")
    with pytest.raises(KeyError):
        model.set("Nonsense.Value", "1")


def test_overrides_are_not_checked_and_may_add_variables() -> None:
    model = DeviceModel(definitions(Make()), {INTERVAL: "often", "VendorCtrlr.Colour": "red"})
    assert (model.text(INTERVAL), model.text("VendorCtrlr.Colour")) == ("often", "red")
    assert write(model, "VendorCtrlr.Colour", "blue") is SetVariableStatusEnumType.rejected


def test_an_override_of_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="is not Component"):
        DeviceModel([], {"Nonsense": "1"})


def test_changes_are_told_and_repetitions_are_not() -> None:
    model = small_model()
    told: list[tuple[str, str]] = []
    model.on_change.append(lambda key, value: told.append((key, value)))
    model.set("evse(1).power", "100")
    model.set("EVSE(1).Power", "100")
    write(model, INTERVAL, "15")
    assert told == [("EVSE(1).Power", "100"), (INTERVAL, "15")]


def test_a_live_value_is_asked_for_each_time() -> None:
    model = small_model()
    entries = ["one"]
    model.provide("LocalAuthListCtrlr.Entries", lambda: str(len(entries)))
    entries.append("two")
    assert model.text("LocalAuthListCtrlr.Entries") == "2"


def test_someone_else_may_have_a_say() -> None:
    model = small_model()
    model.guard(INTERVAL, lambda value: value != "13")
    assert write(model, INTERVAL, "13") is SetVariableStatusEnumType.rejected
    assert write(model, INTERVAL, "14") is SetVariableStatusEnumType.accepted


def test_some_changes_wait_for_a_restart() -> None:
    model = small_model()
    assert write(model, "EVSE(1).PhaseRotation", "STR") is SetVariableStatusEnumType.reboot_required
    assert model.text("EVSE(1).PhaseRotation") == "RST"
    model.apply_pending()
    assert model.text("EVSE(1).PhaseRotation") == "STR"


def test_what_was_changed_survives_a_restart() -> None:
    """Including what waits for it; variables that are gone are forgotten."""
    model = small_model()
    write(model, INTERVAL, "15")
    write(model, "EVSE(1).PhaseRotation", "STR")
    write(model, "EVSE(2).Power", "7000", AttributeEnumType.max_set)
    kept = model.dump()
    restored = DeviceModel(definitions(Make(evses=1)))
    restored.restore(kept)
    assert restored.integer(INTERVAL) == 15
    assert restored.text("EVSE(1).PhaseRotation") == "STR"
    assert sorted(restored.dump()) == ["EVSE(1).PhaseRotation", INTERVAL]
    assert sorted(kept) == ["EVSE(1).PhaseRotation", "EVSE(2).Power", INTERVAL]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (INTERVAL, "often"),
        (INTERVAL, "-1"),
        (INTERVAL, "²"),
        (INTERVAL, "9" * 30),
        ("AuthCtrlr.LocalPreAuthorize", "yes"),
        ("AuthCtrlr.LocalPreAuthorize", "True"),
        ("AuthCacheCtrlr.Policy", "LIFO"),
        ("TxCtrlr.TxStartPoint", "Authorized,Never"),
        ("TxCtrlr.TxStartPoint", "Authorized,Authorized"),
        ("OCPPCommCtrlr.NetworkConfigurationPriority", "7"),
        ("SmartChargingCtrlr.LimitChangeSignificance", "1,5"),
        ("SmartChargingCtrlr.LimitChangeSignificance", "-1"),
        ("TariffCostCtrlr.Currency", "EURO"),
        ("SecurityCtrlr.BasicAuthPassword", "short"),
        ("SecurityCtrlr.BasicAuthPassword", "with a space in it, but long"),
        ("ChargingStation.Model", "Other"),
    ],
)
def test_values_that_make_no_sense_are_rejected(key: str, value: str) -> None:
    model = small_model()
    before = model.text(key)
    assert write(model, key, value) is SetVariableStatusEnumType.rejected
    assert model.text(key) == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TxCtrlr.TxStartPoint", "Authorized, EVConnected"),
        ("AlignedDataCtrlr.TxEndedMeasurands", ""),
        ("SmartChargingCtrlr.LimitChangeSignificance", "2.5"),
        ("SecurityCtrlr.BasicAuthPassword", "a-long_enough:password"),
        ("AuthCtrlr.MasterPassGroupId", "MASTERS"),
    ],
)
def test_values_that_make_sense_are_accepted(key: str, value: str) -> None:
    assert write(small_model(), key, value) is SetVariableStatusEnumType.accepted


@pytest.mark.parametrize(("value", "valid"), [("2026-01-01T00:00:00Z", True), ("2026-01-01", False), ("noon", False)])
def test_a_moment_has_a_date_and_a_time(value: str, *, valid: bool) -> None:
    definition = next(each for each in definitions(Make()) if each.address.variable == "DateTime")
    assert fits(definition, value) is valid


@pytest.mark.parametrize(
    ("value", "status"), [("9", "Rejected"), ("10", "Accepted"), ("20", "Accepted"), ("21", "Rejected")]
)
def test_a_number_stays_within_what_min_set_and_max_set_allow(value: str, status: str) -> None:
    writable = Attribute(mutability=MutabilityEnumType.read_write)
    kinds = AttributeEnumType
    definition = next(each for each in definitions(Make()) if str(each.address) == INTERVAL)
    bounded = Definition(
        address=definition.address,
        attributes=dict.fromkeys((kinds.actual, kinds.target, kinds.min_set, kinds.max_set), writable),
        data_type=definition.data_type,
    )
    model = DeviceModel([bounded])
    write(model, INTERVAL, "10", kinds.min_set)
    write(model, INTERVAL, "20", kinds.max_set)
    assert write(model, INTERVAL, value) == status
    assert write(model, INTERVAL, value, kinds.target) == status


def test_what_is_hidden_is_known_to_nobody_but_the_station() -> None:
    model = DeviceModel(definitions(Make()), hidden={INTERVAL, "TariffCostCtrlr"})
    reported = model.base_report(ReportBaseEnumType.full_inventory)
    assert model.integer(INTERVAL) == 60
    assert write(model, INTERVAL, "15") is SetVariableStatusEnumType.unknown_variable
    assert write(model, "TariffCostCtrlr.Currency", "CHF") is SetVariableStatusEnumType.unknown_component
    assert not [each for each in reported if each.component.name == "TariffCostCtrlr"]
    assert not [each for each in reported if each.variable.name == "TxUpdatedInterval"]


def test_a_station_can_have_many_variables_that_mean_nothing() -> None:
    model = small_model(extra=10_000)
    write(model, "VendorCtrlr.Spare[10000]", "changed")
    assert model.text("VendorCtrlr.Spare[10000]") == "changed"
    assert len(model.base_report(ReportBaseEnumType.full_inventory)) > 10_000


@pytest.mark.parametrize(
    ("make", "key", "there"),
    [
        (Make(version="2.1"), "SmartChargingCtrlr.SupportsMaxOfflineDuration", True),
        (Make(), "SmartChargingCtrlr.SupportsMaxOfflineDuration", False),
        (Make(serial_number="7"), "ChargingStation.SerialNumber", True),
        (Make(), "ChargingStation.SerialNumber", False),
        (Make(connectors=2), "Connector(1,2).AvailabilityState", True),
    ],
)
def test_what_there_is_depends_on_the_station(make: Make, key: str, *, there: bool) -> None:
    assert (key in DeviceModel(definitions(make))) is there
