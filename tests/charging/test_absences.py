"""What is not known for a while: a charge point without a connection, and what a car will take once its transaction begins."""

from dataclasses import replace

import pytest

from custom_components.ocpp_csms.charging.fuse import FuseConfig
from custom_components.ocpp_csms.charging.modes import ChargingMode, Reason
from custom_components.ocpp_csms.charging.observation import ConnectorConfig, SiteConfig
from custom_components.ocpp_csms.charging.site import SiteState

from .site_plant import Car, Charger, House

SOLAR = ConnectorConfig(mode=ChargingMode.SOLAR)
FAST = ConnectorConfig(mode=ChargingMode.FAST)
FUSE = SiteConfig(fuse=FuseConfig(rating=25))


# Offline


@pytest.mark.parametrize("seconds", [1, 5, 30, 75, 600])
@pytest.mark.parametrize("grid_interval", [1, 5, 10])
def test_a_charge_point_that_comes_back_goes_on_where_it_was(seconds: int, grid_interval: int) -> None:
    """Under the same sun: what it took meanwhile was not known, and is no import of the house."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.grid_interval = grid_interval
    house.run(600)
    before, writes = charger.limit, charger.writes
    charger.lose()
    house.run(seconds)
    charger.online = True
    house.run(300)
    assert charger.limit == pytest.approx(before, abs=0.5)
    assert charger.writes <= writes + 1


@pytest.mark.parametrize("seconds", [5, 30, 120])
def test_after_a_restart_a_charge_point_that_comes_later_goes_on_where_it_was(seconds: int) -> None:
    """Home Assistant is up before the charge points have dialled in."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(600)
    before = charger.limit
    house.state = SiteState()
    charger.lose()
    house.run(seconds)
    charger.online = True
    house.run(300)
    assert charger.limit == pytest.approx(before, abs=0.5)
    assert all(moment.limits["one"] > before - 1 for moment in house.moments if moment.now > 600)


def test_what_was_asked_of_a_charge_point_before_it_was_lost_is_out_of_date() -> None:
    """The sun has changed: the law is asked anew."""
    charger = Charger(SOLAR)
    house = House(charger, sun=8000)
    house.run(600)
    house.sun = lambda _: 300.0
    house.run(30)
    charger.lose()
    house.sun = lambda _: 8000.0
    house.run(60)
    charger.online = True
    house.run(120)
    assert charger.limit > 6


def test_sun_that_an_absent_charge_point_takes_is_not_given_to_another() -> None:
    """Nor is a share kept for it besides."""
    away, here = Charger(SOLAR, "away"), Charger(SOLAR, "here")
    house = House(away, here, sun=11000)
    house.grid_interval = 2
    house.run(600)
    before = here.limit
    away.lose()
    house.run(600)
    assert all(moment.limits["here"] <= before + 0.5 for moment in house.moments if moment.now > 600)
    assert away.power + here.power == pytest.approx(10700, abs=700)


# Without a transaction


def waiting(config: ConnectorConfig, sun: float = 0.0) -> tuple[House, Charger]:
    """Return a house with a car that waits for its transaction, say for a card."""
    charger = Charger(config, transaction=False, plugged_in=False, measured=None)
    house = House(charger, sun=sun)
    house.run(60)
    charger.plug_in()
    house.run(300)
    return house, charger


def test_a_car_without_a_transaction_is_not_taken_for_a_load() -> None:
    """What it is offered is what the sun gives, and no more; who looks is told what it waits for."""
    house, charger = waiting(SOLAR, sun=8000)
    assert charger.limit == pytest.approx(11, abs=1)
    assert house.moments[-1].site.surplus == pytest.approx(7700, abs=100)
    assert house.last.reason is Reason.WAITING_START


def test_a_car_without_a_transaction_costs_no_writes() -> None:
    """Its limit is told when it begins; clouds come and go."""
    house, charger = waiting(SOLAR, sun=8000)
    writes = charger.writes
    house.sun = lambda now: 8000.0 + now % 600 * 2
    house.run(3600)
    assert charger.writes == writes


def test_in_the_dark_a_car_without_a_transaction_is_paused() -> None:
    """It would begin on the grid else."""
    house, charger = waiting(SOLAR, sun=8000)
    house.sun = lambda _: 0.0
    house.run(300)
    assert charger.limit == 0


def test_a_car_begins_with_what_the_sun_gives_when_its_transaction_does() -> None:
    """However long it has waited: within a step."""
    house, charger = waiting(SOLAR, sun=11000)
    house.sun = lambda _: 5500.0
    house.run(120)
    charger.transaction = True
    house.run(15)
    assert charger.limit == pytest.approx(7.5, abs=0.7)
    house.run(300)
    assert charger.power == pytest.approx(5200, abs=300)
    assert house.last.reason in {Reason.TRACKING, Reason.HOLDING}


