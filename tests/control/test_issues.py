"""The issues of charging control come when something stays wrong, say what to look at, and go by themselves."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.health import Health
from custom_components.ocpp_csms.charging.observation import SiteObservation
from custom_components.ocpp_csms.charging.protection import FuseWatch
from custom_components.ocpp_csms.charging.sensors import CurrentSigns, SignTest
from custom_components.ocpp_csms.charging.site import SiteState
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.control.issues import ControlIssues
from custom_components.ocpp_csms.control.settings import FuseSettings, PhaseSensor, PowerPair, SignedPower, SiteSettings

PHASES = tuple(map(PhaseSensor, ("sensor.l1", "sensor.l2", "sensor.l3")))
SETTINGS = SiteSettings(grid=SignedPower("sensor.grid"), fuse=FuseSettings(rating=25.0, phases=PHASES))
WELL = Health()
INVERTED = SignTest(slopes=(-1.0, -1.0, -1.0))


class Issues:
    """The issues of one site at a time of its own, in s."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Raise none yet."""
        self._registry = ir.async_get(hass)
        self._entry = entry
        self._issues = ControlIssues(hass, entry)

    def at(
        self,
        now: float,
        health: Health = WELL,
        settings: SiteSettings = SETTINGS,
        fuse: FuseWatch = FuseWatch(),
        **observed: Any,
    ) -> None:
        """Tell what is known at a time; the currents are fresh unless it is said otherwise."""
        observed = {"currents_at": now, **observed}
        self._issues.update(SiteState(health=health, fuse=fuse), SiteObservation(now=now, **observed), settings)

    def clear(self) -> None:
        """End."""
        self._issues.clear()

    @property
    def keys(self) -> list[str]:
        """What is wrong, as the user sees it."""
        return [str(issue.translation_key) for issue in self._registry.issues.values() if issue.domain == DOMAIN]

    def get(self, key: str) -> ir.IssueEntry:
        """Return an issue that is there."""
        issue = self._registry.async_get_issue(DOMAIN, f"{key}_{self._entry.entry_id}")
        assert issue is not None
        return issue


@pytest.fixture
def issues(hass: HomeAssistant, config_entry: MockConfigEntry) -> Issues:
    """The issues of an entry's site."""
    config_entry.add_to_hass(hass)
    return Issues(hass, config_entry)


def test_where_all_is_well_nothing_is_said(issues: Issues) -> None:
    """Not at the beginning, and not later."""
    issues.at(0)
    issues.at(1000)
    assert issues.keys == []


def test_a_grid_sensor_has_five_minutes_to_come_back(issues: Issues) -> None:
    """Then it is named; once it is back the issue goes."""
    issues.at(299, Health(bad_since=0.0))
    assert issues.keys == []
    issues.at(300, Health(bad_since=0.0))
    assert issues.keys == ["grid_sensor_silent"]
    assert issues.get("grid_sensor_silent").translation_placeholders == {"sensor": "sensor.grid"}
    issues.at(310)
    assert issues.keys == []


@pytest.mark.parametrize(
    "health",
    [Health(bad_since=0.0, implausible=True), Health(bad_since=0.0, is_frozen=True)],
    ids=["implausible", "frozen"],
)
def test_a_grid_sensor_that_talks_nonsense_is_not_called_silent(issues: Issues, health: Health) -> None:
    """What to do about it is something else."""
    issues.at(300, health)
    assert issues.keys == ["grid_sensor_implausible"]


def test_one_issue_gives_way_to_another(issues: Issues) -> None:
    """A sensor is silent or implausible, never both."""
    issues.at(300, Health(bad_since=0.0, implausible=True))
    issues.at(310, Health(bad_since=0.0))
    assert issues.keys == ["grid_sensor_silent"]


def test_without_a_grid_sensor_none_is_missed(issues: Issues) -> None:
    """A fuse alone can be watched too."""
    issues.at(300, Health(bad_since=0.0), SiteSettings(fuse=SETTINGS.fuse))
    assert issues.keys == []


def test_a_grid_sensor_that_counts_the_other_way_round_can_be_fixed_with_a_click(
    issues: Issues, config_entry: MockConfigEntry
) -> None:
    """The fix knows whose it is; both sensors of a pair are named."""
    issues.at(0, Health(sign=INVERTED), SiteSettings(grid=PowerPair(imported="sensor.in", exported="sensor.out")))
    issue = issues.get("grid_sensor_inverted")
    assert issue.is_fixable
    assert issue.data == {"entry_id": config_entry.entry_id}
    assert issue.translation_placeholders == {"sensor": "sensor.in, sensor.out"}


def test_a_grid_sensor_that_does_not_see_the_chargers_is_for_the_user_to_replace(issues: Issues) -> None:
    """No click could."""
    issues.at(0, Health(sign=SignTest(slopes=(0.0, 0.0, 0.0))))
    assert issues.keys == ["grid_sensor_blind"]
    assert not issues.get("grid_sensor_blind").is_fixable


def test_current_sensors_that_fall_silent_are_named(issues: Issues) -> None:
    """All of them: which one it is shows in their states."""
    issues.at(0)
    issues.at(299, currents_at=None)
    assert issues.keys == []
    issues.at(300, currents_at=None)
    assert issues.keys == ["phase_sensors_silent"]
    placeholders = issues.get("phase_sensors_silent").translation_placeholders
    assert placeholders == {"sensor": "sensor.l1, sensor.l2, sensor.l3"}
    issues.at(310)
    assert issues.keys == []


def test_current_sensors_have_time_to_come_up(issues: Issues) -> None:
    """After a start of Home Assistant they come when their integration does."""
    issues.at(10_000, currents_at=None)
    issues.at(10_299, currents_at=None)
    assert issues.keys == []
    issues.at(10_300, currents_at=None)
    assert issues.keys == ["phase_sensors_silent"]


def test_currents_that_cannot_be_true_are_told(issues: Issues) -> None:
    """At once: the car gets less from now on."""
    issues.at(0, fuse=FuseWatch(implausible=True))
    assert issues.keys == ["phase_sensors_implausible"]
    issues.at(10)
    assert issues.keys == []


def test_currents_that_count_the_other_way_round_are_told(issues: Issues) -> None:
    """All of them: nobody knows which."""
    issues.at(0, fuse=FuseWatch(signs=CurrentSigns(inverted=True)))
    assert issues.keys == ["phase_sensors_inverted"]
    assert issues.get("phase_sensors_inverted").translation_placeholders == {
        "sensor": "sensor.l1, sensor.l2, sensor.l3"
    }


def test_without_a_fuse_no_current_is_missed(issues: Issues) -> None:
    """Nobody was promised that it is watched."""
    issues.at(0, settings=SiteSettings(grid=SETTINGS.grid), currents_at=None)
    issues.at(1000, settings=SiteSettings(grid=SETTINGS.grid), currents_at=None)
    assert issues.keys == []


def test_the_end_of_control_takes_all_back(issues: Issues) -> None:
    """Also what was raised before a restart, and it can be raised again."""
    issues.at(300, Health(bad_since=0.0, sign=INVERTED))
    issues.clear()
    assert issues.keys == []
    issues.at(310, Health(sign=INVERTED))
    assert issues.keys == ["grid_sensor_inverted"]
