"""Whether limits are followed: what is accepted and ignored is told in another way, and nobody is blamed on old evidence."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from custom_components.ocpp_csms.charging.profiles import Strategy
from custom_components.ocpp_csms.charging.strategies import Outcome, Search
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import NotConnectedError
from tests.csms.charger import Charger, Profile, always, at_rest, never
from tests.csms.conftest import MakeCharger


def relative(profile: Profile) -> bool:
    """Whether a profile is relative."""
    return bool(profile["chargingProfileKind"] == "Relative")


def search_of(charger: Charger) -> Search:
    """Return the search, which has begun."""
    assert charger.point.limits.search is not None
    return charger.point.limits.search


def outcomes(charger: Charger) -> dict[Strategy, Outcome]:
    """Return what is known of each strategy."""
    return {trial.strategy: trial.outcome for trial in search_of(charger).history}


def has_written(charger: Charger, count: int) -> bool:
    """Whether so many limits were sent."""
    return len(charger.profiles) == count


async def confirmed(charger: Charger) -> Strategy:
    """Return the strategy once it is borne out."""
    await charger.station.until(lambda: search_of(charger).outcome is Outcome.CONFIRMED)
    found = search_of(charger).current
    assert found is not None
    return found


def triggers(charger: Charger) -> int:
    """Return how often meter values were asked for."""
    return sum(action == "TriggerMessage" for action, _ in charger.station.rpc.calls)


async def test_what_is_accepted_and_ignored_is_told_in_another_way(make_charger: MakeCharger) -> None:
    """Within two samples."""
    charger = make_charger(obeys=relative)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await charger.station.until(lambda: len(charger.profiles) == 2)
    assert triggers(charger) == 2
    found = await confirmed(charger)
    assert charger.current == 10
    assert outcomes(charger)[Strategy()] is Outcome.IGNORED
    assert relative(charger.profiles[-1])
    assert not charger.connector.limit_ignored
    assert search_of(charger).current == found


async def test_a_limit_at_the_very_top_proves_nothing(make_charger: MakeCharger) -> None:
    """Every charge point follows it."""
    charger = make_charger(obeys=never)
    await charger.charge()
    await charger.point.set_limit(1, 32)
    await at_rest()
    assert search_of(charger).outcome is Outcome.ACCEPTED


async def test_a_way_that_was_followed_is_told_once_more_before_another_is_tried(make_charger: MakeCharger) -> None:
    """Charge points forget."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    before = len(charger.profiles)
    await overdraw(charger)
    await charger.station.until(lambda: len(charger.profiles) == before + 1)
    assert charger.profiles[-1]["chargingProfileKind"] == charger.profiles[0]["chargingProfileKind"]
    assert search_of(charger).current == found
    charger.obeys = lambda profile: not same_way(profile, charger.profiles[0])
    await overdraw(charger)
    await charger.station.until(lambda: len(charger.profiles) == before + 2)
    assert not same_way(charger.profiles[-1], charger.profiles[0])


