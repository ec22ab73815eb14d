"""The device model of the simulated station: what it is, what quirks and tests make of it, and who knows its values.

Which variables there can be is in `variables`; how they are kept, in `device_model`.
"""

from collections.abc import Mapping

from ..dialect import Surroundings
from .device_model import DeviceModel
from .variables import Make, definitions

_RATE_UNITS: Mapping[str, str] = {"Current": "A", "Power": "W"}
_SAME_KEYS: Mapping[str, str] = {
    "ChargeProfileMaxStackLevel": "SmartChargingCtrlr.ProfileStackLevel",
    "ChargingScheduleMaxPeriods": "SmartChargingCtrlr.PeriodsPerSchedule",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "ConnectorSwitch3to1PhaseSupported": "SmartChargingCtrlr.Phases3to1",
}
"""Variables that are what a configuration key of 1.6 is, where quirks name it."""


def device_model(version: str, around: Surroundings) -> DeviceModel:
    """Return the device model of a station in a version of OCPP."""
    station = around.station
    model = DeviceModel(definitions(_make(version, around)), _overrides(around), hidden=station.quirks.hidden_keys)
    model.provide("ClockCtrlr.DateTime", station.timestamp)
    model.provide("ChargingStation.FirmwareVersion", lambda: station.firmware_version)
    model.provide("SmartChargingCtrlr.Entries[ChargingProfiles]", lambda: str(len(station.profiles.installed)))
    return model


def _make(version: str, around: Surroundings) -> Make:
    station = around.station
    return Make(
        vendor=around.vendor,
        model=around.model,
        serial_number=around.serial_number,
        firmware_version=station.firmware_version,
        identity=around.name,
        evses=len(station.connectors),
        connectors=station.connectors[1].plugs if station.connectors else 1,
        phases=station.hardware.phases,
        current=station.hardware.amperes,
        rate_units=tuple(_RATE_UNITS[each] for each in station.quirks.rate_units),
        version=version,
        extra=station.quirks.extra_variables,
    )


def _overrides(around: Surroundings) -> dict[str, str]:
    """Return the variables that are set from the start; keys of 1.6 alone mean nothing here."""
    given = {**around.station.quirks.configuration, **around.configuration}
    named = {_SAME_KEYS.get(key, key): value for key, value in given.items()}
    return {key: value for key, value in named.items() if "." in key}
