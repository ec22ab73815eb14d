"""Actions that reserve connectors, and the sensors that show it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey, ConnectorStatus
from custom_components.ocpp_csms.csms.requests import CancelReservation, ReserveNow
from tests.actions.calls import act, device_of
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.scripted import NOON, ScriptedDialect, entity_id, report, start_transaction, state
from tests.waiting import until, until_gone


@pytest.fixture
def subentries(charge_point_subentry: ConfigSubentryData) -> list[ConfigSubentryData]:
    """The entry knows CP1 and Anna's card."""
    card = ConfigSubentryData(
        data={"id_tag": "04A2B3C4", "allowed": True},
        subentry_type="id_tag",
        title="Anna's card",
        unique_id="04a2b3c4",
    )
    return [charge_point_subentry, card]


def requested(far_end: ScriptedDialect) -> list[Any]:
    """Return the requests that were sent."""
    return [call[1] for call in far_end.calls if call[0] == "request"]


def announce(charge_point: ChargePoint, **keys: str) -> None:
    """Let the charger tell configuration keys."""
    charge_point.configuration_read({key: ConfigurationKey(key, value, readonly=True) for key, value in keys.items()})
    charge_point.flush()


def exists(hass: HomeAssistant, unique_id: str) -> bool:
    """Tell whether there is a sensor of this unique id."""
    return er.async_get(hass).async_get_entity_id("sensor", "ocpp_csms", unique_id) is not None


@pytest.mark.parametrize(
    ("data", "expiry"),
    [
        ({}, NOON + timedelta(hours=1)),
        ({"duration": "00:30:00"}, NOON + timedelta(minutes=30)),
        ({"duration": {"minutes": 5}}, NOON + timedelta(minutes=5)),
        ({"until": "2026-11-20 08:30:00"}, datetime(2026, 11, 20, 16, 30, tzinfo=UTC)),
        ({"until": "2026-11-20T18:30:00+01:00"}, datetime(2026, 11, 20, 17, 30, tzinfo=UTC)),
    ],
)
async def test_a_connector_is_reserved_until_a_time(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    far_end: ScriptedDialect,
    device_id: str,
    data: dict[str, Any],
    expiry: datetime,
) -> None:
    """For so long, until then, or for an hour. A time without a zone is local."""
    freezer.move_to(NOON)
    answer = await act(hass, "reserve", device_id=device_id, id_tag="04A2B3C4", **data)
    assert isinstance(answer, dict)
    [request] = requested(far_end)
    assert request == ReserveNow(
        reservation_id=request.reservation_id, connector=1, id_tag="04A2B3C4", expiry=expiry, parent=None
    )
    assert datetime.fromisoformat(str(answer.pop("until"))) == expiry
    assert answer == {
        "status": "Accepted",
        "reservation_id": request.reservation_id,
        "connector": 1,
        "id_tag": "04A2B3C4",
        "name": "Anna's card",
    }


@pytest.mark.parametrize(
    "data",
    [
        {"until": "2030-01-01 12:00:00", "duration": "01:00:00"},
        {"duration": "-1:00"},
        {"connector": -1},
        {"id_tag": ""},
    ],
)
async def test_what_makes_no_sense_is_no_reservation(hass: HomeAssistant, device_id: str, data: dict[str, Any]) -> None:
    """The data of the action say so."""
    with pytest.raises(vol.Invalid):
        await act(hass, "reserve", device_id=device_id, **data)


