"""When limits are told again: after whatever may have cost them, in time before they lapse, and not for nothing."""

from dataclasses import replace
from functools import partial

import pytest

from custom_components.ocpp_csms.charging.profiles import DEAD_MAN, Expiry
from custom_components.ocpp_csms.charging.reapplication import REFRESH_AFTER
from custom_components.ocpp_csms.charging.strategies import Capabilities
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.commissioning import Timing
from custom_components.ocpp_csms.csms.errors import CallTimeoutError, LimitBudgetError, NotConnectedError
from tests.csms.charger import QUICK, REFUSED, Charger, Profile, always, at_rest, schedule
from tests.csms.conftest import MakeCharger

RECONNECTS = replace(QUICK, boot_grace=0.0)
TIMED = ChargePointSettings(configure=False)
FOR_TRANSACTIONS = ChargePointSettings(configure=False, quirks={"profile_purpose": "TxProfile"})


def starts(profile: Profile) -> list[int]:
    """Return when its periods begin."""
    return [period["startPeriod"] for period in schedule(profile)["chargingSchedulePeriod"]]


def has_written(charger: Charger, count: int) -> bool:
    """Whether so many limits were sent."""
    return len(charger.profiles) == count


async def up_and_down(charger: Charger) -> None:
    """Change the limit often."""
    for amperes in (31, 32) * 10:
        await charger.point.set_limit(1, amperes)


async def plugged_in(charger: Charger, amperes: float = 10) -> Charger:
    """Let a car come to a limit that is set before."""
    charger.station.status("Preparing")
    await charger.point.set_limit(1, amperes)
    await at_rest()
    return charger


async def dial_again(charger: Charger) -> None:
    """Let the connection be lost and come back without a boot."""
    charger.station.disconnect()
    charger.station.connect()
    charger.station.status("Preparing")
    await at_rest()


async def seconds_later(charger: Charger, seconds: float) -> None:
    """Let time pass."""
    charger.station.clock.advance(seconds=seconds)
    await at_rest()


# Boot


async def test_after_a_boot_the_limit_is_told_again(make_charger: MakeCharger) -> None:
    """Whatever it was told a moment ago."""
    charger = await plugged_in(make_charger())
    charger.station.boot()
    await charger.station.until(lambda: len(charger.profiles) == 2)
    assert charger.limits == [10, 10]


async def test_after_a_boot_a_pause_is_told_again(make_charger: MakeCharger) -> None:
    """It has no dead man."""
    charger = await plugged_in(make_charger())
    await charger.point.pause(1)
    charger.station.boot()
    await charger.station.until(lambda: len(charger.profiles) == 3)
    assert charger.limits == [10, 0, 0]
    assert starts(charger.profiles[-1]) == [0]


async def test_what_could_not_be_told_after_a_boot_is_told_later(make_charger: MakeCharger) -> None:
    """It is not the user who has to see to it."""
    charger = await plugged_in(make_charger(timing=replace(QUICK, retry=0.01, refresh=0.01)), 32)
    obliging = charger.station.rpc.answers["SetChargingProfile"]
    charger.station.rpc.answers["SetChargingProfile"] = CallTimeoutError("SetChargingProfile", 30)
    before = len(charger.written)
    charger.station.boot()
    await at_rest()
    assert len(charger.written) == before
    charger.station.rpc.answers["SetChargingProfile"] = obliging
    charger.station.clock.advance(seconds=61)
    await charger.station.until(lambda: len(charger.written) > before)
    assert charger.limits[-1] == charger.connector.limit


async def test_after_a_boot_no_limit_waits_for_the_budget(make_charger: MakeCharger) -> None:
    """Also if it is the highest: what the charge point does without it is not known."""
    charger = await plugged_in(make_charger(), 32)
    with pytest.raises(LimitBudgetError):
        await up_and_down(charger)
    charger.station.clock.advance(seconds=60)
    await charger.point.set_limit(1, 32)
    before = len(charger.written)
    charger.station.boot()
    await charger.station.until(lambda: len(charger.written) > before)
    assert charger.limits[-1] == 32


# Reconnect


