"""What the site's subentry keeps becomes settings with every default filled in."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.control.settings import (
    BatterySettings,
    DimmerSettings,
    FuseSettings,
    PhaseSensor,
    PowerPair,
    SignedPower,
    SiteSettings,
    site_settings,
    site_subentry,
    with_grid_turned_round,
)
from tests.control.chargers import charger


def subentry(**data: Any) -> ConfigSubentry:
    """Return a site's subentry with this data."""
    return ConfigSubentry(data=MappingProxyType(data), subentry_type="site", title="Home", unique_id="site/")


def test_what_was_not_set_is_absent() -> None:
    """A grid sensor alone is enough; nothing is protected, nothing planned."""
    settings = site_settings(subentry(grid_power="sensor.grid"))
    assert settings == SiteSettings(grid=SignedPower("sensor.grid"))


def test_everything_that_can_be_set_is_read() -> None:
    """No key of the subentry is without effect."""
    settings = site_settings(
        subentry(
            grid_power="sensor.grid",
            grid_power_inverted=True,
            solar_power=["sensor.east", "sensor.west"],
            battery_power="sensor.battery",
            battery_power_inverted=True,
            battery_soc="sensor.soc",
            battery_priority_soc=80.0,
            price="sensor.price",
            fuse=25.0,
            fuse_margin=2.0,
            phase_l1="sensor.l1",
            phase_l2="sensor.l2",
            phase_l3="sensor.l3",
            voltage_l1="sensor.v1",
            voltage_l2="sensor.v2",
            voltage_l3="sensor.v3",
            charger_circuit=32.0,
            strict=True,
            dimmer="binary_sensor.dimmer",
            dimmed_power=3000.0,
            resume_after_unplug=False,
        )
    )
    assert settings == SiteSettings(
        grid=SignedPower("sensor.grid", inverted=True),
        solar=("sensor.east", "sensor.west"),
        battery=BatterySettings(
            power=SignedPower("sensor.battery", inverted=True), soc="sensor.soc", priority_soc=80.0
        ),
        fuse=FuseSettings(
            rating=25.0,
            phases=(
                PhaseSensor("sensor.l1", "sensor.v1"),
                PhaseSensor("sensor.l2", "sensor.v2"),
                PhaseSensor("sensor.l3", "sensor.v3"),
            ),
            margin=2.0,
            strict=True,
        ),
        circuit=32.0,
        price="sensor.price",
        dimmer=DimmerSettings(entity_id="binary_sensor.dimmer", power=3000.0),
        resume_after_unplug=False,
    )


def test_the_defaults_are_those_of_the_specification() -> None:
    """1 A of margin, 4.2 kW while dimmed, the battery first up to half, and a mode comes back."""
    settings = site_settings(
        subentry(fuse=16.0, phase_l1="sensor.l1", dimmer="switch.dimmer", battery_power="sensor.battery")
    )
    assert settings.fuse == FuseSettings(rating=16.0, phases=(PhaseSensor("sensor.l1"),), margin=1.0, strict=False)
    assert settings.dimmer == DimmerSettings(entity_id="switch.dimmer", power=4200.0)
    assert settings.battery == BatterySettings(power=SignedPower("sensor.battery"), priority_soc=50.0)
    assert settings.resume_after_unplug


@pytest.mark.parametrize("inverted", [False, True])
def test_the_only_phase_counts_as_the_grid_does_whose_sensor_it_has(inverted: bool) -> None:
    """Also after that was turned round; sensors of their own are never inverted."""
    shared = subentry(grid_power="sensor.grid", grid_power_inverted=inverted, fuse=25.0, phase_l1="sensor.grid")
    own = subentry(grid_power="sensor.grid", grid_power_inverted=inverted, fuse=25.0, phase_l1="sensor.l1")
    turned = subentry(**with_grid_turned_round(shared))
    fuses = [site_settings(item).fuse for item in (shared, turned, own)]
    assert [fuse.phases[0].inverted for fuse in fuses if fuse is not None] == [inverted, not inverted, False]


@pytest.mark.parametrize(
    ("data", "grid"),
    [
        (
            {"grid_import": "sensor.in", "grid_export": "sensor.out"},
            PowerPair(imported="sensor.in", exported="sensor.out"),
        ),
        ({"grid_import": "sensor.in"}, None),
        ({"grid_export": "sensor.out"}, None),
    ],
)
def test_the_grid_may_have_two_sensors(data: dict[str, Any], grid: PowerPair | None) -> None:
    """Half a pair tells nothing."""
    assert site_settings(subentry(**data)).grid == grid


def test_a_battery_may_tell_its_level_only() -> None:
    """Its power is then unknown, not zero."""
    assert site_settings(subentry(battery_soc="sensor.soc")).battery == BatterySettings(soc="sensor.soc")


def test_the_site_is_found_among_the_subentries() -> None:
    """An entry without one has chargers only."""
    chargers = [charger("CP1"), charger("CP2")]
    assert site_subentry(MockConfigEntry(subentries_data=chargers)) is None
    site = subentry(grid_power="sensor.grid")
    entry = MockConfigEntry(subentries_data=[chargers[0], site.as_dict(), chargers[1]])
    found = site_subentry(entry)
    assert found is not None
    assert found.subentry_id == site.subentry_id


@pytest.mark.parametrize("inverted", [False, True])
def test_a_signed_grid_sensor_is_turned_round_by_its_sign(inverted: bool) -> None:
    """All else stays."""
    before = subentry(grid_power="sensor.grid", grid_power_inverted=inverted, fuse=25.0)
    after = with_grid_turned_round(before)
    assert after == {"grid_power": "sensor.grid", "grid_power_inverted": not inverted, "fuse": 25.0}


def test_a_pair_of_grid_sensors_is_turned_round_by_swapping_them() -> None:
    """What was thought to be taken is what is fed in."""
    settings = site_settings(
        subentry(**with_grid_turned_round(subentry(grid_import="sensor.a", grid_export="sensor.b")))
    )
    assert settings.grid == PowerPair(imported="sensor.b", exported="sensor.a")