@pytest.mark.parametrize(
    ("action", "data", "message"),
    [
        ("reserve", {"until": "2020-01-01 12:00:00"}, "would end in the past"),
        ("reserve", {"until": "2099-01-01 12:00:00"}, "longer than 366 days"),
        ("reserve", {"id_tag": "X" * 21}, "too long for CP1. Use one of at most 20"),
        ("reserve", {"connector": 0}, "only one particular connector"),
        ("reserve", {"connector": 7}, "no connector 7"),
        ("cancel_reservation", {}, "Nothing is reserved"),
    ],
)
async def test_the_error_says_what_to_do(
    hass: HomeAssistant, far_end: ScriptedDialect, device_id: str, action: str, data: dict[str, Any], message: str
) -> None:
    """And nothing is sent."""
    with pytest.raises(ServiceValidationError, match=message):
        await act(hass, action, device_id=device_id, **data)
    assert requested(far_end) == []


async def test_a_refusal_is_an_answer_to_who_asks_for_one(
    hass: HomeAssistant, far_end: ScriptedDialect, device_id: str
) -> None:
    """And an error to who does not."""
    far_end.answers["ReserveNow"] = RefusedError("ReserveNow", "Occupied")
    assert await act(hass, "reserve", device_id=device_id) == {"status": "Occupied"}
    with pytest.raises(HomeAssistantError, match="CP1 refused ReserveNow: it answered Occupied"):
        await act(hass, "reserve", device_id=device_id, answer=False)
    assert await act(hass, "get_reservations", device_id=device_id) == {"reservations": []}


async def test_a_reservation_is_cancelled_by_its_connector_or_its_number(
    hass: HomeAssistant, far_end: ScriptedDialect, device_id: str
) -> None:
    """The number may also be one that was given elsewhere."""
    answer = await act(hass, "reserve", device_id=device_id)
    assert isinstance(answer, dict)
    assert await act(hass, "cancel_reservation", device_id=device_id) == {"status": "Accepted"}
    await act(hass, "cancel_reservation", device_id=device_id, reservation_id=42)
    ids = [request.reservation_id for request in requested(far_end) if isinstance(request, CancelReservation)]
    assert ids == [answer["reservation_id"], 42]


async def test_reservations_are_listed_with_what_became_of_them(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, second_connector: str
) -> None:
    """The newest first; those of one connector if it is named."""
    await act(hass, "reserve", device_id=second_connector, id_tag="0499887766")
    await act(hass, "reserve", device_id=device_id, connector=1, id_tag="04A2B3C4")
    transaction = start_transaction(charge_point, id_tag="04A2B3C4")

    async def listed(**data: Any) -> list[tuple[Any, ...]]:
        answer = await act(hass, "get_reservations", **data)
        assert isinstance(answer, dict)
        reservations: Any = answer["reservations"]
        return [(item["connector"], item["name"], item["state"], item["transaction_id"]) for item in reservations]

    used, other = (1, "Anna's card", "used", transaction.transaction_id), (2, "••••7766", "active", None)
    assert await listed(device_id=device_id) == [used, other]
    assert await listed(device_id=second_connector) == [other]
    assert await listed(device_id=device_id, connector=0) == []


# What is shown


async def test_without_reservations_there_are_no_sensors_of_them(hass: HomeAssistant, device_id: str) -> None:
    """Hardly any home needs them."""
    assert not exists(hass, "CP1_1_reservation")
    assert not exists(hass, "CP1_0_reservation")


@pytest.mark.parametrize(("zero", "expected"), [("true", True), ("false", False)])
async def test_a_charger_that_offers_reservations_has_their_sensors(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str, zero: str, expected: bool
) -> None:
    """Those of any connector only if it can reserve any."""
    announce(charge_point, SupportedFeatureProfiles="Core,Reservation", ReserveConnectorZeroSupported=zero)
    await hass.async_block_till_done()
    for key in ("reservation", "reserved_until"):
        assert state(hass, "sensor", f"CP1_1_{key}") == STATE_UNKNOWN
        assert exists(hass, f"CP1_0_{key}") is expected


