"""Pauses: what is paused stays so until it is over, also at charge points that end the transaction."""

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from tests.csms.charger import REFUSED, Charger, at_rest
from tests.csms.conftest import MakeCharger
from tests.csms.dialect import Station


@pytest.fixture
def point(station: Station) -> ChargePoint:
    """CP1 with one connector that is available."""
    station.status("Available")
    return station.charge_point


def limits(station: Station) -> list[float]:
    """Return the limits that were set."""
    return [
        payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
        for action, payload in station.rpc.calls
        if action == "SetChargingProfile"
    ]


async def test_a_pause_holds_charging_at_0_and_resuming_goes_back(station: Station, point: ChargePoint) -> None:
    """To the limit that held before."""
    await point.set_limit(1, 13)
    await point.pause(1)
    assert (point.connectors[1].paused, point.connectors[1].limit) == (True, 13)
    await point.resume(1)
    assert (point.connectors[1].paused, point.connectors[1].limit) == (False, 13)
    assert limits(station) == [13, 0, 13]


async def test_a_limit_set_during_a_pause_holds_when_it_is_over(station: Station, point: ChargePoint) -> None:
    """Charging stays paused until then."""
    await point.pause(1)
    await point.set_limit(1, 8)
    assert point.connectors[1].paused
    await point.resume(1)
    assert limits(station) == [0, 8]


async def test_resuming_without_a_limit_goes_to_the_maximum(station: Station, point: ChargePoint) -> None:
    """Which is the charger's, as the user set it."""
    await point.pause(1)
    await point.resume(1)
    assert limits(station) == [0, 32]


@pytest.mark.parametrize("command", ["pause", "resume"])
async def test_a_pause_that_is_refused_is_none(station: Station, point: ChargePoint, command: str) -> None:
    """The state is what was confirmed."""
    if command == "resume":
        await point.pause(1)
    before = point.connectors[1].paused
    station.rpc.answers["SetChargingProfile"] = {"status": "Rejected"}
    with pytest.raises(RefusedError):
        await getattr(point, command)(1)
    assert point.connectors[1].paused is before


# Charge points that end the transaction when they are paused


async def paused_for_good(charger: Charger, reason: str | None) -> None:
    """Pause a car, let the charge point end its transaction, and resume."""
    transaction = await charger.charge()
    await charger.point.pause(1)
    charger.station.stop(transaction, **({} if reason is None else {"reason": reason}))
    charger.station.status("Finishing")
    await charger.point.resume(1)
    await at_rest()


def starts(charger: Charger) -> int:
    """Return how often a transaction was asked for."""
    return sum(action == "RemoteStartTransaction" for action, _ in charger.station.rpc.calls)


@pytest.mark.parametrize("reason", ["Other", None])
async def test_a_transaction_that_the_pause_has_ended_is_started_again(
    make_charger: MakeCharger, reason: str | None
) -> None:
    """When charging is to go on."""
    charger = make_charger()
    await paused_for_good(charger, reason)
    assert starts(charger) == 1


@pytest.mark.parametrize("reason", ["Remote", "Local", "EVDisconnected"])
async def test_a_transaction_that_somebody_has_ended_is_not(make_charger: MakeCharger, reason: str) -> None:
    """Not even if it was paused before."""
    charger = make_charger()
    await paused_for_good(charger, reason)
    assert starts(charger) == 0


async def test_a_transaction_that_survives_its_pause_is_not_started(make_charger: MakeCharger) -> None:
    """It goes on."""
    charger = make_charger()
    await charger.charge()
    await charger.point.pause(1)
    await charger.point.resume(1)
    await at_rest()
    assert starts(charger) == 0


async def test_another_car_is_not_started_for_the_one_before(make_charger: MakeCharger) -> None:
    """Whoever plugs in shows a card."""
    charger = make_charger()
    transaction = await charger.charge()
    await charger.point.pause(1)
    charger.station.stop(transaction, reason="Other")
    charger.station.status("Available")
    charger.station.status("Preparing")
    await charger.point.resume(1)
    await at_rest()
    assert starts(charger) == 0


async def test_a_start_that_is_refused_after_a_pause_is_no_error(make_charger: MakeCharger) -> None:
    """The limit holds all the same."""
    charger = make_charger()
    charger.station.rpc.answers["RemoteStartTransaction"] = REFUSED
    await paused_for_good(charger, "Other")
    assert charger.connector.paused is False
