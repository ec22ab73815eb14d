"""Sets of oddities by name, for the command line and for tests: single ones, and those of vendors' charge points.

Data only. A vendor's set holds what owners and developers reported of it in public, and what it says of itself where
that is on record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from ocpp.v16.enums import (
    ChargingProfileKindType as Kind,
    ChargingProfilePurposeType as Purpose,
    ChargingProfileStatus as Status,
)

from .quirks import (
    AvailabilityStyle,
    CompositeAnswer,
    ConnectorStyle,
    EvseStyle,
    OfferedReading,
    Quirks,
    UploadStyle,
    ValueStyle,
)

_NO_MAXIMUM = MappingProxyType({Purpose.charge_point_max_profile.value: Status.rejected.value})
_UNKNOWN_MAXIMUM = MappingProxyType({Purpose.charge_point_max_profile.value: Status.not_supported.value})
_PHASE_SWITCH_PAUSE = 20.0  # s

_MESSAGES: Mapping[str, Quirks] = {
    "no_subprotocol": Quirks(offers_subprotocol=False),
    "compression": Quirks(offers_compression=True),
    "no_boot": Quirks(sends_boot=False),
    "no_boot_after_reconnect": Quirks(boot_after_reconnect=False),
    "hates_pending": Quirks(disconnects_on_pending=True),
    "meter_value_object": Quirks(meter_value_as_object=True),
    "numeric_values": Quirks(value_style=ValueStyle.number),
    "blank_values": Quirks(value_style=ValueStyle.leading_blank),
    "register_glitch": Quirks(register_glitch_every=3),
    "session_register": Quirks(session_register=True),
    "finishing_until_unplug": Quirks(finishing_until_unplug=True),
    "late_meter_values": Quirks(late_meter_values=2),
    "stop_twice": Quirks(repeated_stop=2),
    "start_twice": Quirks(repeated_start=2),
    "zoneless_timestamps": Quirks(zoneless_timestamps=True),
    "no_status_timestamps": Quirks(status_timestamps=False),
    "wrong_units": Quirks(units=MappingProxyType({"Power.Active.Import": "Wh"})),
    "misspelt_units": Quirks(units=MappingProxyType({"Current.Import": "Amp", "Voltage": "Volt"})),
    "kilo_units": Quirks(units=MappingProxyType({"Energy.Active.Import.Register": "kWh", "Power.Active.Import": "kW"})),
    "transaction_minus_one": Quirks(transaction_id=-1),
    "pretty_json": Quirks(pretty_json=True),
    "lower_case_status": Quirks(lower_case_status=True),
    "picky_measurands": Quirks(
        refused_measurands=frozenset({"Current.Offered", "Power.Offered", "SoC"}), max_measurands=4
    ),
    "no_unlock": Quirks(unlock_supported=False),
    "no_whitepaper": Quirks(security_whitepaper=False),
    "rsa_keys": Quirks(rsa_keys=True),
    "post_uploads": Quirks(upload_style=UploadStyle.post),
    "form_uploads": Quirks(upload_style=UploadStyle.form),
    "full_stop_data": Quirks(full_stop_data=True),
    "corrects_clock": Quirks(corrects_clock=True),
    # Only since OCPP 2.0.1
    "availability_events": Quirks(availability=AvailabilityStyle.event),
    "availability_twice": Quirks(availability=AvailabilityStyle.both),
    "sequence_stays_zero": Quirks(sequence_stays_zero=True),
    "evse_never": Quirks(evse_in_events=EvseStyle.never),
    "evse_always": Quirks(evse_in_events=EvseStyle.always),
    "connector_zero": Quirks(connector_in_events=ConnectorStyle.zero),
    "connector_missing": Quirks(connector_in_events=ConnectorStyle.missing),
    "omits_started": Quirks(omits_started=True),
    "events_twice": Quirks(repeated_start=2, repeated_updates=2, repeated_stop=2),
    "no_transaction_meter_values": Quirks(transaction_meter_values=False),
    "kilo_multipliers": Quirks(multipliers=MappingProxyType({"Power.Active.Import": 3})),
    "no_full_inventory": Quirks(refused_reports=frozenset({"FullInventory"})),
    "no_base_reports": Quirks(
        refused_reports=frozenset({"FullInventory", "ConfigurationInventory", "SummaryInventory"})
    ),
    "empty_inventory": Quirks(reports_nothing=True),
    "huge_inventory": Quirks(extra_variables=10_000),
    "resumes_after_power_loss": Quirks(resumes_after_power_loss=True),
}

_LIMITS: Mapping[str, Quirks] = {
    # Refused
    "no_max_profile": Quirks(refused_purposes=_NO_MAXIMUM),
    "tx_default_only": Quirks(
        refused_purposes=MappingProxyType({**_UNKNOWN_MAXIMUM, Purpose.tx_profile.value: Status.not_supported.value})
    ),
    "tx_profile_only": Quirks(
        refused_purposes=MappingProxyType({**_NO_MAXIMUM, Purpose.tx_default_profile.value: Status.rejected.value})
    ),
    "relative_only": Quirks(refused_kinds=MappingProxyType({Kind.absolute.value: Status.rejected.value})),
    "absolute_only": Quirks(refused_kinds=MappingProxyType({Kind.relative.value: Status.rejected.value})),
    "hangs_on_absolute": Quirks(unanswered_kinds=frozenset({Kind.absolute.value})),
    "stack_level_zero": Quirks(max_stack_level=0),
    "one_period": Quirks(configuration=MappingProxyType({"ChargingScheduleMaxPeriods": "1"})),
    "secretly_one_period": Quirks(max_periods=1),
    "no_valid_to": Quirks(refused_fields=frozenset({"validTo"})),
    "no_duration": Quirks(refused_fields=frozenset({"duration"})),
    "no_expiry": Quirks(refused_fields=frozenset({"validTo", "duration"}), max_periods=1),
    "no_number_phases": Quirks(refused_fields=frozenset({"numberPhases"})),
    "needs_transaction_id": Quirks(needs_transaction_id=True),
    "amperes_only": Quirks(rate_units=("Current",)),
    "watts_only": Quirks(rate_units=("Power",)),
    "whole_amperes_only": Quirks(refuses_decimals=True),
    "refuses_zero": Quirks(refuses_zero=True),
    "no_smart_charging": Quirks(
        configuration=MappingProxyType(
            {
                "SupportedFeatureProfiles": "Core,FirmwareManagement,RemoteTrigger",
                "SmartChargingCtrlr.Available": "false",
            }
        )
    ),
    # Accepted and not obeyed
    "ignores_limits": Quirks(ignores_limits=True),
    "lies_about_limits": Quirks(
        ignores_limits=True, offered_reading=OfferedReading.promise, composite_answer=CompositeAnswer.promise
    ),
    "ignores_absolute": Quirks(ignored_kinds=frozenset({Kind.absolute.value})),
    "ignores_relative": Quirks(ignored_kinds=frozenset({Kind.relative.value})),
    "ignores_max_profile": Quirks(ignored_purposes=frozenset({Purpose.charge_point_max_profile.value})),
    "ignores_tx_profile": Quirks(ignored_purposes=frozenset({Purpose.tx_profile.value})),
    "ignores_tx_default": Quirks(ignored_purposes=frozenset({Purpose.tx_default_profile.value})),
    "ignores_highest_stack_level": Quirks(ignored_from_stack_level=8),
    "defaults_wait": Quirks(defaults_wait=True),
    "forgets_profiles_offline": Quirks(forgets_profiles_offline=True),
    "forgets_profiles_at_reboot": Quirks(forgets_profiles_at_reboot=True),
    # Told
    "offered_is_hardware": Quirks(offered_reading=OfferedReading.hardware),
    "offered_missing": Quirks(offered_reading=OfferedReading.missing),
    "composite_rejected": Quirks(composite_answer=CompositeAnswer.rejected),
    "no_composite": Quirks(composite_answer=CompositeAnswer.not_supported),
    "composite_lies": Quirks(composite_answer=CompositeAnswer.promise),
    # Done with them
    "coarse_steps": Quirks(current_steps=(6.0, 8.0, 10.0, 13.0, 16.0)),
    "pause_ends_transaction": Quirks(pause_ends_transaction=True),
    "resumes_by_remote_start": Quirks(resumes_by_remote_start=True),
    "switches_phases": Quirks(phase_switch_pause=_PHASE_SWITCH_PAUSE),
    "ignores_phases": Quirks(ignores_phases=True),
    "no_phase_switching": Quirks(
        ignores_phases=True, configuration=MappingProxyType({"ConnectorSwitch3to1PhaseSupported": "false"})
    ),
}

_VENDORS: Mapping[str, Quirks] = {
    # lbbrhzn/ocpp #1275, #1735, #1737; evcc-io/evcc #15493
    "abb": Quirks(
        vendor="ABB",
        model="CDT_TACW22::NET_WIFI",
        firmware_version="TAC3Z9119006710273::V1.8.21",
        max_stack_level=0,
        session_register=True,
    ),
    # lbbrhzn/ocpp #677, #2072
    "autel": Quirks(
        vendor="Autel",
        model="MaxiCharger",
        refused_kinds=MappingProxyType({Kind.relative.value: Status.rejected.value}),
        refused_purposes=_NO_MAXIMUM,
        finishing_until_unplug=True,
    ),
    # lbbrhzn/ocpp #878, #1576; evcc-io/evcc #15943
    "chargeamps": Quirks(
        vendor="Charge Amps AB",
        model="HALO",
        firmware_version="180",
        refused_purposes=_UNKNOWN_MAXIMUM,
        refused_measurands=frozenset({"Power.Offered", "Power.Factor", "SoC", "Energy.Active.Import.Interval"}),
        units=MappingProxyType({"Frequency": "Hz"}),
        unlock_supported=False,
        configuration=MappingProxyType({"ACPhaseSwitchingSupported": "true"}),
        hidden_keys=frozenset({"ConnectorSwitch3to1PhaseSupported"}),
        phase_switch_pause=_PHASE_SWITCH_PAUSE,
    ),
    # evcc-io/evcc #14673, #15752
    "enplus": Quirks(vendor="EN+", pause_ends_transaction=True),
    # lbbrhzn/ocpp #221, #312
    "evbox": Quirks(
        vendor="EV-BOX",
        model="Elvi",
        refused_purposes=_NO_MAXIMUM,
        refused_measurands=frozenset({"Current.Offered", "Power.Offered", "SoC"}),
        configuration=MappingProxyType(
            {"evb_SupportedMeasurands": "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"}
        ),
    ),
    # goecharger/go-eCharger-API-v2 #105, #217
    "goe": Quirks(
        vendor="go-e",
        model="go-eCharger_V4",
        firmware_version="055.5",
        rate_units=("Current",),
        forgets_profiles_offline=True,
        phase_switch_pause=_PHASE_SWITCH_PAUSE,
    ),
    # lbbrhzn/ocpp #442, #2093
    "grizzle": Quirks(
        vendor="United Chargers",
        model="GRS-*",
        firmware_version="05.88",
        offers_subprotocol=False,
        session_register=True,
        ignored_purposes=frozenset({Purpose.charge_point_max_profile.value}),
    ),
    # lbbrhzn/ocpp #1144, #1635, #1810; evcc-io/evcc #29272, #32170: it does not say who made it.
    "huawei": Quirks(
        vendor="",
        model="ACChargePoint",
        firmware_version="V100R023C10SPC220",
        rate_units=("Power",),
        configuration=MappingProxyType({"ChargingScheduleAllowedChargingRateUnit": "power"}),
        meter_value_as_object=True,
        pause_ends_transaction=True,
        ignores_phases=True,
    ),
    # lbbrhzn/ocpp #1311
    "injet": Quirks(vendor="Injet", model="Sonic", current_cap=16.0),
    # evcc-io/evcc #31631, #33020
    "necharge": Quirks(
        vendor="NEcharge",
        model="Pro",
        current_steps=(6.0, 8.0, 10.0, 13.0, 16.0),
        pause_ends_transaction=True,
    ),
    # lbbrhzn/ocpp #263, #877
    "schneider": Quirks(
        vendor="Schneider Electric",
        model="EVlink Smart Wallbox",
        firmware_version="3.4.4.08",
        refused_purposes=_NO_MAXIMUM,
        configuration=MappingProxyType({"ChargeProfileMaxStackLevel": "999"}),
    ),
    # lbbrhzn/ocpp #1153
    "syncev": Quirks(vendor="Sync EV", unlisted_features=frozenset({"SmartCharging"})),
    # lbbrhzn/ocpp #2158
    "timxon": Quirks(
        vendor="Timxon",
        model="A0",
        refused_purposes=MappingProxyType({**_UNKNOWN_MAXIMUM, Purpose.tx_profile.value: Status.not_supported.value}),
        unanswered_kinds=frozenset({Kind.absolute.value}),
    ),
    # evcc-io/evcc #15492, #31597: from firmware 5 on, what is not on stack level 0 is without effect.
    "wallbox": Quirks(
        vendor="Wall Box Chargers",
        model="PLP1-0-2-3",
        firmware_version="6.7.30",
        sends_boot=False,
        ignored_from_stack_level=1,
        rate_units=("Current",),
        offered_reading=OfferedReading.missing,
    ),
    # evcc-io/evcc #25042: before firmware 5 it obeys Relative only.
    "wallbox_old": Quirks(
        vendor="Wall Box Chargers",
        model="PLP1-0-2-3",
        firmware_version="4.12.3",
        ignored_kinds=frozenset({Kind.absolute.value}),
        rate_units=("Current",),
    ),
}

PRESETS: Mapping[str, Quirks] = MappingProxyType({"none": Quirks(), **_MESSAGES, **_LIMITS, **_VENDORS})
"""Sets of oddities by name."""

VENDORS: tuple[str, ...] = tuple(_VENDORS)
"""The names of those that describe a vendor's charge point as a whole."""


def combined(names: Iterable[str]) -> Quirks:
    """Return the oddities of all the named sets together. The later one wins; collections are united.

    Raises KeyError for an unknown name.
    """
    result, plain = Quirks(), Quirks()
    for name in names:
        for oddity in fields(Quirks):
            value = getattr(PRESETS[name], oddity.name)
            if value != getattr(plain, oddity.name):
                result = replace(result, **{oddity.name: _united(getattr(result, oddity.name), value)})
    return result


def _united(earlier: Any, later: Any) -> Any:
    if isinstance(earlier, Mapping) and isinstance(later, Mapping):
        return MappingProxyType({**earlier, **later})
    if isinstance(earlier, frozenset) and isinstance(later, frozenset):
        return earlier | later
    return later
