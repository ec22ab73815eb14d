"""The runtime: changes of subentries apply live, devices follow what chargers tell, what must survive is saved in time."""

from datetime import timedelta
import logging
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.discovery_flow import DiscoveryKey
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ocpp_csms.charging.sensors import SignVerdict
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import ConnectorStatus, StationInfo
from custom_components.ocpp_csms.discovery import GRACE_SECONDS
from tests.conftest import SimulatorFactory
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.offers import offers
from tests.scripted import ScriptedDialect, report, start_transaction
from tests.sites import with_site
from tests.waiting import until_connected, until_gone


def charge_point_named(identity: str) -> ConfigSubentry:
    """Return a new subentry of a charge point."""
    return ConfigSubentry(
        data=MappingProxyType({"charge_point_id": identity}),
        subentry_type="charge_point",
        title=identity,
        unique_id=identity,
    )


def subentry_id(entry: MockConfigEntry, identity: str) -> str:
    """Return the id of a charge point's subentry."""
    return next(item.subentry_id for item in entry.subentries.values() if item.unique_id == identity)


# Charge points come and go


async def test_adding_and_removing_a_charge_point_disconnects_no_other(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """The one removed is disconnected, its devices and entities go; the other's socket stays."""
    first = await simulator("CP1")
    await first.wait_accepted()
    hass.config_entries.async_add_subentry(init_integration, charge_point_named("CP2"))
    second = await simulator("CP2")
    await second.wait_accepted()
    central = init_integration.runtime_data.central
    removed: ChargePoint = central.charge_points["CP2"]
    assert hass.states.is_state("binary_sensor.cp2_connected", "on")

    hass.config_entries.async_remove_subentry(init_integration, subentry_id(init_integration, "CP2"))
    await until_gone(removed)
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.cp2_connected") is None
    devices = dr.async_get(hass)
    assert devices.async_get_device_by_identifier((DOMAIN, "CP2"), init_integration.entry_id) is None
    assert first.connected
    assert central.charge_points["CP1"].reconnects == 0
    await second.stop()


async def test_platforms_hear_of_each_charge_point_once(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """Of those that are there at once, of later ones as they come, of none after they have signed off."""
    heard: list[str] = []
    stop = init_integration.runtime_data.on_charge_point(lambda charge_point, _: heard.append(charge_point.identity))
    hass.config_entries.async_add_subentry(init_integration, charge_point_named("CP2"))
    hass.config_entries.async_update_subentry(
        init_integration, init_integration.subentries[subentry_id(init_integration, "CP2")], title="Garage"
    )
    stop()
    hass.config_entries.async_add_subentry(init_integration, charge_point_named("CP3"))
    assert heard == ["CP1", "CP2"]


async def test_coming_and_going_is_logged_once_each(
    init_integration: MockConfigEntry, simulator: SimulatorFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """At level info: a charger that is switched off is no error."""
    charger = await simulator("CP1")
    await charger.wait_accepted()
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await charger.go_offline()
    await until_gone(charge_point)
    lines = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name == "custom_components.ocpp_csms.runtime"
    ]
    assert lines == [
        ("INFO", "Charge point CP1 is connected"),
        ("INFO", "Charge point CP1 is not connected any more"),
    ]


# Devices


async def test_a_device_shows_what_the_charge_point_tells_of_itself(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Also after its firmware has changed."""
    charge_point.booted(StationInfo("Ampere", "One", "S-1", "1.0"), triggered=False)
    charge_point.flush()
    charge_point.booted(StationInfo("Ampere", "One", "S-1", "1.1"), triggered=False)
    charge_point.flush()
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert device is not None
    assert (device.manufacturer, device.model, device.serial_number, device.sw_version) == (
        "Ampere",
        "One",
        "S-1",
        "1.1",
    )


async def test_a_name_that_the_user_gave_stays_when_the_charge_point_tells_of_itself(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """The device is refreshed with the name of now."""
    subentry = init_integration.subentries[subentry_id(init_integration, "CP1")]
    hass.config_entries.async_update_subentry(init_integration, subentry, title="Garage")
    await hass.async_block_till_done()
    charge_point.booted(StationInfo("Ampere", "One", "S-1", "1.0"), triggered=False)
    charge_point.flush()
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert device is not None
    assert device.name == "Garage"


async def test_a_second_connector_gives_each_a_device_of_its_own(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """The first one's entities, which sat on the charge point, move to it and keep their ids."""
    entities = er.async_get(hass)
    devices = dr.async_get(hass)
    parent = devices.async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert parent is not None
    await hass.async_block_till_done()

    def device_of(platform: str, unique_id: str) -> str | None:
        entity_id = entities.async_get_entity_id(platform, DOMAIN, unique_id)
        assert entity_id is not None
        entity = entities.async_get(entity_id)
        assert entity is not None
        return entity.device_id

    assert device_of("switch", "CP1_1_charge") == parent.id
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    for number in (1, 2):
        child = devices.async_get_child_device_by_identifier((DOMAIN, f"CP1/{number}"), init_integration.entry_id)
        assert child is not None
        assert (child.name, child.parent_device_id) == (f"Connector {number}", parent.id)
        assert device_of("switch", f"CP1_{number}_charge") == child.id
    assert device_of("binary_sensor", "CP1_0_connected") == parent.id


@pytest.mark.parametrize(
    ("minutes", "name"),
    [(1, "switch.cp1_connector_1_charge"), (60, "switch.cp1_charge")],
    ids=["at once", "an hour later"],
)
async def test_entities_are_named_after_their_connector_unless_they_are_in_use(
    hass: HomeAssistant,
    charge_point: ChargePoint,
    freezer: FrozenDateTimeFactory,
    minutes: int,
    name: str,
) -> None:
    """A charger tells of its connectors one by one; a name that people have used for a while stays. Both go on working."""
    await hass.async_block_till_done()
    assert hass.states.is_state("switch.cp1_charge", "off")
    freezer.tick(timedelta(minutes=minutes))
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    await hass.async_block_till_done()
    assert hass.states.is_state("switch.cp1_connector_2_charge", "off")
    transaction = start_transaction(charge_point, 1)
    await hass.async_block_till_done()
    assert transaction.running
    assert hass.states.is_state(name, "on")
    device = er.async_get(hass).async_get(name)
    assert device is not None
    child = dr.async_get(hass).async_get(str(device.device_id))
    assert isinstance(child, dr.ChildDeviceEntry)


# Discovery


async def test_an_offer_outlives_a_short_absence(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """A charger that reconnects while it waits has one offer, not one for each time."""
    with offers(hass) as offered:
        charger = await simulator("CP2")
        [flow] = await offered.count(1)
        waiting = init_integration.runtime_data.central.charge_points["CP2"]
        await charger.drop_connection()
        await until_gone(waiting)
        assert offered.current() == [flow]
        await charger.wait_message("BootNotification", count=2)
        await hass.async_block_till_done()
        async_fire_time_changed(hass, fire_all=True)
        await hass.async_block_till_done()
        assert [item["flow_id"] for item in offered.current()] == [flow["flow_id"]]


async def test_an_offer_ends_when_the_charge_point_stays_away(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    simulator: SimulatorFactory,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nobody is offered what is not there."""
    with offers(hass) as offered:
        charger = await simulator("CP2")
        await offered.count(1)
        waiting = init_integration.runtime_data.central.charge_points["CP2"]
        await charger.go_offline()
        await until_gone(waiting)
        freezer.tick(timedelta(seconds=GRACE_SECONDS - 1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert len(offered.current()) == 1
        freezer.tick(timedelta(seconds=2))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert offered.current() == []


async def test_strangers_are_sent_away_once_they_are_not_wanted(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """Their offers go at once; a charger that was added stays connected."""
    known = await simulator("CP1")
    await known.wait_accepted()
    with offers(hass) as offered:
        stranger = await simulator("CP2")
        await offered.count(1)
        waiting = init_integration.runtime_data.central.charge_points["CP2"]
        hass.config_entries.async_update_entry(init_integration, options={"unknown_charge_points": "reject"})
        await offered.count(0)
        await until_gone(waiting)
    assert "CP2" not in init_integration.runtime_data.central.charge_points
    assert known.connected
    await stranger.stop()


async def test_offers_end_with_the_central_system(
    hass: HomeAssistant, init_integration: MockConfigEntry, simulator: SimulatorFactory
) -> None:
    """What cannot be added is not offered."""
    with offers(hass) as offered:
        await simulator("CP2")
        await offered.count(1)
        await hass.config_entries.async_unload(init_integration.entry_id)
        assert offered.current() == []


async def test_what_another_entry_ignored_is_not_our_concern(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Removing an ignored entry offers only what is waiting here."""
    ignored = MockConfigEntry(
        domain=DOMAIN,
        source="ignore",
        discovery_keys=MappingProxyType(
            {DOMAIN: (_key(init_integration.entry_id, "CP9"), _key("another entry", "CP1"))}
        ),
    )
    ignored.add_to_hass(hass)
    await hass.config_entries.async_remove(ignored.entry_id)
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


def _key(entry_id: str, identity: str) -> DiscoveryKey:
    return DiscoveryKey(domain=DOMAIN, key=(entry_id, identity), version=1)


# Wrong passwords


async def test_repeated_failures_raise_one_issue(
    init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """A single failure is none; the issue goes away when the charge point gets in."""
    runtime = init_integration.runtime_data
    for count in (1, 2):
        runtime.authentication_failed("CP1", "192.168.1.20", count)
    assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is None
    for count in (3, 4, 5):
        runtime.authentication_failed("CP1", "192.168.1.20", count)
    issue = issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1")
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {"charge_point_id": "CP1", "remote": "192.168.1.20"}
    assert caplog.text.count("presents no or a wrong password") == 1
    runtime.authentication_succeeded("CP1")
    assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is None


async def test_strangers_raise_no_issue(init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry) -> None:
    """Whoever can reach the port could raise any number of them."""
    for count in range(1, 10):
        init_integration.runtime_data.authentication_failed("STRANGER", "192.168.1.20", count)
    assert not issue_registry.issues


async def test_the_issue_goes_with_the_charge_point(
    hass: HomeAssistant, init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """There is nothing left to repair."""
    init_integration.runtime_data.authentication_failed("CP1", "192.168.1.20", 3)
    hass.config_entries.async_remove_subentry(init_integration, subentry_id(init_integration, "CP1"))
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, "authentication_failed_CP1") is None


# A version of OCPP that a charge point does not offer

VERSION_ISSUE = "version_refused_CP1"


async def dial_in_vain(entry: MockConfigEntry, identity: str = "CP1", offer: str = "ocpp0.9") -> None:
    """Dial in with an offer of which nothing is taken."""
    far_end = ScriptedChargePoint(entry.runtime_data.central.port, identity, subprotocols=(offer,))
    await far_end.connect()
    assert await far_end.closed() == 1002
    await far_end.disconnect()


def keep_to(hass: HomeAssistant, entry: MockConfigEntry, version: str) -> None:
    """Let the user keep CP1 to a version."""
    subentry = entry.subentries[subentry_id(entry, "CP1")]
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "version": version})


async def test_a_version_that_is_not_spoken_raises_an_issue(
    hass: HomeAssistant, init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """It says what the charger offers, as far as that can be shown, and what it may speak; with another version it goes away."""
    await dial_in_vain(init_integration, offer="ocpp`0.9")
    issue = issue_registry.async_get_issue(DOMAIN, VERSION_ISSUE)
    assert issue is not None
    assert not issue.is_fixable
    assert issue.translation_placeholders == {
        "charge_point_id": "CP1",
        "offered": "`ocpp0.9`",
        "versions": "1.6, 2.0.1, 2.1",
    }
    async with ScriptedChargePoint(init_integration.runtime_data.central.port):
        await until_connected(init_integration.runtime_data.central.charge_points["CP1"])
        assert issue_registry.async_get_issue(DOMAIN, VERSION_ISSUE) is None
    await until_gone(init_integration.runtime_data.central.charge_points["CP1"])


async def test_the_version_that_is_shown_is_the_one_that_is_spoken(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Whatever was agreed upon, and still after the charger has gone."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    async with ScriptedChargePoint(init_integration.runtime_data.central.port, subprotocols=("ocpp2.0.1",)) as far_end:
        await until_connected(charge_point)
        await hass.async_block_till_done()
        assert hass.states.is_state("sensor.cp1_ocpp_version", "2.0.1")
        await far_end.boot()
        await hass.async_block_till_done()
        assert hass.states.is_state("sensor.cp1_ocpp_version", "1.6")
    await until_gone(charge_point)
    await hass.async_block_till_done()
    assert hass.states.is_state("sensor.cp1_ocpp_version", "1.6")


async def test_the_issue_names_the_version_that_the_charger_is_kept_to(
    hass: HomeAssistant, init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """Another choice takes it back: whether that one is right will show."""
    keep_to(hass, init_integration, "2.1")
    await hass.async_block_till_done()
    await dial_in_vain(init_integration, offer="ocpp1.6")
    issue = issue_registry.async_get_issue(DOMAIN, VERSION_ISSUE)
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["versions"] == "2.1"
    keep_to(hass, init_integration, "1.6")
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, VERSION_ISSUE) is None


async def test_a_stranger_that_offers_no_version_raises_no_issue(
    init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """Whoever can reach the port could raise any number of them."""
    await dial_in_vain(init_integration, "STRANGER")
    assert not issue_registry.issues


async def test_the_issue_of_its_version_goes_with_the_charge_point(
    hass: HomeAssistant, init_integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """There is nothing left to say."""
    await dial_in_vain(init_integration)
    assert issue_registry.async_get_issue(DOMAIN, VERSION_ISSUE) is not None
    hass.config_entries.async_remove_subentry(init_integration, subentry_id(init_integration, "CP1"))
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, VERSION_ISSUE) is None


# What is kept


@pytest.fixture
def stored(hass_storage: dict[str, Any], init_integration: MockConfigEntry) -> dict[str, Any]:
    """The files of Home Assistant's storage; what the entry has kept so far is taken away."""
    hass_storage.pop(f"ocpp_csms.{init_integration.entry_id}", None)
    return hass_storage


async def test_what_must_not_be_lost_is_saved_at_once(
    hass: HomeAssistant, init_integration: MockConfigEntry, stored: dict[str, Any]
) -> None:
    """Even when something less urgent waits already."""
    init_integration.runtime_data.changed(False)
    init_integration.runtime_data.changed(True)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert f"ocpp_csms.{init_integration.entry_id}" in stored


async def test_the_rest_is_saved_within_a_minute(
    hass: HomeAssistant, init_integration: MockConfigEntry, stored: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    """However often something changes in between, and again in the minutes after."""
    key = f"ocpp_csms.{init_integration.entry_id}"
    for _ in range(2):
        for _ in range(6):
            assert key not in stored
            init_integration.runtime_data.changed(False)
            freezer.tick(timedelta(seconds=10.1))
            async_fire_time_changed(hass)
            await hass.async_block_till_done()
        assert stored.pop(key)


async def test_a_new_charge_point_is_in_the_store_after_unload(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """What was learned of it is kept."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    dialect = ScriptedDialect()
    charge_point.attach(dialect, "127.0.0.1")
    charge_point.booted(StationInfo("Ampere", "One"), triggered=False)
    charge_point.detach(dialect)
    await hass.config_entries.async_unload(init_integration.entry_id)
    data = hass_storage[f"ocpp_csms.{init_integration.entry_id}"]["data"]
    assert data["charge_points"]["CP1"]["info"]["vendor"] == "Ampere"


async def test_stopping_twice_does_no_harm(init_integration: MockConfigEntry, caplog: pytest.LogCaptureFixture) -> None:
    """Home Assistant's stop may come before the entry's unload."""
    await init_integration.runtime_data.async_stop()
    caplog.clear()
    await init_integration.runtime_data.async_stop()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# The house


SLOPES = [-1.0, -1.02, -0.98]


async def load_with_site(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any], kept: object
) -> SignVerdict:
    """Load the entry with this in its store for the house, and return what is known of the grid sensor."""
    await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"ocpp_csms.{entry.entry_id}"]["data"]["site"] = kept
    assert await hass.config_entries.async_setup(entry.entry_id)
    verdict: SignVerdict = entry.runtime_data.control.loop.health.sign.verdict
    return verdict


@with_site
async def test_what_was_found_of_the_grid_sensor_is_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Also when it was not found out by this run of Home Assistant."""
    grid = repr(init_integration.runtime_data.control.loop.settings.grid)
    verdict = await load_with_site(hass, init_integration, hass_storage, {"grid": grid, "slopes": SLOPES})
    assert verdict is SignVerdict.INVERTED
    await hass.config_entries.async_unload(init_integration.entry_id)
    kept = hass_storage[f"ocpp_csms.{init_integration.entry_id}"]["data"]["site"]
    assert kept == {"grid": grid, "slopes": SLOPES}


@with_site
@pytest.mark.parametrize(
    "kept", [None, "so-so", [], {"slopes": SLOPES}, {"grid": "another", "slopes": SLOPES}], ids=str
)
async def test_what_was_found_of_another_grid_sensor_or_cannot_be_read_is_forgotten(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_storage: dict[str, Any], kept: object
) -> None:
    """The sensor is tested afresh."""
    assert await load_with_site(hass, init_integration, hass_storage, kept) is SignVerdict.UNDECIDED


@with_site
@pytest.mark.parametrize("slopes", [None, "so-so", ["x", None, -1.0]], ids=str)
async def test_slopes_that_are_no_numbers_are_forgotten(
    hass: HomeAssistant, init_integration: MockConfigEntry, hass_storage: dict[str, Any], slopes: object
) -> None:
    """The rest is too little to judge by."""
    grid = repr(init_integration.runtime_data.control.loop.settings.grid)
    kept = {"grid": grid, "slopes": slopes}
    assert await load_with_site(hass, init_integration, hass_storage, kept) is SignVerdict.UNDECIDED


async def test_what_was_wanted_of_a_charge_point_goes_with_it(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """One of the same name that is added later is a stranger."""
    goals = init_integration.runtime_data.control.goals
    goals.update(charge_point, 1, manual_limit=10.0)
    hass.config_entries.async_remove_subentry(init_integration, subentry_id(init_integration, "CP1"))
    await hass.async_block_till_done()
    assert goals.snapshot() == {}
