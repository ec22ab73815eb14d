"""The variables of a station: what they say about limits and EVSEs, and the least that must be written."""

from ocpp.v16.enums import ConfigurationKey as KeyOf16
from ocpp.v201.enums import MeasurandEnumType
import pytest

from custom_components.ocpp_csms.charging.profiles import Unit
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.v2.configuration import (
    CHANGING_KEYS,
    KEY_MEASURANDS,
    NEEDED_KEYS,
    VARIABLES_OF_1_6,
    capabilities_of,
    connectors_of,
    deciding_keys,
    evse_count,
    measurands_to_try,
    values_on_request,
    values_to_write,
)
from custom_components.ocpp_csms.csms.v2.device_model import VariableAddress
from custom_components.ocpp_csms.csms.wanted_configuration import MEASURANDS, Wanted

WANTED = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=20)
REGISTER = "Energy.Active.Import.Register"
_WHITEPAPER_KEYS = {
    "AdditionalRootCertificateCheck",
    "AuthorizationKey",
    "CertificateSignedMaxChainSize",
    "CertificateStoreMaxLength",
    "CpoName",
    "SecurityProfile",
    "SupportedFileTransferProtocols",
}


def configuration(*items: ConfigurationKey, **values: str | None) -> dict[str, ConfigurationKey]:
    """Return a configuration; keyword names have `__` for the point."""
    keys = {name.replace("__", "."): value for name, value in values.items()}
    return {item.key: item for item in items} | {
        key: ConfigurationKey(key, value, readonly=False) for key, value in keys.items()
    }


def test_names_are_those_of_ocpp() -> None:
    """They go onto the wire."""
    for key in (*NEEDED_KEYS, *VARIABLES_OF_1_6.values()):
        assert str(VariableAddress.parse(key)) == key
    assert VARIABLES_OF_1_6.keys() <= {key.casefold() for key in {*(item.value for item in KeyOf16), *_WHITEPAPER_KEYS}}
    assert set(MEASURANDS) <= {item.value for item in MeasurandEnumType}
    assert set(CHANGING_KEYS) <= set(NEEDED_KEYS)


# Limits


def test_what_decides_about_limits_is_asked_for_where_no_quirk_does() -> None:
    """The quirks of a known charger go before what it says."""
    assert len(deciding_keys(Quirks())) == 4
    assert deciding_keys(Quirks(stack_level=0, rate_unit="A", limit_expiry="none")) == []


def test_a_station_says_which_limits_it_takes() -> None:
    """Stack level, units, periods, and whether it counts how long it is offline."""
    told = configuration(
        SmartChargingCtrlr__ProfileStackLevel="9",
        SmartChargingCtrlr__RateUnit="W, a, A",
        SmartChargingCtrlr__PeriodsPerSchedule="24",
        SmartChargingCtrlr__SupportsMaxOfflineDuration="true",
    )
    assert capabilities_of(told) == Capabilities(
        highest_stack_level=9, told_stack_level=9, units=(Unit.WATTS, Unit.AMPERES), periods=24, offline=True
    )


@pytest.mark.parametrize("level", [None, "-1", "many"])
def test_a_station_that_says_nothing_of_limits_gets_the_plainest(level: str | None) -> None:
    """What makes no sense says nothing."""
    told = configuration(SmartChargingCtrlr__ProfileStackLevel=level, SmartChargingCtrlr__PeriodsPerSchedule="0")
    assert capabilities_of(told) == Capabilities()


# EVSEs


def test_the_evses_are_those_that_the_inventory_names() -> None:
    """By their own variables or by those of their connectors."""
    told = configuration(*(ConfigurationKey(key, None, readonly=True) for key in ("EVSE(1).Power", "evse(2).Power")))
    assert evse_count(told) == 2
    told |= configuration(ConfigurationKey("Connector(3,1).Available", "true", readonly=True))
    assert evse_count(told) == 3


@pytest.mark.parametrize("key", ["EVSE.Available", "EVSEMeter(4).Power", "Fan(7).Active"])
def test_other_components_make_no_evse(key: str) -> None:
    """Nor does one that is of the whole station."""
    assert evse_count(configuration(ConfigurationKey(key, None, readonly=True))) is None


def test_an_evse_has_the_connectors_that_are_named() -> None:
    """Each once, in order."""
    keys = ("Connector(1,2).A", "Connector(1,1).A", "Connector(1,1).B", "Connector(2,1).A", "Connector(1).A")
    told = configuration(*(ConfigurationKey(key, None, readonly=True) for key in keys))
    assert connectors_of(told, 1) == [1, 2]
    assert connectors_of(told, 3) == []


# Measurands


def test_all_that_is_shown_is_asked_for_then_less() -> None:
    """Where a station does not say what it can sample."""
    assert list(measurands_to_try({}, WANTED, Quirks())) == [
        ",".join(MEASURANDS),
        ",".join(MEASURANDS[:4]),
        ",".join(MEASURANDS[:2]),
    ]


def test_only_what_a_station_can_sample_is_asked_for() -> None:
    """It lists that among the characteristics of the variable, in whatever case."""
    known = ConfigurationKey(KEY_MEASURANDS, "", readonly=False, options=("power.active.import", REGISTER, "SoC"))
    tried = measurands_to_try(configuration(known), WANTED, Quirks(without_measurands=("SoC",)))
    assert list(tried) == [f"{REGISTER},Power.Active.Import"]