async def test_a_limit_that_is_followed_again_has_its_second_chance_again(make_charger: MakeCharger) -> None:
    """Each lapse is one of its own."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 10)
    found = await confirmed(charger)
    for _ in range(3):
        before = len(charger.profiles)
        await overdraw(charger)
        await charger.station.until(partial(has_written, charger, before + 1))
        charger.station.clock.advance(seconds=16)
        charger.meter()
    assert search_of(charger).current == found


async def overdraw(charger: Charger) -> None:
    """Let its car draw all it can for two samples."""
    charger.current = charger.demand
    for _ in range(2):
        charger.station.clock.advance(seconds=16)
        charger.meter()


def same_way(profile: Profile, other: Profile) -> bool:
    """Whether two profiles are of the same strategy."""
    keys = ("chargingProfilePurpose", "chargingProfileKind", "stackLevel")
    return [profile[key] for key in keys] == [other[key] for key in keys]


async def test_when_nothing_helps_it_is_shown_until_something_does(make_charger: MakeCharger) -> None:
    """Whoever watches is told both times."""
    charger = make_charger(obeys=never)
    await charger.charge()
    shown: list[bool] = []
    charger.point.listen(1, ("limit_ignored",), lambda: shown.append(charger.connector.limit_ignored))
    await charger.point.set_limit(1, 10)
    await charger.station.until(lambda: charger.connector.limit_ignored)
    charger.obeys = always
    await charger.point.set_limit(1, 8)
    await charger.station.until(lambda: not charger.connector.limit_ignored)
    await at_rest()
    assert shown == [True, False]


async def test_who_ignores_everything_is_not_written_to_without_end(make_charger: MakeCharger) -> None:
    """Its memory wears out: what was tried is told again no more often than any limit."""
    charger = make_charger(obeys=never)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await charger.station.until(lambda: charger.connector.limit_ignored)
    written = len(charger.written)
    assert written == len(search_of(charger).options)
    for _ in range(20):
        charger.station.clock.advance(seconds=16)
        charger.meter()
        await at_rest()
    assert len(charger.written) == written


async def test_a_pinned_way_that_is_ignored_is_shown_and_kept(make_charger: MakeCharger) -> None:
    """The user wants it so."""
    charger = make_charger(obeys=never)
    await charger.charge()
    await charger.point.set_limit(1, 32)
    charger.point.limits.pin(pinned=True)
    await charger.point.set_limit(1, 10)
    await charger.station.until(lambda: charger.connector.limit_ignored)
    await at_rest()
    assert len({str(profile["chargingProfileKind"]) for profile in charger.profiles}) == 1


async def test_a_default_that_stands_in_for_one_for_transactions_is_not_blamed(make_charger: MakeCharger) -> None:
    """Nobody has tried the way itself; that the limit is ignored is shown all the same."""
    settings = ChargePointSettings(configure=False, quirks={"profile_purpose": "TxProfile"})
    charger = make_charger(settings, obeys=never, meters=False)
    charger.station.status("Charging")
    await charger.point.set_limit(1, 10)
    for _ in range(2):
        charger.station.clock.advance(seconds=16)
        await overdraw(charger)
        await at_rest()
    assert charger.connector.limit_ignored
    assert search_of(charger).history == []
    assert len(charger.profiles) == 2


async def test_what_contradicts_a_limit_that_has_been_replaced_is_over(make_charger: MakeCharger) -> None:
    """Though it was seen before."""
    charger = make_charger(obeys=never, meters=False)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await overdraw(charger)
    await charger.point.set_limit(1, 9)
    await at_rest()
    assert charger.limits == [10, 9]
    assert search_of(charger).outcome is Outcome.ACCEPTED


# Offers


async def test_an_offer_that_lies_is_seen_through(make_charger: MakeCharger) -> None:
    """The car is held at the limit, whatever is said to be on offer; that is remembered."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 10)
    for _ in range(3):
        charger.station.clock.advance(seconds=16)
        charger.meter(offered=32)
        await at_rest()
    assert search_of(charger).outcome is Outcome.CONFIRMED
    assert len(charger.profiles) == 1
    assert charger.point.limits.snapshot()["offer_lies"]


@pytest.mark.parametrize("reading", [{"current": 3, "offered": 10}, {"current": 0, "power_offered": 6900}])
async def test_an_offer_bears_a_limit_out(make_charger: MakeCharger, reading: dict[str, int]) -> None:
    """While the car draws less, or nothing yet."""
    charger = make_charger(meters=False)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await at_rest()
    charger.meter(**reading)
    assert search_of(charger).outcome is Outcome.CONFIRMED


@pytest.mark.parametrize("offered", [0, 10, 32])
async def test_an_offer_without_a_transaction_says_nothing(make_charger: MakeCharger, offered: int) -> None:
    """Some offer nothing then, others everything."""
    charger = make_charger(meters=False, current=0.0)
    await charger.point.set_limit(1, 10)
    for _ in range(3):
        charger.station.clock.advance(seconds=16)
        charger.station.sample(offered=offered)
        await at_rest()
    assert search_of(charger).outcome is Outcome.ACCEPTED
    assert len(charger.profiles) == 1


# Composite schedules


async def test_a_composite_schedule_bears_a_limit_out(make_charger: MakeCharger) -> None:
    """Also without a car."""
    charger = make_charger(meters=False, tells_composite=True)
    await charger.point.set_limit(1, 10)
    assert await confirmed(charger) == Strategy()


