"""Limits that control writes: as many as make sense, and no more."""

from itertools import pairwise

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.control.controlled import ControlStatus
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.simulator import PRESETS, Car
from tests.control.chargers import HouseFactory
from tests.control.house import Inside


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The limits in A that control has tried to write, each time; more than a loop's worth of them is an error."""
    tried: list[float] = []
    set_limit = ChargePoint.set_limit

    async def counted(self: ChargePoint, connector: int, amperes: float, *, phases: int | None = None) -> None:
        tried.append(amperes)
        assert len(tried) < 500, "a busy loop"
        await set_limit(self, connector, amperes, phases=phases)

    monkeypatch.setattr(ChargePoint, "set_limit", counted)
    return tried


async def test_a_limit_by_hand_between_the_steps_of_a_charger_is_not_written_again(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside, attempts: list[float]
) -> None:
    """Though what the charger was told and what the user set differ for ever."""
    home = await house()
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert device is not None
    data = {"device_id": device.id, "limit": 10.75}
    await hass.services.async_call(DOMAIN, "set_current_limit", data, blocking=True)
    attempts.clear()
    await home.run(300)
    assert attempts == []
    assert inside.goals.manual_limit == 10.75
    assert inside.connector.limit == pytest.approx(10.7)


@pytest.mark.parametrize("charger_data", [{"maximum_current": 15.75}], ids=["odd maximum"])
async def test_a_maximum_between_the_steps_of_a_charger_is_not_exceeded(
    house: HouseFactory, inside: Inside, attempts: list[float]
) -> None:
    """And it is written once."""
    home = await house()
    inside.set_mode(ChargingMode.OFF)
    await home.run(60)
    inside.set_mode(ChargingMode.FAST)
    await home.run(300)
    assert attempts == [0.0, pytest.approx(15.7)]


@pytest.mark.parametrize("charger_data", [{"quirks": {"phase_switching": True}, "configure": False}], ids=["switches"])
async def test_a_charger_that_can_switch_no_more_is_not_asked_to_for_ever(
    hass: HomeAssistant,
    house: HouseFactory,
    init_integration: MockConfigEntry,
    inside: Inside,
    attempts: list[float],
) -> None:
    """The one phase that it was told last says nothing then."""
    home = await house(solar=lambda _: 2800.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(500)
    assert inside.connector.phases == 1
    subentry = next(item for item in init_integration.subentries.values() if item.unique_id == "CP1")
    data = {"charge_point_id": "CP1", "maximum_current": 16.0}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=data)
    await home.settle()
    assert not inside.point.limits.can_switch_phases
    inside.connector.phases = 1
    attempts.clear()
    inside.set_mode(ChargingMode.FAST)
    await home.run(60, step=1)
    assert len(attempts) <= 2
    assert max(attempts, default=0.0) <= 16


async def test_a_write_that_fails_at_once_is_not_tried_more_than_once_a_second(
    hass: HomeAssistant, house: HouseFactory, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often a step is taken."""
    home = await house()
    tried: list[float] = []

    async def pretend(_number: int, amperes: float, **_options: object) -> None:
        tried.append(amperes)  # taken, and yet it is not in force
        assert len(tried) < 50, "a busy loop"

    monkeypatch.setattr(inside.point, "set_limit", pretend)
    inside.set_mode(ChargingMode.OFF)
    for _ in range(20):
        inside.control.step_soon()
        await hass.async_block_till_done(wait_background_tasks=True)
    assert tried == [0.0]
    await home.run(5, step=1)
    assert len(tried) <= 6


@pytest.mark.parametrize("charger_data", [{"quirks": {"phase_switching": True}}], ids=["switches"])
async def test_phases_are_switched_twelve_times_a_day_at_most(house: HouseFactory, inside: Inside) -> None:
    """Contactors wear out; then it is one phase, with which there is always something to be had of the sun."""
    home = await house(solar=lambda _: 2800.0, configuration={})
    told = []
    for _ in range(8):
        for mode, seconds in ((ChargingMode.FAST, 60), (ChargingMode.SOLAR, 420)):
            inside.set_mode(mode)
            for _ in range(seconds // 20):
                await home.run(20, step=20)
                told.append(inside.connector.phases or 3)
    assert 10 <= sum(before != now for before, now in pairwise(told)) <= 12
    assert told[-1] == 1


@pytest.mark.parametrize("charger_data", [{"quirks": {"phase_switching": True}}], ids=["switches"])
async def test_a_car_with_two_phases_is_charged_with_one_or_both(house: HouseFactory, inside: Inside) -> None:
    """Where the charger switches between one and three: under the same sun nothing is switched again and again."""
    home = await house(solar=lambda _: 6000.0, configuration={}, cars=[Car(max_current=16.0, phases=2)])
    inside.set_mode(ChargingMode.SOLAR)
    told = []
    for _ in range(90):
        await home.run(40, step=20)
        told.append(inside.connector.phases or 3)
    assert sum(before != now for before, now in pairwise(told)) <= 2
    assert told[-1] == 3
    assert home.cars == pytest.approx(5700, abs=300)


async def test_a_limit_that_only_a_transaction_takes_is_written_soon_after_its_start(
    house: HouseFactory, inside: Inside
) -> None:
    """What was refused without one is no reason to wait."""
    home = await house(autostart_tag=None, quirks=PRESETS["tx_profile_only"])
    inside.set_mode(ChargingMode.OFF)
    await home.run(600, step=20)
    without = inside.reason
    assert without is Reason.LIMIT_REJECTED
    await home.chargers[0].present_card(1)
    await home.run(30)
    assert inside.connector.limit == 0
    assert inside.reason is Reason.OFF
    assert home.cars == 0


async def test_nothing_is_remembered_of_a_charger_that_was_removed(
    hass: HomeAssistant, house: HouseFactory, init_integration: MockConfigEntry, inside: Inside
) -> None:
    """One of the same name that is added later is a stranger."""
    home = await house(solar=lambda _: 8000.0)
    inside.set_mode(ChargingMode.SOLAR)
    await home.run(120)
    point = inside.point
    assert inside.status.reason is Reason.TRACKING
    [subentry] = [item for item in init_integration.subentries.values() if item.unique_id == "CP1"]
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await home.run(20)
    assert inside.control.of(point, 1).status == ControlStatus()
