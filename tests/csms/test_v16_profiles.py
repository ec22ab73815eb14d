"""A current limit as a charging profile: valid for every variant, and obeyed by the charge point it is made for."""

from dataclasses import replace

from hypothesis import given, strategies as st
from ocpp.v16.enums import ChargingProfileKindType, ChargingProfilePurposeType, ChargingRateUnitType
import pytest

from custom_components.ocpp_csms.csms.charge_point_state import ChargePointSettings
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.v16_profiles import ProfileVariant, deciding_keys, limit_profile, variant_for
from custom_components.ocpp_csms.csms.validation import SchemaChecker
from tests.csms.central import NOON


@pytest.fixture(scope="module")
def checker() -> SchemaChecker:
    """The schemas of 1.6."""
    checker = SchemaChecker()
    checker.load()
    return checker


def configuration(**values: str | None) -> dict[str, ConfigurationKey]:
    """Return a configuration."""
    return {key: ConfigurationKey(key, value, readonly=True) for key, value in values.items()}


PLAINEST = ProfileVariant("TxDefaultProfile", "Absolute", 0, "A", number_phases=False)
THREE_PHASES = ChargePointSettings(phases=3)


def test_the_plainest_variant_is_the_default() -> None:
    """An absolute TxDefaultProfile in amperes."""
    assert variant_for(Quirks(), {}) == PLAINEST


@pytest.mark.parametrize(
    ("quirks", "keys"),
    [
        (Quirks(), ["ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit"]),
        (Quirks(stack_level=0), ["ChargingScheduleAllowedChargingRateUnit"]),
        (Quirks(rate_unit="W"), ["ChargeProfileMaxStackLevel"]),
        (Quirks(stack_level=0, rate_unit="W"), []),
    ],
)
def test_the_configuration_decides_where_no_quirk_does(quirks: Quirks, keys: list[str]) -> None:
    """Stack level and unit."""
    assert deciding_keys(quirks) == keys


@pytest.mark.parametrize(
    ("reported", "level"),
    [("3", 3), ("999", 999), ("2.0", 2), ("-1", 0), ("", 0), (None, 0), ("high", 0), ("1e999", 0), ("nan", 0)],
)
def test_the_highest_stack_level_wins(reported: str | None, level: int) -> None:
    """So that no profile of the charge point stands above ours."""
    assert variant_for(Quirks(), configuration(ChargeProfileMaxStackLevel=reported)).stack_level == level


@pytest.mark.parametrize(
    ("reported", "unit"),
    [
        ("Current", "A"),
        ("Current,Power", "A"),
        ("Power, Current", "A"),
        ("Power", "W"),
        ("W", "W"),
        ("A", "A"),
        ("", "A"),
        (None, "A"),
        ("horses", "A"),
    ],
)
def test_the_unit_is_one_that_the_charge_point_takes(reported: str | None, unit: str) -> None:
    """Amperes if it may be."""
    assert variant_for(Quirks(), configuration(ChargingScheduleAllowedChargingRateUnit=reported)).rate_unit == unit


def test_quirks_decide_before_the_configuration() -> None:
    """Some charge points report what they do not obey."""
    quirks = Quirks(
        profile_purpose="ChargePointMaxProfile",
        profile_kind="Relative",
        stack_level=1,
        rate_unit="W",
        number_phases=True,
    )
    reported = configuration(ChargeProfileMaxStackLevel="9", ChargingScheduleAllowedChargingRateUnit="Current")
    assert variant_for(quirks, reported) == ProfileVariant(
        "ChargePointMaxProfile", "Relative", 1, "W", number_phases=True
    )


def test_an_absolute_profile_starts_a_minute_ago() -> None:
    """The clock of the charge point may be behind ours."""
    profile = limit_profile(2, 13.0, replace(PLAINEST, stack_level=3), THREE_PHASES, now=NOON)
    assert profile == {
        "connectorId": 2,
        "csChargingProfiles": {
            "chargingProfileId": 6203,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": "2026-11-20T11:59:00Z",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 13.0}],
            },
        },
    }


def test_a_relative_profile_has_no_start() -> None:
    """It counts from the start of the transaction."""
    profile = limit_profile(1, 13.0, replace(PLAINEST, kind="Relative"), THREE_PHASES, now=NOON)["csChargingProfiles"]
    assert "startSchedule" not in profile["chargingSchedule"]


def test_a_profile_for_the_whole_charge_point_goes_to_connector_0() -> None:
    """OCPP 1.6 §5.16.1."""
    variant = replace(PLAINEST, purpose="ChargePointMaxProfile")
    assert limit_profile(1, 13.0, variant, THREE_PHASES, now=NOON)["connectorId"] == 0


@pytest.mark.parametrize(("phases", "watts"), [(1, 2300.0), (3, 6900.0)])
def test_watts_count_all_phases_at_nominal_voltage(phases: int, watts: float) -> None:
    """10 A at 230 V."""
    assert period(replace(PLAINEST, rate_unit="W"), 10.0, phases) == {"startPeriod": 0, "limit": watts}


def test_the_number_of_phases_is_said_to_those_who_want_it() -> None:
    """go-e and its kin."""
    assert period(replace(PLAINEST, number_phases=True), 10.0, 1) == {
        "startPeriod": 0,
        "limit": 10.0,
        "numberPhases": 1,
    }


@given(st.floats(0, 80), st.sampled_from([1, 2, 3]), st.integers(1, 100), st.data())
def test_every_profile_is_valid(
    checker: SchemaChecker, amperes: float, phases: int, connector: int, data: st.DataObject
) -> None:
    """By the schema of the ocpp package, which wants limits in steps of 0.1."""
    variant = ProfileVariant(
        data.draw(st.sampled_from([purpose.value for purpose in ChargingProfilePurposeType])),
        data.draw(st.sampled_from([kind.value for kind in ChargingProfileKindType])),
        data.draw(st.integers(0, 1000)),
        data.draw(st.sampled_from([unit.value for unit in ChargingRateUnitType])),
        data.draw(st.booleans()),
    )
    payload = limit_profile(connector, amperes, variant, ChargePointSettings(phases=phases), now=NOON)
    assert checker.check("1.6", "SetChargingProfile", payload) is None


def period(variant: ProfileVariant, amperes: float, phases: int) -> object:
    """Return the only period of a profile."""
    profile = limit_profile(1, amperes, variant, ChargePointSettings(phases=phases), now=NOON)["csChargingProfiles"]
    (only,) = profile["chargingSchedule"]["chargingSchedulePeriod"]
    return only