def test_a_key_of_the_maker_may_list_what_it_can_sample() -> None:
    """A quirk says which."""
    told = configuration(Vendor__Supported=f"{REGISTER},SoC")
    assert next(measurands_to_try(told, WANTED, Quirks(measurands_key="Vendor.Supported"))) == f"{REGISTER},SoC"


def test_what_the_user_wants_goes_first() -> None:
    """Then what is known of the charger."""
    wanted = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=20, measurands=("SoC",))
    assert list(measurands_to_try({}, wanted, Quirks(measurands=("Voltage",)))) == ["SoC"]
    assert list(measurands_to_try({}, WANTED, Quirks(measurands=("Voltage",)))) == ["Voltage"]


@pytest.mark.parametrize(("maximum", "count"), [(60.0, 2), (10.0, 1), (1000.0, 6), (0.0, 6)])
def test_a_list_is_no_longer_than_its_value_may_be(maximum: float, count: int) -> None:
    """The station says how many characters."""
    known = ConfigurationKey(KEY_MEASURANDS, "", readonly=False, maximum=maximum)
    assert next(measurands_to_try(configuration(known), WANTED, Quirks())) == ",".join(MEASURANDS[:count])


# What is written


def test_what_is_right_is_not_written() -> None:
    """Nor what is not there."""
    told = configuration(
        SampledDataCtrlr__Enabled="true",
        SampledDataCtrlr__TxUpdatedInterval="20",
        SampledDataCtrlr__TxEndedInterval="0",
        SampledDataCtrlr__TxEndedMeasurands=f"Voltage,{REGISTER.lower()}",
        OCPPCommCtrlr__HeartbeatInterval="300.0",
    )
    assert list(values_to_write(told, WANTED, Quirks())) == []


def test_what_differs_is_written_as_the_station_spells_it() -> None:
    """Intervals, sampling that is off, and registers where transactions start and end."""
    told = configuration(
        sampledDataCtrlr__enabled="false",
        SampledDataCtrlr__TxUpdatedInterval="60",
        SampledDataCtrlr__TxEndedInterval="60",
        SampledDataCtrlr__TxStartedMeasurands="Voltage",
        SampledDataCtrlr__TxEndedMeasurands="",
        OcppCommCtrlr__HeartbeatInterval="x",
        OcppCommCtrlr__WebSocketPingInterval=None,
    )
    assert dict(values_to_write(told, WANTED, Quirks(meter_interval=30))) == {
        "sampledDataCtrlr.enabled": "true",
        "SampledDataCtrlr.TxUpdatedInterval": "30",
        "SampledDataCtrlr.TxEndedInterval": "0",
        "SampledDataCtrlr.TxStartedMeasurands": f"Voltage,{REGISTER}",
        "SampledDataCtrlr.TxEndedMeasurands": REGISTER,
        "OcppCommCtrlr.HeartbeatInterval": "300",
        "OcppCommCtrlr.WebSocketPingInterval": "30",
    }


def test_what_may_not_be_written_is_left() -> None:
    """Nor is a register wanted of who has none."""
    told = configuration(
        ConfigurationKey("SampledDataCtrlr.Enabled", "false", readonly=True),
        ConfigurationKey("OCPPCommCtrlr.HeartbeatInterval", "1", readonly=True),
        ConfigurationKey("SampledDataCtrlr.TxStartedMeasurands", "", readonly=True),
        ConfigurationKey("SampledDataCtrlr.TxEndedMeasurands", "", readonly=False, options=("SoC",)),
    )
    assert list(values_to_write(told, WANTED, Quirks())) == []


# What meter values tell when they are asked for


@pytest.mark.parametrize(
    ("aligned", "options", "written"),
    [
        ("", (), f"{REGISTER},SoC"),
        ("Voltage", (), f"Voltage,{REGISTER},SoC"),
        ("", (REGISTER,), REGISTER),
        (f"SoC,{REGISTER.lower()}", (), None),
        ("", ("Voltage",), None),
    ],
)
def test_values_that_are_asked_for_tell_what_samples_tell(
    aligned: str, options: tuple[str, ...], written: str | None
) -> None:
    """As far as the station can; what it tells beside stays (F06.FR.06)."""
    key = "AlignedDataCtrlr.Measurands"
    item = ConfigurationKey(key, aligned, readonly=False, options=options)
    known = configuration(item, SampledDataCtrlr__TxUpdatedMeasurands=f"{REGISTER},SoC")
    assert dict(values_on_request(known)) == ({} if written is None else {key: written})


@pytest.mark.parametrize("missing", ["AlignedDataCtrlr.Measurands", KEY_MEASURANDS, "write access"])
def test_what_cannot_be_told_on_request_is_left(missing: str) -> None:
    """There is no such list, or it is not ours to write."""
    key = "AlignedDataCtrlr.Measurands"
    known = configuration(
        ConfigurationKey(key, "", readonly=missing == "write access"),
        SampledDataCtrlr__TxUpdatedMeasurands=REGISTER,
    )
    known.pop(missing, None)
    assert not dict(values_on_request(known))
