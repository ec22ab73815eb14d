"""What is wished too often waits for the budget: nothing is called done that is not, nothing is lost, and the newest wish wins."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.ocpp_csms.csms.errors import (
    CallTimeoutError,
    InvalidRequestError,
    LimitBudgetError,
    LimitPostponedError,
    NotConnectedError,
    RefusedError,
)
from custom_components.ocpp_csms.csms.limiting.postponed_limits import PostponedLimit, PostponedLimits
from tests.csms.charger import QUICK, REFUSED, Charger, at_rest
from tests.csms.conftest import MakeCharger


async def raise_often(charger: Charger) -> None:
    """Raise the limit until the budget is used up."""
    for step in range(20):
        await charger.point.set_limit(1, 6 + step / 10)


async def raised_too_often(charger: Charger) -> None:
    """Let the budget be all but there again: the next token comes at once when the clock moves on."""
    with pytest.raises(LimitBudgetError):
        await raise_often(charger)
    charger.written.clear()
    charger.station.clock.advance(seconds=59.999)


async def postponed(charger: Charger, amperes: float, phases: int | None = None) -> LimitPostponedError:
    """Ask for a limit that has to wait, and return what is said to that."""
    with pytest.raises(LimitPostponedError) as error:
        await charger.point.request_limit(1, amperes, phases=phases)
    return error.value


async def made(make_charger: MakeCharger) -> Charger:
    """Return a charger whose limit was raised too often."""
    charger = make_charger(meters=False, pace=0.0)
    await raised_too_often(charger)
    return charger


async def time_passes(charger: Charger) -> None:
    """Let there be a token, and all that waits for one be done."""
    charger.station.clock.advance(seconds=60)
    await charger.station.until(lambda: charger.limits)
    await at_rest()


async def test_what_need_not_wait_is_written_at_once(make_charger: MakeCharger) -> None:
    """As any limit."""
    charger = make_charger()
    await charger.point.request_limit(1, 10.09)
    assert (charger.limits, charger.connector.limit) == ([10], 10)


async def test_a_limit_that_has_to_wait_is_written_by_itself(make_charger: MakeCharger) -> None:
    """Until then, what was confirmed counts; the error says how long that is."""
    charger = await made(make_charger)
    before = charger.connector.limit
    error = await postponed(charger, 16)
    assert error.placeholders == {"limit": "16", "seconds": "1"}
    await at_rest()
    assert (charger.limits, charger.connector.limit) == ([], before)
    await time_passes(charger)
    assert (charger.limits, charger.connector.limit) == ([16], 16)


async def test_the_newest_of_the_limits_that_wait_is_written(make_charger: MakeCharger) -> None:
    """Only that one, with its number of phases."""
    charger = await made(make_charger)
    await postponed(charger, 16)
    await postponed(charger, 13, phases=1)
    await time_passes(charger)
    assert (charger.limits, charger.connector.phases) == ([13], 1)


async def test_who_sets_what_waits_does_not_end_its_waiting(make_charger: MakeCharger) -> None:
    """Charging control does, to keep up what was set by hand: it comes when it was promised all the same."""
    charger = await made(make_charger)
    await postponed(charger, 12)
    with pytest.raises(LimitBudgetError):
        await charger.point.set_limit(1, 12)
    await time_passes(charger)
    assert (charger.limits, charger.connector.limit) == ([12], 12)


async def test_a_lower_limit_drops_what_waits(make_charger: MakeCharger) -> None:
    """It goes at once, and stays."""
    charger = await made(make_charger)
    await postponed(charger, 16)
    await charger.point.request_limit(1, 5)
    charger.station.clock.advance(seconds=60)
    await at_rest()
    assert (charger.limits, charger.connector.limit) == ([5], 5)


async def test_what_waits_is_given_up_for_a_limit_that_does_not_wait(make_charger: MakeCharger) -> None:
    """Whoever asks again by itself is the newest, also when it is refused for the budget."""
    charger = await made(make_charger)
    await postponed(charger, 16)
    with pytest.raises(LimitBudgetError):
        await charger.point.set_limit(1, 12)
    charger.station.clock.advance(seconds=60)
    await at_rest()
    assert charger.limits == []


async def test_what_waits_when_charging_is_paused_holds_after_the_pause(make_charger: MakeCharger) -> None:
    """Nothing is written during it."""
    charger = await made(make_charger)
    await postponed(charger, 16, phases=3)
    await charger.point.pause(1)
    charger.station.clock.advance(seconds=60)
    await at_rest()
    assert (charger.limits, charger.connector.limit, charger.connector.phases) == ([0], 16, 3)


async def test_what_waits_survives_a_lost_connection(make_charger: MakeCharger) -> None:
    """It is written with the next one."""
    charger = make_charger(meters=False, pace=0.0, timing=replace(QUICK, boot_grace=0.0))
    await raised_too_often(charger)
    await postponed(charger, 16)
    charger.station.disconnect()
    charger.station.clock.advance(seconds=60)
    await at_rest()
    assert charger.limits == []
    charger.station.connect()
    charger.station.status("Available")
    await charger.station.until(lambda: charger.connector.limit == 16)


async def test_what_waits_waits_on_when_it_is_not_answered(make_charger: MakeCharger) -> None:
    """As often as the budget lets it."""
    charger = await made(make_charger)
    await postponed(charger, 16)
    obliging = charger.station.rpc.answers["SetChargingProfile"]
    charger.station.rpc.answers["SetChargingProfile"] = CallTimeoutError("SetChargingProfile", 30)
    asked = len(charger.station.rpc.calls)
    charger.station.clock.advance(seconds=60)
    await charger.station.until(lambda: len(charger.station.rpc.calls) > asked)
    charger.station.rpc.answers["SetChargingProfile"] = obliging
    charger.station.clock.advance(seconds=600)
    await charger.station.until(lambda: charger.connector.limit == 16)


async def test_what_waits_is_over_when_it_is_refused(make_charger: MakeCharger) -> None:
    """What was confirmed counts."""
    charger = await made(make_charger)
    before = charger.connector.limit
    await postponed(charger, 16)
    charger.station.rpc.answers["SetChargingProfile"] = REFUSED
    asked = len(charger.station.rpc.calls)
    charger.station.clock.advance(seconds=600)
    await charger.station.until(lambda: len(charger.station.rpc.calls) > asked)
    await at_rest()
    refused = len(charger.station.rpc.calls)
    charger.station.clock.advance(seconds=600)
    await at_rest()
    assert (len(charger.station.rpc.calls), charger.connector.limit) == (refused, before)


async def test_what_can_never_be_does_not_wait(make_charger: MakeCharger) -> None:
    """Out of range, or without a connection."""
    charger = await made(make_charger)
    with pytest.raises(InvalidRequestError, match="limit_out_of_range"):
        await charger.point.request_limit(1, 40)
    charger.station.disconnect()
    with pytest.raises(NotConnectedError):
        await charger.point.request_limit(1, 16)


class Writing:
    """Writes of a connector that take until they are let through; what is postponed is due at once."""

    def __init__(self) -> None:
        """Let nothing through."""
        self.written: list[float] = []
        self.failure: Exception | None = None
        self.through = asyncio.Event()
        self.lock = asyncio.Lock()
        self.tasks: set[asyncio.Task[None]] = set()
        self.postponed = PostponedLimits(
            "CP1",
            wait=lambda: 0.0,
            lock=lambda _number: self.lock,
            write=self.write,
            spawn=lambda work: self.tasks.add(asyncio.create_task(work)),
        )

    async def write(self, _number: int, amperes: float, _phases: int | None) -> None:
        """Write a limit, or fail."""
        self.written.append(amperes)
        await self.through.wait()
        if self.failure is not None:
            raise self.failure


@pytest.mark.parametrize("newer", [None, 5.0])
async def test_what_waits_is_not_written_after_a_newer_limit(newer: float | None) -> None:
    """Also if its time had come already, while something else was being written."""
    writing = Writing()
    async with writing.lock:
        writing.postponed.postpone(1, PostponedLimit(16.0, None))
        await at_rest()
        assert writing.tasks
        writing.postponed.withdraw(1)
        if newer is not None:
            writing.postponed.postpone(1, PostponedLimit(newer, None))
    writing.through.set()
    await at_rest()
    assert writing.written == ([] if newer is None else [newer])


@pytest.mark.parametrize("failure", [None, RefusedError("SetChargingProfile", "Rejected")])
async def test_what_was_answered_waits_no_more(failure: Exception | None) -> None:
    """The next connection finds nothing to write."""
    writing = Writing()
    writing.failure = failure
    writing.through.set()
    writing.postponed.postpone(1, PostponedLimit(16.0, None))
    await at_rest()
    writing.postponed.go_on(1)
    await at_rest()
    assert writing.written == [16.0]


async def test_what_is_given_up_while_it_is_written_does_not_wait_on() -> None:
    """Though nobody has answered."""
    writing = Writing()
    writing.failure = CallTimeoutError("SetChargingProfile", 30)
    writing.postponed.postpone(1, PostponedLimit(16.0, None))
    await at_rest()
    writing.postponed.withdraw(1)
    writing.through.set()
    await at_rest()
    assert writing.written == [16.0]


async def test_what_waits_when_the_connection_breaks_under_it_waits_for_the_next(make_charger: MakeCharger) -> None:
    """Whether it has come through is not known."""
    charger = make_charger(meters=False, pace=0.0, timing=replace(QUICK, boot_grace=0.0))
    await raised_too_often(charger)
    await postponed(charger, 16)
    obliging = charger.station.rpc.answers["SetChargingProfile"]
    charger.station.rpc.answers["SetChargingProfile"] = NotConnectedError()
    asked = len(charger.station.rpc.calls)
    charger.station.clock.advance(seconds=600)
    await charger.station.until(lambda: len(charger.station.rpc.calls) > asked)
    await at_rest()
    charger.station.disconnect()
    charger.station.rpc.answers["SetChargingProfile"] = obliging
    charger.station.connect()
    charger.station.status("Available")
    await charger.station.until(lambda: charger.connector.limit == 16)
