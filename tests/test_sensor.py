"""Sensors show what the model holds."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from syrupy.assertion import SnapshotAssertion

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode, Quantity, Reading
from custom_components.ocpp_csms.sensor import CHARGE_POINT_SENSORS, CONNECTOR_SENSORS
from tests.scripted import (
    ENERGY,
    INFO,
    NOON,
    ScriptedDialect,
    assert_platform,
    entity_id,
    report,
    sample,
    start_transaction,
    state,
    states_written,
    stop_transaction,
)

EVERYTHING = (
    ENERGY,
    *(Reading("Power.Active.Import", 3600.0 + number, "W", f"L{number}") for number in (1, 2, 3)),
    *(Reading("Current.Import", 16.0 - number / 10, "A", f"L{number}") for number in (1, 2, 3)),
    *(Reading("Voltage", 230.0 + number, "V", f"L{number}") for number in (1, 2, 3)),
    Reading("Power.Offered", 22000.0, "W"),
    Reading("Power.Active.Export", 0.0, "W"),
    Reading("Power.Reactive.Import", 120.0, "var"),
    Reading("Power.Reactive.Export", 10.0, "var"),
    Reading("Power.Factor", 0.98, ""),
    Reading("Current.Offered", 32.0, "A"),
    Reading("Current.Export", 0.0, "A"),
    Reading("Energy.Active.Export.Register", 1.5, "kWh"),
    Reading("Energy.Reactive.Import.Register", 20.5, "kvarh"),
    Reading("Energy.Reactive.Export.Register", 2.5, "kvarh"),
    Reading("SoC", 80.0, "Percent", location="EV"),
    Reading("Temperature", 31.5, "Celsius"),
    Reading("Frequency", 50.01, "Hz"),
    Reading("RPM", 1200.0, "RPM"),
)


def test_every_quantity_has_a_sensor() -> None:
    """What the model can hold, people can see."""
    assert set(Quantity) <= {row.key for row in CONNECTOR_SENSORS}
    assert set(Quantity) <= {row.key for row in CHARGE_POINT_SENSORS}


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_sensors(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, snapshot: SnapshotAssertion, charge_point: ChargePoint
) -> None:
    """Every quantity, session and diagnostic value has its name, class, unit and state."""
    freezer.move_to(NOON)
    report(charge_point, 0, ConnectorStatus.AVAILABLE)
    start_transaction(charge_point, at=NOON - timedelta(minutes=30, seconds=20))
    sample(charge_point, 1, *EVERYTHING)
    report(charge_point, 1, ConnectorStatus.CHARGING)
    await hass.async_block_till_done()
    assert set(Quantity) <= set(charge_point.connectors[1].readings)
    assert_platform(hass, "sensor", snapshot)


@pytest.mark.parametrize("status", ConnectorStatus)
async def test_each_status_is_a_state(hass: HomeAssistant, charge_point: ChargePoint, status: ConnectorStatus) -> None:
    """OCPP's Unavailable is `inoperative`, all others bear their names in snake case."""
    report(charge_point, 1, status)
    assert state(hass, "sensor", "CP1_1_status") == status.value


@pytest.mark.parametrize("code", ErrorCode)
async def test_each_error_code_is_a_state(hass: HomeAssistant, charge_point: ChargePoint, code: ErrorCode) -> None:
    """In snake case."""
    report(charge_point, 1, ConnectorStatus.FAULTED, code)
    assert state(hass, "sensor", "CP1_1_error_code") == code.value


