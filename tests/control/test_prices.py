"""Prices to come are read from attributes and actions of many shapes, and nothing that makes no sense is taken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.planning import PriceSlot
from custom_components.ocpp_csms.control import prices
from custom_components.ocpp_csms.control.prices import async_price_slots, current_price


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time in October 2026, in UTC."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def slot(start: datetime, hours: float, price: float) -> PriceSlot:
    """Return a slot of this many hours."""
    return PriceSlot(start, start + timedelta(hours=hours), price)


@pytest.fixture(autouse=True)
async def _a_morning_in_berlin(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """It is 8 o'clock on the 1st of October 2026, in a home that is two hours ahead of UTC."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-10-01T06:00:00Z")


async def slots_of(hass: HomeAssistant, **attributes: Any) -> tuple[PriceSlot, ...]:
    """Return the slots that an entity with these attributes has."""
    hass.states.async_set("sensor.price", "0.1", attributes)
    return await async_price_slots(hass, "sensor.price")


# The present price


@pytest.mark.parametrize(("state", "price"), [("0.31", 0.31), ("-0.05", -0.05), ("unknown", None), ("nan", None)])
async def test_the_present_price_is_the_state(hass: HomeAssistant, state: str, price: float | None) -> None:
    """As far as it is a number."""
    hass.states.async_set("sensor.price", state)
    assert current_price(hass, "sensor.price") == price


async def test_an_entity_that_is_gone_has_no_price(hass: HomeAssistant) -> None:
    """Neither now nor to come."""
    assert current_price(hass, "sensor.price") is None
    assert await async_price_slots(hass, "sensor.price") == ()


# Attributes

NOON = "2026-10-01T12:00:00+02:00"
ONE = "2026-10-01T13:00:00+02:00"
NOON_TO_ONE = (slot(at(1, 10), 1, 0.2),)


@pytest.mark.parametrize(
    "attributes",
    [
        {"raw_today": [{"start": NOON, "end": ONE, "value": 0.2}], "raw_tomorrow": []},
        {"raw_today": [{"start": datetime(2026, 10, 1, 10, tzinfo=UTC), "end": None, "value": 0.2}]},
        {"raw_today": [{"hour": NOON, "price": 0.2}], "today": [0.9] * 24},
        {"raw_today": [], "raw_tomorrow": [{"start": NOON, "value": 0.2}]},
        {"today": [{"startsAt": NOON, "total": 0.2, "energy": 0.1, "tax": 0.1}], "tomorrow": []},
        {"prices_today": [{"time": NOON, "price": 0.2}], "prices": [{"time": NOON, "price": 0.3}]},
        {"data": [{"start_time": NOON, "end_time": ONE, "price_per_kwh": 0.2}]},
        {"prices": [{"from": NOON, "till": ONE, "price": 0.2}]},
        {"prices": ({"start": NOON, "end": ONE, "price": "0.2"},)},
        {"rates": [{"start": NOON, "end": ONE, "value_inc_vat": 0.2}]},
        {"forecast": [{"datetime": NOON, "electricity_price": 0.2}]},
        {"forecasts": [{"start_time": NOON, "end_time": ONE, "per_kwh": 0.2, "spot_per_kwh": 0.1}]},
        {"data": [{"timestamp": 1790848800, "price": 0.2}]},
        {"data": [{"timestamp": 1790848800000, "price": 0.2}]},
    ],
)
async def test_lists_of_many_integrations_are_read(hass: HomeAssistant, attributes: dict[str, Any]) -> None:
    """Whatever attributes and fields are called."""
    assert await slots_of(hass, **attributes) == NOON_TO_ONE


async def test_times_without_a_zone_are_in_the_homes(hass: HomeAssistant) -> None:
    """Noon in Berlin is ten in UTC."""
    assert await slots_of(hass, data=[{"start": "2026-10-01 12:00:00", "price": 0.2}]) == NOON_TO_ONE


