"""The table of quirks: every row says something, concerns somebody, and the user has the last word."""

from dataclasses import fields
from typing import Any, get_type_hints

from ocpp.v16.enums import ChargingProfileKindType, ChargingProfilePurposeType, ChargingRateUnitType, Measurand
import pytest

from custom_components.ocpp_csms.csms.model import StationInfo
from custom_components.ocpp_csms.csms.quirks import (
    TABLE,
    InvalidOverrideError,
    QuirkRow,
    Quirks,
    matching_rows,
    parse_overrides,
    quirks_for,
)

ROW_IDS = ["-".join((*row.vendors, row.model, row.firmware)) for row in TABLE]


@pytest.mark.parametrize("row", TABLE, ids=ROW_IDS)
def test_every_row_changes_something_and_says_where_it_comes_from(row: QuirkRow) -> None:
    """Its effects are fields of `Quirks`, of the right type, and differ from the defaults."""
    assert row.source
    assert row.effects
    assert row.effects.keys() <= {item.name for item in fields(Quirks)}
    assert parse_overrides(row.effects) == row.effects
    assert all(getattr(Quirks(), name) != value for name, value in row.effects.items())


@pytest.mark.parametrize("row", TABLE, ids=ROW_IDS)
def test_every_row_speaks_ocpp(row: QuirkRow) -> None:
    """Words that go onto the wire are words of the specification."""
    words: dict[str, Any] = {
        "profile_kind": ChargingProfileKindType,
        "profile_purpose": ChargingProfilePurposeType,
        "rate_unit": ChargingRateUnitType,
    }
    for name, enum in words.items():
        assert row.effects.get(name) in {None, *(item.value for item in enum)}
    measurands = {item.value for item in Measurand}
    for name in ("measurands", "without_measurands"):
        assert set(row.effects.get(name, ())) <= measurands


def test_no_finding_stands_twice() -> None:
    """One row for each."""
    concerned = [(vendor, row.model, row.firmware) for row in TABLE for vendor in row.vendors]
    assert len(set(concerned)) == len(concerned)


@pytest.mark.parametrize(
    ("vendor", "model", "effect"),
    [
        ("ABB", "TAC-W22", {"stack_level": 0}),
        ("Alfen BV", "NG910", {"id_tag_key": "PlugAndChargeIdentifier"}),
        ("BS", "EV22", {"id_tag_length": 16}),
        ("BS", "other", {"id_tag_length": 36}),
        ("EN+", "Caro", {"change_availability": False}),
        ("EN-plus", "Caro", {"change_availability": False}),
        ("EV-BOX", "Elvi", {"measurands_key": "evb_SupportedMeasurands"}),
        ("EVBox", "Elvi", {"measurands_key": "evb_SupportedMeasurands"}),
        ("EVBOX", "Livo", {"accepted_data_transfers": ("evbStatusNotification",)}),
        ("Fronius", "Wattpilot", {"number_phases": True}),
        ("go-e", "Gemini", {"number_phases": True}),
        ("Huawei", "SCharger-7KS", {"rate_unit": "W"}),
        (None, "ACChargePoint", {"rate_unit": "W"}),
        ("Other", "ACChargePoint", {"rate_unit": None}),
        ("Wall Box Chargers", "PLP1", {"stack_level": 0, "expects_trigger_boot": True}),
        ("Wallbox", "Pulsar", {"stack_level": 0, "expects_trigger_boot": True}),
        ("WALLBOX", "Pulsar", {"stack_level": 0}),
        ("Zaptec", "Go 2", {"ends_without_stop": True}),
    ],
)
def test_vendors_are_recognised_as_they_write_themselves(
    vendor: str | None, model: str, effect: dict[str, Any]
) -> None:
    """In BootNotifications of real charge points."""
    quirks = quirks_for(StationInfo(vendor=vendor, model=model))
    assert {name: getattr(quirks, name) for name in effect} == effect


@pytest.mark.parametrize(
    ("firmware", "kind"),
    [("4.17.2", "Relative"), ("3.0", "Relative"), ("5.17.67", "Absolute"), ("6.7.11", "Absolute"), (None, "Absolute")],
)
def test_a_finding_may_concern_some_firmware_only(firmware: str | None, kind: str) -> None:
    """What holds for all of them holds too."""
    quirks = quirks_for(StationInfo(vendor="Wallbox", firmware=firmware))
    assert (quirks.profile_kind, quirks.stack_level) == (kind, 0)


@pytest.mark.parametrize(
    "info", [StationInfo(), StationInfo(vendor="SAP"), StationInfo(vendor="Simulant", model="ABB")], ids=str
)
def test_who_is_not_in_the_table_follows_the_specification(info: StationInfo) -> None:
    """Nothing is assumed."""
    assert matching_rows(info) == []
    assert quirks_for(info) == Quirks()


def test_the_user_has_the_last_word() -> None:
    """Over the table and over the defaults."""
    quirks = quirks_for(StationInfo(vendor="Huawei"), {"rate_unit": "A", "stack_level": 4, "trigger": False})
    assert (quirks.rate_unit, quirks.stack_level, quirks.trigger) == ("A", 4, False)


def test_the_user_can_take_a_quirk_back() -> None:
    """None stands for nothing particular."""
    assert quirks_for(StationInfo(vendor="Huawei"), {"rate_unit": None}).rate_unit is None


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ({"measurands": "Voltage, SoC,"}, ("Voltage", "SoC")),
        ({"measurands": ["Voltage"]}, ("Voltage",)),
        ({"measurands": ""}, ()),
        ({"trigger": False}, False),
        ({"stack_level": 0}, 0),
        ({"stack_level": None}, None),
        ({"id_tag_length": 16}, 16),
        ({"rate_unit": "W"}, "W"),
        ({"pause_current": 1}, 1.0),
        ({"pause_current": 0.1}, 0.1),
        ({"phase_switching": False}, False),
        ({"phase_switching": None}, None),
        ({"limit_expiry": "valid_to"}, "valid_to"),
        ({"profile_purpose": "TxProfile"}, "TxProfile"),
    ],
    ids=str,
)
def test_overrides_are_taken_as_users_type_them(override: dict[str, Any], value: Any) -> None:
    """Lists also as texts with commas."""
    assert list(parse_overrides(override).values()) == [value]


@pytest.mark.parametrize(
    "override",
    [
        {"nonsense": 1},
        {"trigger": "no"},
        {"trigger": None},
        {"stack_level": "high"},
        {"stack_level": True},
        {"stack_level": 1.5},
        {"id_tag_length": None},
        {"measurands": 5},
        {"measurands": [1]},
        {"measurands": None},
        {"rate_unit": 5},
        {"rate_unit": "Amps"},
        {"pause_current": True},
        {"pause_current": "1"},
        {"phase_switching": "yes"},
        {"limit_expiry": "never"},
        {"limit_expiry": "offline"},
        {"profile_kind": "absolute"},
        {"profile_purpose": None},
    ],
    ids=str,
)
def test_an_override_that_does_not_fit_is_named(override: dict[str, Any]) -> None:
    """Before anything is done with it."""
    with pytest.raises(InvalidOverrideError) as error:
        quirks_for(StationInfo(), override)
    assert error.value.name == next(iter(override))


def test_every_quirk_can_be_overridden() -> None:
    """With the value that it has."""
    defaults = {item.name: getattr(Quirks(), item.name) for item in fields(Quirks)}
    assert parse_overrides(defaults) == defaults
    assert get_type_hints(Quirks).keys() == defaults.keys()
