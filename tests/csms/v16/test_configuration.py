"""The configuration of a 1.6 charge point: the least that must be written."""

from ocpp.v16.enums import ConfigurationKey as OcppKey, Measurand
import pytest

from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.v16.configuration import connector_count, intervals, measurands_to_try
from custom_components.ocpp_csms.csms.wanted_configuration import MEASURANDS, Wanted
from tests.csms.dialect import Station

WANTED = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=30)


def configuration(readonly: tuple[str, ...] = (), /, **values: str | None) -> dict[str, ConfigurationKey]:
    """Return a configuration."""
    return {key: ConfigurationKey(key, value, key in readonly) for key, value in values.items()}


def test_keys_and_measurands_are_those_of_ocpp() -> None:
    """They go onto the wire."""
    assert set(MEASURANDS) <= {item.value for item in Measurand}
    assert {"MeterValuesSampledData", "MeterValueSampleInterval", "HeartbeatInterval", "WebSocketPingInterval"} <= {
        item.value for item in OcppKey
    }


def test_all_that_is_shown_is_asked_for_then_less_and_less() -> None:
    """The essential four, then two."""
    assert list(measurands_to_try({}, WANTED, Quirks())) == [
        ",".join(MEASURANDS),
        ",".join(MEASURANDS[:4]),
        ",".join(MEASURANDS[:2]),
    ]


@pytest.mark.parametrize(
    ("reported", "measurands", "quirks", "first"),
    [
        ({}, ("SoC",), Quirks(measurands=("Voltage",)), "SoC"),
        ({}, (), Quirks(measurands=("Voltage", "SoC")), "Voltage,SoC"),
        ({}, ("Voltage", "SoC"), Quirks(without_measurands=("SoC",)), "Voltage"),
        ({"evb": "Voltage, SoC"}, (), Quirks(measurands_key="evb"), "Voltage,SoC"),
        ({"evb": ""}, ("SoC",), Quirks(measurands_key="evb"), "SoC"),
        ({}, ("SoC",), Quirks(measurands_key="evb"), "SoC"),
        ({"MeterValuesSampledDataMaxLength": "2"}, (), Quirks(), ",".join(MEASURANDS[:2])),
        ({"MeterValuesSampledDataMaxLength": "0"}, ("SoC",), Quirks(), "SoC"),
        ({"MeterValuesSampledDataMaxLength": "many"}, ("SoC",), Quirks(), "SoC"),
        ({"MeterValuesSampledDataMaxLength": "1e999"}, ("SoC",), Quirks(), "SoC"),
        ({"MeterValuesSampledDataMaxLength": None}, ("SoC",), Quirks(), "SoC"),
    ],
)
def test_the_list_of_measurands_follows_user_quirks_and_report(
    reported: dict[str, str | None], measurands: tuple[str, ...], quirks: Quirks, first: str
) -> None:
    """The user's wish first, then what is known of the charge point; only what it can."""
    wanted = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=30, measurands=measurands)
    assert next(measurands_to_try(configuration(**reported), wanted, quirks)) == first


def test_nothing_is_asked_for_when_nothing_is_left() -> None:
    """An empty list would switch meter values off."""
    wanted = Wanted(heartbeat_interval=300, ping_interval=30, meter_interval=30, measurands=("SoC",))
    assert list(measurands_to_try({}, wanted, Quirks(without_measurands=("SoC",)))) == []


def test_only_intervals_that_differ_are_written() -> None:
    """Not those that are right, read-only or absent."""
    reported = configuration(
        ("WebSocketPingInterval",), MeterValueSampleInterval="60", HeartbeatInterval="300", WebSocketPingInterval="0"
    )
    assert list(intervals(reported, WANTED, Quirks())) == [("MeterValueSampleInterval", "30")]
    assert list(intervals({}, WANTED, Quirks())) == []


@pytest.mark.parametrize(("value", "written"), [("30", False), ("30.0", False), ("soon", True), (None, True)])
def test_intervals_are_compared_as_numbers(value: str | None, *, written: bool) -> None:
    """What is no number differs."""
    assert bool(list(intervals(configuration(MeterValueSampleInterval=value), WANTED, Quirks()))) is written


def test_a_charge_point_is_not_asked_for_more_samples_than_it_bears() -> None:
    """The least interval of its quirk holds."""
    reported = configuration(MeterValueSampleInterval="30")
    assert list(intervals(reported, WANTED, Quirks(meter_interval=60))) == [("MeterValueSampleInterval", "60")]
    assert list(intervals(reported, WANTED, Quirks(meter_interval=10))) == []


@pytest.mark.parametrize(("value", "count"), [("2", 2), ("two", None), (None, None)])
def test_the_number_of_connectors_is_read(value: str | None, count: int | None) -> None:
    """If it is told."""
    assert connector_count(configuration(NumberOfConnectors=value)) == count
    assert connector_count({}) is None


async def test_no_more_keys_are_asked_for_at_once_than_the_charge_point_takes(station: Station) -> None:
    """What it says to all of them is one answer."""
    station.charge_point.configuration_read(configuration(GetConfigurationMaxKeys="2"))
    station.rpc.answers["GetConfiguration"] = lambda payload: {
        "configurationKey": [{"key": key, "readonly": True, "value": "1"} for key in payload["key"] if key != "C"],
        "unknownKey": [key for key in payload["key"] if key == "C"],
    }
    known, unknown = await station.charge_point.get_configuration(("A", "B", "C"))
    assert [payload for _, payload in station.rpc.calls] == [{"key": ["A", "B"]}, {"key": ["C"]}]
    assert (list(known), unknown) == (["A", "B"], ["C"])


@pytest.mark.parametrize("most", ["0", "-1", "many", "9"])
async def test_keys_are_asked_for_together_if_the_charge_point_says_nothing_else(station: Station, most: str) -> None:
    """A number that makes no sense is none."""
    station.charge_point.configuration_read(configuration(GetConfigurationMaxKeys=most))
    await station.charge_point.get_configuration(("A", "B"))
    assert [payload for _, payload in station.rpc.calls] == [{"key": ["A", "B"]}]