async def test_the_url_for_chargers_is_on_the_central_systems_device(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """It can be copied from there at any time."""
    assert state(hass, "sensor", f"{init_integration.entry_id}_url") == init_integration.runtime_data.url
    assert init_integration.runtime_data.url.startswith("ws://127.0.0.1:")


async def test_a_session_counts_from_its_start_to_its_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, charge_point: ChargePoint
) -> None:
    """Its duration grows in whole minutes while it runs and is exact at the end; its energy is what it took."""
    freezer.move_to(NOON)
    report(charge_point, 1, ConnectorStatus.CHARGING)
    transaction = start_transaction(charge_point, at=NOON)
    assert state(hass, "sensor", "CP1_1_session_start") == NOON.isoformat()
    assert float(state(hass, "sensor", "CP1_1_session_duration")) == 0
    freezer.move_to(NOON + timedelta(minutes=2, seconds=59))
    async_fire_time_changed(hass)
    assert float(state(hass, "sensor", "CP1_1_session_duration")) == 2
    freezer.move_to(NOON + timedelta(minutes=3, seconds=30))
    stop_transaction(charge_point, transaction, at=NOON + timedelta(minutes=3, seconds=30), meter_stop=1235.0)
    assert float(state(hass, "sensor", "CP1_1_session_duration")) == 3.5


async def test_a_session_grows_each_minute_while_nothing_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, charge_point: ChargePoint
) -> None:
    """In whole minutes since its start: one state a minute and no more."""
    freezer.move_to(NOON)
    start_transaction(charge_point, at=NOON - timedelta(seconds=20))
    await hass.async_block_till_done()
    take = states_written(hass)
    shown = []
    for _ in range(4):
        freezer.tick(timedelta(seconds=40))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        shown.append(float(state(hass, "sensor", "CP1_1_session_duration")))
    assert shown == [1, 1, 2, 3]
    assert len(take()) == 3