async def test_a_charge_point_that_still_has_the_limit_is_not_written_to(make_charger: MakeCharger) -> None:
    """It says so itself."""
    charger = await plugged_in(make_charger(timing=RECONNECTS, tells_composite=True))
    await dial_again(charger)
    assert len(charger.profiles) == 1


async def test_a_charge_point_that_forgets_its_limit_is_told_again(make_charger: MakeCharger) -> None:
    """In a transaction; a moment after it was told."""
    charger = await plugged_in(make_charger(timing=RECONNECTS, tells_composite=True, meters=False))
    await charger.charge()
    await at_rest()
    charger.written.clear()
    charger.current = 32
    await dial_again(charger)
    assert charger.limits == [10]


async def test_more_than_the_limit_without_a_transaction_may_be_none(make_charger: MakeCharger) -> None:
    """Some leave out what holds for the next one; who dials in every minute is told every five."""
    charger = await plugged_in(make_charger(timing=RECONNECTS, tells_composite=True))
    charger.current = 32
    await dial_again(charger)
    assert len(charger.profiles) == 1


async def test_less_than_the_limit_may_be_all_there_is(make_charger: MakeCharger) -> None:
    """Hardware has its own limit; who dials in every minute is told every five."""
    charger = await plugged_in(make_charger(timing=RECONNECTS, tells_composite=True), 20)
    charger.current = 16
    await dial_again(charger)
    assert len(charger.profiles) == 1


async def test_one_that_says_nothing_is_told_no_more_than_every_five_minutes(make_charger: MakeCharger) -> None:
    """Some dial in every minute."""
    charger = await plugged_in(make_charger(timing=RECONNECTS, pace=0.0))
    for _ in range(4):
        await seconds_later(charger, 60)
        await dial_again(charger)
    assert len(charger.profiles) == 1
    await seconds_later(charger, 60)
    await dial_again(charger)
    assert len(charger.profiles) == 2


async def test_without_a_car_nothing_is_told_on_a_new_connection(make_charger: MakeCharger) -> None:
    """It is told when one comes, if it has lapsed until then."""
    charger = make_charger(timing=RECONNECTS, meters=False)
    await charger.point.set_limit(1, 10)
    charger.station.disconnect()
    await seconds_later(charger, DEAD_MAN)
    charger.station.connect()
    charger.station.status("Available")
    await at_rest()
    assert len(charger.profiles) == 1
    charger.station.status("Preparing")
    await at_rest()
    assert len(charger.profiles) == 2


async def test_a_limit_that_is_left_as_it_is_on_a_new_connection_is_refreshed_in_time(
    make_charger: MakeCharger,
) -> None:
    """The dead man goes on counting."""
    charger = await plugged_in(make_charger(timing=replace(RECONNECTS, refresh=0.05), tells_composite=True))
    await dial_again(charger)
    assert len(charger.profiles) == 1
    charger.station.clock.advance(seconds=REFRESH_AFTER)
    await charger.station.until(lambda: len(charger.profiles) == 2)


async def test_a_connection_that_is_lost_at_once_again_is_no_error(
    make_charger: MakeCharger, caplog: pytest.LogCaptureFixture
) -> None:
    """The next one will do."""
    charger = await plugged_in(make_charger(timing=RECONNECTS, pace=0.0))
    charger.station.clock.advance(seconds=300)
    charger.station.rpc.answers["SetChargingProfile"] = NotConnectedError("gone")
    await dial_again(charger)
    assert charger.connector.limit == 10
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# Transactions


async def test_a_limit_for_the_transaction_is_told_when_one_starts(make_charger: MakeCharger) -> None:
    """With its id, within the settle time."""
    charger = await plugged_in(make_charger(FOR_TRANSACTIONS))
    transaction = await charger.charge()
    await charger.station.until(lambda: len(charger.profiles) == 2)
    assert [profile["chargingProfilePurpose"] for profile in charger.profiles] == ["TxDefaultProfile", "TxProfile"]
    assert charger.profiles[1]["transactionId"] == transaction


async def test_a_default_that_was_told_a_moment_ago_is_not_told_at_the_start(make_charger: MakeCharger) -> None:
    """It holds for every transaction."""
    charger = await plugged_in(make_charger())
    await charger.charge()
    await at_rest()
    assert len(charger.profiles) == 1