async def test_a_reservation_is_shown_until_it_is_used(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, charge_point: ChargePoint, device_id: str
) -> None:
    """For whom and until when; a number is masked."""
    freezer.move_to(NOON)
    await act(hass, "reserve", device_id=device_id, id_tag="0499887766", duration="01:00:00")
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_reservation") == "••••7766"
    assert state(hass, "sensor", "CP1_1_reserved_until") == (NOON + timedelta(hours=1)).isoformat()
    start_transaction(charge_point, id_tag="0499887766")
    for key in ("reservation", "reserved_until"):
        assert state(hass, "sensor", f"CP1_1_{key}") == STATE_UNKNOWN


async def test_a_reservation_for_home_assistant_is_shown_as_such(hass: HomeAssistant, device_id: str) -> None:
    """The connector is kept for charging that is started here."""
    await act(hass, "reserve", device_id=device_id)
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_reservation") == "Home Assistant"


async def test_the_names_tell_the_connector_from_any(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str
) -> None:
    """With one connector they are on the same device."""
    announce(charge_point, SupportedFeatureProfiles="Reservation", ReserveConnectorZeroSupported="true")
    await hass.async_block_till_done()
    names = {hass.states.get(entity_id(hass, "sensor", f"CP1_{number}_reservation")).name for number in (0, 1)}  # type: ignore[union-attr]  # they exist
    assert names == {"CP1 Reserved for", "CP1 Any connector reserved for"}


async def test_the_transaction_event_names_the_reservation(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str
) -> None:
    """So that an automation knows it was used."""
    answer = await act(hass, "reserve", device_id=device_id, id_tag="04A2B3C4")
    assert isinstance(answer, dict)
    start_transaction(charge_point, id_tag="04A2B3C4")
    told = hass.states.get(entity_id(hass, "event", "CP1_1_transaction"))
    assert told is not None
    assert told.attributes["reservation"] == answer["reservation_id"]


# Over a real socket


async def test_a_reservation_goes_to_the_charger_and_survives_a_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """From the action to the wire and back; it is remembered while the charger is offline."""
    charge_point: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    async with ScriptedChargePoint(init_integration.runtime_data.central.port) as charger:
        await charger.boot()
        await charger.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
        await hass.async_block_till_done(wait_background_tasks=False)
        device = device_of(hass, "sensor", "CP1_0_status")
        answer = await act(hass, "reserve", device_id=device, id_tag="04A2B3C4")
        assert isinstance(answer, dict)
        request = await charger.heard("ReserveNow")
        assert (request["connectorId"], request["idTag"]) == (1, "04A2B3C4")
        assert request["reservationId"] == answer["reservation_id"]
        await hass.async_block_till_done(wait_background_tasks=False)
        assert state(hass, "sensor", "CP1_1_reservation") == "Anna's card"
    await until_gone(charge_point)
    assert state(hass, "sensor", "CP1_1_reservation") == STATE_UNAVAILABLE

    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    again: ChargePoint = init_integration.runtime_data.central.charge_points["CP1"]
    async with ScriptedChargePoint(init_integration.runtime_data.central.port) as charger:
        await charger.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Reserved"})
        await until(again, ("status",), lambda: again.connectors[1].status is ConnectorStatus.RESERVED, 1)
        assert state(hass, "sensor", "CP1_1_reservation") == "Anna's card"
        await charger.start_transaction(idTag="04A2B3C4", reservationId=answer["reservation_id"])
        await until(again, ("reservation",), lambda: again.reserving.book.active_on(1) is None, 1)
        assert state(hass, "sensor", "CP1_1_reservation") == STATE_UNKNOWN


async def test_a_charger_that_gives_a_reservation_up_is_believed(
    hass: HomeAssistant, charge_point: ChargePoint, device_id: str
) -> None:
    """A fault ends it."""
    await act(hass, "reserve", device_id=device_id)
    report(charge_point, 1, ConnectorStatus.RESERVED)
    report(charge_point, 1, ConnectorStatus.FAULTED)
    await hass.async_block_till_done()
    assert state(hass, "sensor", "CP1_1_reservation") == STATE_UNKNOWN