async def test_the_clock_of_a_session_stands_while_the_charge_point_is_away(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """What was missed is there at once when it is back."""
    freezer.move_to(NOON)
    start_transaction(charge_point, at=NOON)
    await hass.async_block_till_done()
    charge_point.detach(far_end)
    freezer.tick(timedelta(minutes=10))
    async_fire_time_changed(hass)
    assert state(hass, "sensor", "CP1_1_session_duration") == STATE_UNAVAILABLE
    charge_point.attach(far_end, "127.0.0.1")
    assert float(state(hass, "sensor", "CP1_1_session_duration")) == 10


async def test_the_energy_of_a_session_is_final_when_its_end_is_told(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """Automations that act on the end read it."""
    report(charge_point, 1, ConnectorStatus.CHARGING)
    transaction = start_transaction(charge_point)
    sample(charge_point, 1, Reading("Energy.Active.Import.Register", 1235.0, "kWh"))
    stop_transaction(charge_point, transaction, meter_stop=1240.5)
    assert float(state(hass, "sensor", "CP1_1_session_energy")) == 6.0


async def test_without_a_session_there_is_nothing_to_time(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """No transaction, no start, no duration, no tag."""
    await hass.async_block_till_done()
    for key in ("session_start", "session_duration", "id_tag"):
        assert state(hass, "sensor", f"CP1_1_{key}") == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("id_tag", "shown"),
    [
        ("04A2B3C4", "••••B3C4"),
        ("1234", "••••"),
        ("HomeAssistant", "Home Assistant"),
        ("KNOWN-TAG", "Ada"),
        ("known-tag", "Ada"),
        ("NAMELESS", "••••LESS"),
    ],
)
async def test_the_id_tag_is_shown_by_name_or_masked(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint, id_tag: str, shown: str
) -> None:
    """Numbers of cards are nobody's business: they are kept in the history of states."""
    init_integration.runtime_data.central.authorization = Authorization(
        tags={tag.id_tag: tag for tag in (IdTag("KNOWN-TAG", name="Ada"), IdTag("NAMELESS"))}
    )
    start_transaction(charge_point, id_tag=id_tag)
    assert state(hass, "sensor", "CP1_1_id_tag") == shown


async def test_a_card_that_is_adopted_while_it_charges_has_its_name_at_once(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """The sensor shows it, and the record of the charge will have it."""
    central = init_integration.runtime_data.central
    transaction = start_transaction(charge_point, id_tag="04A2B3C4")
    assert state(hass, "sensor", "CP1_1_id_tag") == "••••B3C4"
    central.authorization = Authorization(tags={"04a2b3c4": IdTag("04A2B3C4", name="Ada", parent="FAMILY")})
    assert state(hass, "sensor", "CP1_1_id_tag") == "Ada"
    assert (transaction.tag_name, transaction.parent) == ("Ada", "FAMILY")
    central.authorization = Authorization()
    assert state(hass, "sensor", "CP1_1_id_tag") == "••••B3C4"
    assert transaction.tag_name == "Ada"


async def test_nobody_charges_after_the_end(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The tag of the last session is no leftover shown as current."""
    transaction = start_transaction(charge_point)
    stop_transaction(charge_point, transaction)
    assert state(hass, "sensor", "CP1_1_id_tag") == STATE_UNKNOWN


@pytest.mark.parametrize("key", ["last_message", "reconnects", "message_violations", "latency"])
async def test_details_of_the_connection_are_disabled_by_default(
    hass: HomeAssistant, charge_point: ChargePoint, key: str
) -> None:
    """Few people want them."""
    await hass.async_block_till_done()
    assert hass.states.get(entity_id(hass, "sensor", f"CP1_0_{key}")) is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_details_of_the_connection_follow_the_model(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, charge_point: ChargePoint
) -> None:
    """Messages, violations and the time of the last ping."""
    freezer.move_to(NOON)
    charge_point.message_received()
    charge_point.violation("MeterValues", "value is no number", "[]")
    charge_point.booted(INFO, triggered=True)
    charge_point.flush()
    assert state(hass, "sensor", "CP1_0_message_violations") == "1"
    assert state(hass, "sensor", "CP1_0_reconnects") == "0"
    assert float(state(hass, "sensor", "CP1_0_latency")) == 20


async def test_a_meter_of_the_whole_station_is_shown_on_the_charge_point(
    hass: HomeAssistant, charge_point: ChargePoint
) -> None:
    """A charge point with several connectors may report connector 0 apart from them."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    sample(charge_point, 1, Reading("Power.Active.Import", 1000.0, "W"))
    sample(charge_point, 0, Reading("Power.Active.Import", 1500.0, "W"))
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_power") == "1500.0"
    assert state(hass, "sensor", "CP1_1_power") == "1000.0"


# Limits


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_limits_sent_are_counted_by_the_day(
    hass: HomeAssistant, charge_point: ChargePoint, freezer: FrozenDateTimeFactory
) -> None:
    """Each wears the memory of some chargers. The day is that of the house."""
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_limit_writes_today") == "0"
    await charge_point.set_limit(1, 16)
    assert state(hass, "sensor", "CP1_0_limit_writes_today") == str(charge_point.limits.writes) != "0"
    freezer.move_to(dt_util.start_of_local_day() + timedelta(days=1))
    async_fire_time_changed(hass, dt_util.utcnow())
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_limit_writes_today") == "0"
    assert charge_point.limits.writes > 0


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_way_of_limiting_is_shown_with_its_success(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Unknown before the first limit; there while the charge point is offline."""
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_0_limit_strategy") == STATE_UNKNOWN
    await charge_point.set_limit(1, 16)
    assert charge_point.limits.search is not None
    shown = f"{charge_point.limits.search.current}: accepted"
    assert state(hass, "sensor", "CP1_0_limit_strategy") == shown
    charge_point.detach(far_end)
    assert state(hass, "sensor", "CP1_0_limit_strategy") == shown


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_charge_point_that_refuses_every_way_of_limiting_is_shown_as_such(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """There is no present way then."""
    await hass.async_block_till_done()
    start_transaction(charge_point)  # some ways are for a running one only
    far_end.answers["set_limit"] = RefusedError("SetChargingProfile", "Rejected")
    with pytest.raises(RefusedError):
        await charge_point.set_limit(1, 16)
    charge_point.flush()  # with the next message at the latest
    assert state(hass, "sensor", "CP1_0_limit_strategy") == "none: refused"