async def test_without_a_limit_nothing_is_told_at_the_start(make_charger: MakeCharger) -> None:
    """The user has set none."""
    charger = make_charger()
    await charger.charge()
    await at_rest()
    assert charger.written == []


async def test_a_refusal_at_the_start_ends_the_limit(make_charger: MakeCharger) -> None:
    """What is refused is no limit."""
    charger = await plugged_in(make_charger())
    await seconds_later(charger, 60)
    charger.station.rpc.answers["SetChargingProfile"] = REFUSED
    await charger.charge()
    await at_rest()
    assert charger.connector.limit is None


@pytest.mark.parametrize(("age", "told"), [(REFRESH_AFTER - 1, False), (REFRESH_AFTER, True)])
async def test_a_limit_is_told_again_when_charging_resumes_by_itself(
    make_charger: MakeCharger, age: float, told: bool
) -> None:
    """Unless that was done not long ago."""
    charger = make_charger(pace=0.0)
    await charger.charge()
    await charger.point.set_limit(1, 10)
    charger.station.status("SuspendedEVSE")
    await seconds_later(charger, age)
    charger.station.status("Charging")
    await at_rest()
    assert len(charger.profiles) == 1 + told


@pytest.mark.parametrize(("age", "told"), [(60, False), (REFRESH_AFTER, True), (DEAD_MAN, True)])
async def test_a_limit_that_has_lapsed_without_a_car_is_told_when_one_comes(
    make_charger: MakeCharger, age: float, told: bool
) -> None:
    """Nothing was refreshed in the meantime."""
    charger = make_charger()
    await charger.point.set_limit(1, 10)
    await seconds_later(charger, age)
    charger.station.status("Preparing")
    await at_rest()
    assert len(charger.profiles) == 1 + told


# In time


def refreshing() -> Timing:
    """Return a timing in which it is looked often whether a limit is to be refreshed."""
    return replace(QUICK, refresh=0.01)


async def test_a_limit_is_refreshed_at_half_its_dead_man(make_charger: MakeCharger) -> None:
    """While a car is there."""
    charger = await plugged_in(make_charger(timing=refreshing()))
    charger.station.clock.advance(seconds=REFRESH_AFTER)
    await charger.station.until(lambda: len(charger.profiles) == 2)
    assert charger.limits == [10, 10]
    charger.station.clock.advance(seconds=REFRESH_AFTER)
    await charger.station.until(lambda: len(charger.profiles) == 3)


@pytest.mark.parametrize(
    ("situation", "settings"),
    [
        ("no car", TIMED),
        ("paused", TIMED),
        ("at the fallback", TIMED),
        ("no fallback", ChargePointSettings(configure=False, fallback_current=None)),
        ("no expiry", ChargePointSettings(configure=False, quirks={"limit_expiry": "none"})),
    ],
)
async def test_what_need_not_be_refreshed_is_not(
    make_charger: MakeCharger, situation: str, settings: ChargePointSettings
) -> None:
    """Every write wears out a memory."""
    charger = make_charger(settings, timing=refreshing(), meters=False)
    if situation != "no car":
        charger.station.status("Preparing")
    await charger.point.set_limit(1, 6 if situation == "at the fallback" else 10)
    if situation == "paused":
        await charger.point.pause(1)
    await at_rest()
    written = len(charger.written)
    for _ in range(5):
        # Another charge point of the same age shows that the time has come.
        clock = make_charger(timing=refreshing(), meters=False)
        await plugged_in(clock)
        clock.station.clock.advance(seconds=REFRESH_AFTER)
        charger.station.clock.advance(seconds=REFRESH_AFTER)
        await clock.station.until(partial(has_written, clock, 2))
    assert len(charger.written) == written


async def test_what_cannot_be_refreshed_now_is_later(make_charger: MakeCharger) -> None:
    """Silence is no end."""
    charger = await plugged_in(make_charger(timing=replace(refreshing(), retry=0.01)))
    charger.hangs = always
    charger.station.clock.advance(seconds=REFRESH_AFTER)
    await charger.station.until(lambda: len(charger.profiles) == 2)
    charger.hangs = lambda _profile: False
    await charger.station.until(lambda: len(charger.profiles) >= 3)
    assert charger.connector.limit == 10