async def test_bare_numbers_are_hours_or_quarters_of_the_day(hass: HomeAssistant) -> None:
    """Today's are over in part; a number that is missing leaves a gap."""
    slots = await slots_of(hass, today=[*range(24)], tomorrow=[None, *range(1, 96)])
    assert slots[0] == slot(at(1, 6), 1, 8)
    assert slots[15:17] == (slot(at(1, 21), 1, 23), slot(at(1, 22, 15), 0.25, 1))
    assert slots[-1] == slot(at(2, 21, 45), 0.25, 95)


@pytest.mark.parametrize("values", [[1.0] * 7, [1.0] * 25, [], "0.1", 5, [[0.1]] * 24])
async def test_bare_numbers_that_do_not_fill_a_day_tell_nothing(hass: HomeAssistant, values: Any) -> None:
    """Nobody knows which hours they are for."""
    assert await slots_of(hass, today=values) == ()


async def test_a_list_that_was_written_yesterday_is_for_yesterday(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An entity may be late in turning the page; its tomorrow is today then."""
    hass.states.async_set("sensor.price", "0.1", {"today": [*range(24)], "tomorrow": [*range(100, 124)]})
    freezer.move_to("2026-10-01T23:30:00Z")
    slots = await async_price_slots(hass, "sensor.price")
    assert slots[0] == slot(at(1, 23), 1, 101)
    assert len(slots) == 23


async def test_prices_that_are_over_are_no_forecast(hass: HomeAssistant) -> None:
    """A list that is not kept up says nothing about the future."""
    assert await slots_of(hass, data=[{"start": "2026-09-30T12:00:00Z", "price": 0.2}]) == ()


async def test_an_end_that_is_missing_is_the_next_start(hass: HomeAssistant) -> None:
    """Over a gap, a slot is as long as usual. Order and repetitions do not matter; the later word counts."""
    times = ["12:30", "12:15", "12:00", "12:45", "15:00", "12:00"]
    rows = [{"start": f"2026-10-01T{time}:00Z", "price": number} for number, time in enumerate(times)]
    assert await slots_of(hass, data=rows) == (
        slot(at(1, 12), 0.25, 5),
        slot(at(1, 12, 15), 0.25, 1),
        slot(at(1, 12, 30), 0.25, 0),
        slot(at(1, 12, 45), 0.25, 3),
        slot(at(1, 15), 0.25, 4),
    )


async def test_slots_never_overlap(hass: HomeAssistant) -> None:
    """An end behind the next start is cut there; one before its own start is none."""
    rows = [
        {"start": "2026-10-01T12:00:00Z", "end": "2026-10-01T15:00:00Z", "price": 1},
        {"start": "2026-10-01T13:00:00Z", "end": "2026-10-01T12:00:00Z", "price": 2},
    ]
    assert await slots_of(hass, data=rows) == (slot(at(1, 12), 1, 1), slot(at(1, 13), 1, 2))


@pytest.mark.parametrize(
    "row",
    [
        {"start": "soon", "price": 1},
        {"start": "2026-13-01T00:00:00Z", "price": 1},
        {"start": "0001-01-01T00:00:00+12:00", "price": 1},
        {"start": "9999-12-31T23:59:59-12:00", "price": 1},
        {"start": 12, "price": 1},
        {"start": float("inf"), "price": 1},
        {"start": float("nan"), "price": 1},
        {"start": None, "price": 1},
        {"price": 1},
        {"start": "2026-10-01T15:00:00Z"},
        {"start": "2026-10-01T15:00:00Z", "price": None},
        {"start": "2026-10-01T15:00:00Z", "price": float("nan")},
        {"start": "2026-10-01T15:00:00Z", "price": "unavailable"},
        {"start": "2026-10-01T15:00:00Z", "price": True},
        {"start": "2026-10-01T15:00:00Z", "price": 10**400},
        {"start": "2026-10-01T15:00:00Z", "price": {"value": 1}},
        "2026-10-01T15:00:00Z",
        None,
    ],
)
async def test_rows_that_make_no_sense_are_left_out(hass: HomeAssistant, row: Any) -> None:
    """The other rows count."""
    assert await slots_of(hass, data=[row, {"start": NOON, "price": 0.2}]) == NOON_TO_ONE


# Days with 23 and 25 hours


async def test_the_hour_that_comes_twice_is_read_twice(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Without zones, the order tells the first from the second."""
    freezer.move_to("2026-10-24T22:00:00Z")
    clock = ["00:00", "01:00", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"]
    rows = [{"start": f"2026-10-25T{time}:00", "price": number} for number, time in enumerate(clock)]
    slots = await slots_of(hass, data=rows)
    assert [(item.start.strftime("%H:%M"), item.price) for item in slots[1:]] == [
        ("23:00", 1),
        ("00:00", 2),
        ("00:15", 3),
        ("00:30", 4),
        ("00:45", 5),
        ("01:00", 6),
        ("01:15", 7),
        ("01:30", 8),
        ("01:45", 9),
        ("02:00", 10),
    ]


async def test_ends_in_the_hour_that_comes_twice_follow_their_starts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An end without a zone lies behind the start."""
    freezer.move_to("2026-10-24T22:00:00Z")
    clock = ["02:00", "02:30", "02:00", "02:30", "03:00"]
    rows = [
        {"start": f"2026-10-25T{start}:00", "end": f"2026-10-25T{end}:00", "price": number}
        for number, (start, end) in enumerate(pairwise(clock))
    ]
    assert await slots_of(hass, data=rows) == tuple(
        slot(at(25, 0) + timedelta(minutes=30 * number), 0.5, number) for number in range(4)
    )


@pytest.mark.parametrize(
    ("day", "count", "hours"),
    [
        ("2026-10-25", 25, [1.0] * 25),
        ("2026-10-25", 24, [1.0, 1.0, 2.0, *[1.0] * 21]),
        ("2026-10-25", 100, [0.25] * 100),
        ("2026-03-29", 23, [1.0] * 23),
        ("2026-03-29", 24, [1.0] * 23),
        ("2026-03-29", 92, [0.25] * 92),
    ],
)
async def test_bare_numbers_fill_days_of_any_length(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, day: str, count: int, hours: list[float]
) -> None:
    """A list goes by the hours of the day, or, with 24 of them, by the clock on the wall."""
    midnight = dt_util.start_of_local_day(datetime.fromisoformat(day))
    freezer.move_to(dt_util.as_utc(midnight))
    slots = await slots_of(hass, today=[*range(count)])
    assert [(item.end - item.start) / timedelta(hours=1) for item in slots] == hours
    assert all(before.end == after.start for before, after in pairwise(slots))
    assert slots[-1].price == count - 1
    assert slots[-1].end == dt_util.start_of_local_day(midnight.date() + timedelta(days=1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.sampled_from(["start", "end", "price"]), values),
    max_leaves=12,
)
ROW = st.fixed_dictionaries(
    {
        "start": st.datetimes(datetime(2026, 10, 1), datetime(2026, 11, 1)) | JSON,
        "price": st.floats(allow_nan=True) | JSON,
    },
    optional={"end": st.datetimes(datetime(2026, 10, 1), datetime(2026, 11, 1)) | JSON},
)


@given(rows=JSON | st.lists(ROW | JSON, max_size=30), name=st.sampled_from(["raw_today", "tomorrow", "data"]))
def test_whatever_a_list_holds_slots_are_in_order_and_apart(rows: Any, name: str) -> None:
    """Nothing raises."""
    found = prices._upcoming(prices._attribute_points({name: rows}, dt_util.start_of_local_day()))  # noqa: SLF001 the pure part, which no entity limits
    assert all(item.start < item.end for item in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


# Actions

type Offer = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def price_entity(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> Callable[..., str]:
    """Register the price entity of an integration, without attributes. The integration's entry is called `entry`."""

    def register(platform: str, unique_id: str, device_id: str | None = None) -> str:
        entry = hass.config_entries.async_get_entry("entry")
        if entry is None:
            entry = MockConfigEntry(domain=platform, entry_id="entry")
            entry.add_to_hass(hass)
        return entity_registry.async_get_or_create(
            "sensor", platform, unique_id, config_entry=entry, device_id=device_id
        ).entity_id

    return register


@pytest.fixture
def offer(hass: HomeAssistant) -> Offer:
    """Register an action that gives these answers one after the other, and return the data of its calls."""

    def register(domain: str, action: str, *answers: Any) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []
        remaining = list(answers)

        async def handle(call: ServiceCall) -> Any:
            calls.append(dict(call.data))
            answer = remaining.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        hass.services.async_register(domain, action, handle, supports_response=SupportsResponse.ONLY)
        return calls

    return register


ROWS = [{"start": NOON, "end": ONE, "price": 0.2}]


@pytest.mark.parametrize(
    ("platform", "action", "unique_id", "answers", "calls"),
    [
        (
            "nordpool",
            "get_prices_for_date",
            "SE3-current_price",
            [{"SE3": [{"start": NOON, "end": ONE, "price": 200}], "SE4": [{"start": NOON, "price": 300}]}, {"SE3": []}],
            [{"config_entry": "entry", "date": "2026-10-01"}, {"config_entry": "entry", "date": "2026-10-02"}],
        ),
        (
            "omie",
            "get_prices_for_date",
            "pt_spot_price",
            [{"es": [], "pt": ROWS}, {"es": [], "pt": []}],
            [{"date": "2026-10-01"}, {"date": "2026-10-02"}],
        ),
        (
            "tibber",
            "get_prices",
            "1234-5678",
            [{"prices": {"Home": [{"start_time": NOON, "price": 0.2}]}}],
            [{"start": "2026-10-01T00:00:00+02:00", "end": "2026-10-03T00:00:00+02:00"}],
        ),
        (
            "energyzero",
            "get_energy_prices",
            "entry_today_energy_all_in_current_price",
            [{"prices": [{"timestamp": "2026-10-01 10:00:00+00:00", "price": 0.2}]}, {"prices": []}],
            [
                {"config_entry": "entry", "incl_vat": True, "start": day, "end": day, "price_type": "all_in"}
                for day in ("2026-10-01", "2026-10-02")
            ],
        ),
        (
            "energyzero",
            "get_energy_prices",
            "entry_today_energy_current_hour_price",
            [{"prices": ROWS}, {"prices": []}],
            [
                {"config_entry": "entry", "incl_vat": True, "start": day, "end": day, "price_type": "market"}
                for day in ("2026-10-01", "2026-10-02")
            ],
        ),
        (
            "easyenergy",
            "get_energy_usage_prices",
            "entry_today_energy_usage_current_hour_price",
            [{"prices": [{"timestamp": "2026-10-01 10:00:00+00:00", "price": 0.2}]}, {"prices": []}],
            [
                {"config_entry": "entry", "incl_vat": True, "start": day, "end": day}
                for day in ("2026-10-01", "2026-10-02")
            ],
        ),
        (
            "green_planet_energy",
            "get_prices",
            "gpe_current_price",
            [{"prices": ROWS, "hours_requested": 24}],
            [{"config_entry_id": "entry", "hours": 24}],
        ),
        (
            "amberelectric",
            "get_forecasts",
            "SITE-current-general",
            [{"forecasts": [{"start_time": NOON, "end_time": ONE, "per_kwh": 0.2, "duration": 60}]}],
            [{"config_entry_id": "entry", "channel_type": "general"}],
        ),
        (
            "amberelectric",
            "get_forecasts",
            "SITE-current-controlled_load",
            [{"forecasts": ROWS}],
            [{"config_entry_id": "entry", "channel_type": "controlled_load"}],
        ),
    ],
)
async def test_the_integration_of_the_entity_is_asked(
    hass: HomeAssistant,
    price_entity: Callable[..., str],
    offer: Offer,
    platform: str,
    action: str,
    unique_id: str,
    answers: list[Any],
    calls: list[dict[str, Any]],
) -> None:
    """In its own words, for today and tomorrow, and in the unit of the entity."""
    made = offer(platform, action, *answers)
    entity_id = price_entity(platform, unique_id)
    assert await async_price_slots(hass, entity_id) == NOON_TO_ONE
    assert made == calls


async def test_of_several_homes_the_one_of_the_entitys_device_counts(
    hass: HomeAssistant, price_entity: Callable[..., str], offer: Offer, device_registry: dr.DeviceRegistry
) -> None:
    """Tibber answers for all homes by name; for a name that is not there, nothing is guessed."""
    entity_id = price_entity("tibber", "home")
    device = device_registry.async_get_or_create(config_entry_id="entry", identifiers={("tibber", "1")}, name="Cabin")
    cabin = price_entity("tibber", "cabin", device.id)
    homes = {"prices": {"Home": [], "Cabin": [{"start_time": NOON, "price": 0.2}]}}
    offer("tibber", "get_prices", homes, homes)
    assert await async_price_slots(hass, cabin) == NOON_TO_ONE
    assert await async_price_slots(hass, entity_id) == ()


async def test_attributes_are_preferred_to_an_action(
    hass: HomeAssistant, price_entity: Callable[..., str], offer: Offer
) -> None:
    """They are there already, and a custom integration of the same name has no action."""
    made = offer("nordpool", "get_prices_for_date")
    entity_id = price_entity("nordpool", "SE3-current_price")
    hass.states.async_set(entity_id, "0.2", {"raw_today": ROWS})
    assert await async_price_slots(hass, entity_id) == NOON_TO_ONE
    assert made == []


async def test_a_day_that_fails_does_not_take_the_other_with_it(
    hass: HomeAssistant, price_entity: Callable[..., str], offer: Offer
) -> None:
    """Tomorrow's prices are not known before noon."""
    offer("easyenergy", "get_energy_usage_prices", {"prices": ROWS}, ServiceValidationError("no data yet"))
    assert await async_price_slots(hass, price_entity("easyenergy", "1")) == NOON_TO_ONE


@pytest.mark.parametrize("error", [ServiceValidationError("not loaded"), TimeoutError(), KeyError("runtime_data")])
async def test_an_action_that_fails_is_no_forecast(
    hass: HomeAssistant,
    price_entity: Callable[..., str],
    offer: Offer,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log tells it to those who look for it, and bothers nobody."""
    offer("tibber", "get_prices", error)
    assert await async_price_slots(hass, price_entity("tibber", "1")) == ()
    assert {record.levelname for record in caplog.records if record.name == prices.__name__} == {"DEBUG"}
    assert "tibber.get_prices failed" in caplog.text


@pytest.mark.parametrize(
    "answer", [{}, {"prices": None}, {"prices": {}}, {"prices": {"a": [], "b": []}}, {"a": 1, "b": 2}]
)
async def test_an_answer_without_prices_is_no_forecast(
    hass: HomeAssistant, price_entity: Callable[..., str], offer: Offer, answer: Any
) -> None:
    """Whatever it looks like."""
    offer("tibber", "get_prices", answer)
    assert await async_price_slots(hass, price_entity("tibber", "1")) == ()


@pytest.mark.parametrize("platform", ["tibber", "template"])
async def test_without_an_action_there_is_no_forecast(
    hass: HomeAssistant, price_entity: Callable[..., str], platform: str
) -> None:
    """The integration may not be loaded, or have none."""
    assert await async_price_slots(hass, price_entity(platform, "1")) == ()