async def test_a_composite_schedule_contradicts_a_limit_where_nothing_is_measured(make_charger: MakeCharger) -> None:
    """In a transaction."""
    charger = make_charger(meters=False, tells_composite=True, obeys=relative)
    await charge_unmetered(charger)
    await charger.point.set_limit(1, 10)
    await confirmed(charger)
    assert outcomes(charger)[Strategy()] is Outcome.IGNORED


async def test_a_composite_schedule_without_a_transaction_condemns_nobody(make_charger: MakeCharger) -> None:
    """Some leave out what holds for the next one."""
    charger = make_charger(meters=False, tells_composite=True, obeys=never)
    await charger.point.set_limit(1, 10)
    await at_rest()
    assert search_of(charger).outcome is Outcome.ACCEPTED
    assert len(charger.profiles) == 1


async def test_who_knows_no_composite_schedules_is_asked_once(make_charger: MakeCharger) -> None:
    """Until its firmware changes."""
    charger = make_charger(meters=False)
    await charge_unmetered(charger)
    for amperes in (10, 9, 8):
        await charger.point.set_limit(1, amperes)
        await at_rest()
    assert sum(action == "GetCompositeSchedule" for action, _ in charger.station.rpc.calls) == 1


async def charge_unmetered(charger: Charger) -> None:
    """Let a car charge of which nothing is told."""
    charger.station.status("Preparing")
    charger.station.start()
    charger.station.status("Charging")


# Old evidence


@pytest.mark.parametrize("quirks", [{}, {"trigger": False}])
async def test_readings_from_before_a_limit_say_nothing_of_it(
    make_charger: MakeCharger, quirks: dict[str, Any]
) -> None:
    """Where meter values come rarely and cannot be asked for."""
    charger = make_charger(ChargePointSettings(configure=False, quirks=quirks), meters=False)
    await charger.charge()
    assert charger.current == 32
    await charger.point.set_limit(1, 10)
    charger.station.clock.advance(seconds=60)
    await at_rest()
    assert search_of(charger).outcome is Outcome.ACCEPTED
    assert len(charger.profiles) == 1


@pytest.mark.parametrize(
    "interrupted_by",
    [
        pytest.param(lambda charger: charger.point.set_limit(1, 8), id="another limit"),
        pytest.param(lambda charger: charger.point.set_limit(1, 32), id="the maximum"),
    ],
)
async def test_a_new_limit_ends_the_look_into_the_old_one(
    make_charger: MakeCharger, interrupted_by: Callable[[Charger], Any]
) -> None:
    """What is measured from now on is of the new one."""
    charger = make_charger(obeys=relative, meters=False)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await interrupted_by(charger)
    await at_rest()
    assert triggers(charger) <= 2


async def test_a_lost_connection_ends_the_look(make_charger: MakeCharger) -> None:
    """Nothing is asked for any more."""
    charger = make_charger()
    await charger.charge()
    await charger.point.set_limit(1, 10)
    charger.station.disconnect()
    await at_rest()
    assert search_of(charger).outcome is Outcome.ACCEPTED


async def test_a_connection_that_is_lost_while_another_way_is_told_is_no_error(
    make_charger: MakeCharger, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told when the charge point is back."""
    charger = make_charger(meters=False)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    charger.station.rpc.answers["SetChargingProfile"] = NotConnectedError("gone")
    await overdraw(charger)
    await at_rest()
    assert search_of(charger).outcome is not Outcome.CONFIRMED
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_mistake_in_the_background_is_logged(
    make_charger: MakeCharger, caplog: pytest.LogCaptureFixture
) -> None:
    """And does nothing else."""
    charger = make_charger(meters=False)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    charger.station.rpc.answers["SetChargingProfile"] = ZeroDivisionError()
    await overdraw(charger)
    await at_rest()
    assert "the work on its limits failed: ZeroDivisionError()" in caplog.text


async def test_a_power_is_a_current_over_the_phases_in_use(make_charger: MakeCharger) -> None:
    """Where no current is measured."""
    charger = make_charger(meters=False)
    charger.station.status("Preparing")
    charger.station.start()
    charger.station.status("Charging")
    await charger.point.set_limit(1, 10)
    charger.station.clock.advance(seconds=16)
    charger.station.sample(power=6900)
    assert charger.point.limits.search is not None
    assert str(charger.point.limits.search.outcome) == "confirmed"