async def test_a_pause_has_no_dead_man(make_charger: MakeCharger) -> None:
    """It does not end by itself."""
    charger = await plugged_in(make_charger())
    await charger.point.pause(1)
    assert [starts(profile) for profile in charger.profiles] == [[0, 60 + DEAD_MAN], [0]]


# Restart of Home Assistant


async def test_after_a_restart_the_limit_is_told_again(make_charger: MakeCharger) -> None:
    """Of Home Assistant: what holds is not known any more."""
    before = await plugged_in(make_charger(), 13)
    after = make_charger(timing=RECONNECTS, stored=before.station.snapshot())
    after.station.status("Preparing")
    await at_rest()
    assert after.limits == [13]


async def test_after_a_restart_a_pause_is_one(make_charger: MakeCharger) -> None:
    """And goes back to the limit that was kept."""
    before = await plugged_in(make_charger(), 13)
    await before.point.pause(1)
    after = make_charger(timing=RECONNECTS, stored=before.station.snapshot())
    after.station.status("Preparing")
    await at_rest()
    await after.point.resume(1)
    assert after.limits == [0, 13]


# A limit that ends by itself when the charge point is alone (OCPP 2.1)


def counts_alone(charger: Charger) -> Charger:
    """Let a charger say that it drops limits by itself once it has been offline for long."""

    async def capabilities() -> Capabilities:
        return Capabilities(highest_stack_level=3, offline=True)

    charger.station.dialect.limit_capabilities = capabilities  # type: ignore[method-assign]  # 1.6 has no such thing
    return charger


async def test_a_limit_that_ends_when_the_charger_is_alone_needs_no_refresh(make_charger: MakeCharger) -> None:
    """Nothing is written again while the connection lasts."""
    charger = counts_alone(make_charger(TIMED, timing=replace(QUICK, refresh=0.0)))
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await seconds_later(charger, 2 * DEAD_MAN)
    assert charger.limits == [10, 10]  # first in a way that shows whether limits are followed
    search = charger.point.limits.search
    assert search is not None
    assert search.current is not None
    assert search.current.expiry is Expiry.OFFLINE


@pytest.mark.parametrize(("alone", "told"), [(DEAD_MAN, [10, 10, 10]), (DEAD_MAN / 3, [10, 10])])
async def test_after_too_long_alone_the_limit_is_told_again(
    make_charger: MakeCharger, alone: float, told: list[float]
) -> None:
    """It has ended in the charger, for good; before that it has not."""
    charger = counts_alone(make_charger(TIMED, timing=RECONNECTS, tells_composite=True))
    await plugged_in(charger)
    charger.station.disconnect()
    charger.station.clock.advance(seconds=alone)
    charger.station.connect()
    charger.station.status("Preparing")
    await at_rest()
    assert charger.limits == told


async def test_after_a_boot_the_fallback_comes_before_the_limit_that_rests_on_it(make_charger: MakeCharger) -> None:
    """The charger may have forgotten both, and may be alone the next moment."""
    charger = counts_alone(make_charger(TIMED))
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await seconds_later(charger, 20)
    charger.meter()
    await at_rest()
    before = len(charger.written)
    charger.station.boot()
    await charger.station.until(lambda: len(charger.written) == before + 2)
    assert [profile["chargingProfileId"] for _, _, profile in charger.written[before:]] == [6402, 6202]


async def test_where_nothing_can_hold_below_no_limit_rests_on_it(make_charger: MakeCharger) -> None:
    """It keeps the end that it has in itself."""
    charger = counts_alone(make_charger(TIMED, refuses=lambda profile: profile["chargingProfileId"] >= 6400))
    await charger.charge()
    await charger.point.set_limit(1, 10)
    await seconds_later(charger, 20)
    charger.meter()
    await at_rest()
    await charger.point.set_limit(1, 9)
    search = charger.point.limits.search
    assert search is not None
    assert search.current is not None
    assert search.current.expiry is Expiry.PERIODS