def test_a_car_that_waits_for_long_does_not_keep_the_sun_from_another() -> None:
    """A card may never come."""
    first = Charger(replace(SOLAR, priority=9), "first", transaction=False, measured=None)
    second = Charger(SOLAR, "second")
    house = House(first, second, sun=5000)
    house.run(900)
    assert second.power == pytest.approx(4700, abs=300)


def test_nobody_tries_to_wake_a_car_without_a_transaction() -> None:
    """It is not asleep."""
    house, charger = waiting(FAST)
    writes = charger.writes
    house.run(1200)
    assert (charger.writes, charger.limit, house.last.reason) == (writes, 16, Reason.WAITING_START)


def test_a_car_without_a_transaction_leaves_no_room_at_the_fuse() -> None:
    """What it does not draw cannot be given back: the house is at 20 of 25 A."""
    house, charger = waiting(FAST)
    house.config = FUSE
    house.currents = lambda _: (20.0, 20.0, 20.0)
    house.run(60)
    charger.transaction = True
    house.run(300)
    assert max(max(moment.currents) for moment in house.moments) <= 20.1
    assert house.last.reason is Reason.PAUSED_FUSE


def test_a_transaction_that_begins_at_the_fuse_is_reckoned_with_at_once() -> None:
    """It has room for 10 A, and takes no more."""
    house, charger = waiting(FAST)
    charger.car = Car(offset=0.0)
    house.config = FUSE
    house.currents = lambda _: (14.0, 14.0, 14.0)
    house.run(60)
    assert charger.limit == pytest.approx(10, abs=0.2)
    charger.transaction = True
    house.run(300)
    assert max(max(moment.currents) for moment in house.moments) <= 24.1
    assert charger.current == pytest.approx(10, abs=0.2)


# What a review has found


@pytest.mark.parametrize("plugged_in", [True, False])
@pytest.mark.parametrize(("grid_interval", "period"), [(1, 12), (5, 15), (10, 20)])
def test_a_connection_that_comes_and_goes_does_not_keep_others_from_being_controlled(
    plugged_in: bool, grid_interval: int, period: int
) -> None:
    """Of the car beside it, say, whose sun has gone."""
    one, two = Charger(SOLAR), Charger(SOLAR, "two", plugged_in=plugged_in)
    house = House(one, two)
    house.grid_interval = grid_interval
    house.sun = lambda now: 9300.0 if now < 300 else 0.0
    for second in range(1500):
        if second % period == 0:
            two.lose()
        elif second % period == period // 2:
            two.online = True
        house.run(1)
    assert one.power == 0


@pytest.mark.parametrize("mode", [ChargingMode.FAST, ChargingMode.MIN_SOLAR])
def test_a_car_that_waits_is_told_what_the_user_allows_at_most(mode: ChargingMode) -> None:
    """It may begin while the charge point is offline; what was left over is more than that."""
    charger = Charger(ConnectorConfig(mode=mode, maximum=10.0), limit=32.0, transaction=False, measured=None)
    House(charger, sun=8000).run(60)
    assert 0 < charger.limit <= 10


def test_a_car_that_waits_is_told_what_the_grid_operator_allows() -> None:
    """The operator does not ask whether anybody charges."""
    house, charger = waiting(FAST)
    house.dimmed = True
    house.run(60)
    assert charger.limit == pytest.approx(6, abs=0.1)


def test_a_car_that_waits_is_not_left_much_more_than_the_sun_gives() -> None:
    """Less is told; more is not, for clouds come and go."""
    house, charger = waiting(SOLAR, sun=11000)
    before = charger.limit
    house.sun = lambda _: 7000.0
    house.run(300)
    lower, writes = charger.limit, charger.writes
    assert lower < before - 2
    house.sun = lambda _: 11000.0
    house.run(300)
    assert (charger.limit, charger.writes) == (lower, writes)


def test_a_car_whose_transaction_comes_late_does_not_go_last() -> None:
    """It has waited for a card, not slept."""
    first, late = Charger(SOLAR, "first"), Charger(SOLAR, "late", transaction=False, measured=None)
    house = House(first, late, sun=11000)
    house.run(600)
    late.transaction = True
    house.run(600)
    assert late.power > 4000


@pytest.mark.parametrize("mode", [ChargingMode.SOLAR, ChargingMode.MIN_SOLAR])
def test_a_car_that_draws_without_a_transaction_is_controlled_all_the_same(mode: ChargingMode) -> None:
    """Some charge points do not tell of one; their meters do."""
    charger = Charger(ConnectorConfig(mode=mode))
    house = House(charger, sun=9000)
    house.run(600)
    house.untold = True
    house.sun = lambda _: 5000.0
    house.run(300)
    assert charger.power == pytest.approx(4700, abs=300)
