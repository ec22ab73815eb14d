"""The connection of a charge point: what was current before it is not taken for current now, and listeners hear of it."""

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Peer, Quantity
from tests.csms.dialect import Station


@pytest.fixture
def point(station: Station) -> ChargePoint:
    """CP1 with one connector that is available."""
    station.status("Available")
    return station.charge_point


# What is current


async def test_what_was_current_is_forgotten_with_a_new_connection(station: Station, point: ChargePoint) -> None:
    """Status and readings, but not the register, the limit and the transaction."""
    running = station.start()
    station.status("Charging")
    station.sample(power=7000, energy=2000)
    await point.set_limit(1, 10)
    station.disconnect()
    station.connect()
    connector = point.connectors[1]
    assert (connector.status, connector.error_code) == (None, None)
    assert connector.readings == {Quantity.ENERGY: pytest.approx(2.0)}
    assert connector.limit == 10
    assert connector.transaction is not None
    assert connector.transaction.transaction_id == str(running)


# What it does not tell when it is asked


REFUSED = {"status": "Rejected"}


async def reconnected(station: Station) -> None:
    """Lose the connection, open another, and ask for the statuses: the charge point refuses."""
    station.rpc.answers["TriggerMessage"] = REFUSED
    station.disconnect()
    station.connect()
    await station.dialect.request_state()


@pytest.mark.parametrize("status", ["Available", "Preparing", "Charging", "Unavailable", "Faulted"])
async def test_what_it_was_holds_if_it_does_not_say_so_again(station: Station, status: str) -> None:
    """It tells what changes, once it is connected again. However often the connection is lost."""
    station.status(status)
    connector = station.charge_point.connectors[1]
    before = connector.status, connector.plugged_in, connector.operative
    for _ in range(2):
        await reconnected(station)
        assert (connector.status, connector.plugged_in, connector.operative) == before
    station.status("SuspendedEV")
    assert connector.status is ConnectorStatus.SUSPENDED_EV


async def test_what_it_was_does_not_hold_after_a_restart(station: Station) -> None:
    """It may be anything now, and what it says then holds in its place."""
    station.status("Charging")
    station.status("Charging", 2)
    station.disconnect()
    station.connect()
    station.boot()
    station.status("Available", 2)
    await reconnected(station)
    assert [station.charge_point.connectors[number].status for number in (1, 2)] == [None, ConnectorStatus.AVAILABLE]


async def test_what_it_says_goes_before_what_it_was(station: Station) -> None:
    """Though it refuses to be asked."""
    station.status("Charging")
    station.disconnect()
    station.connect()
    station.status("Available")
    station.rpc.answers["TriggerMessage"] = REFUSED
    await station.dialect.request_state()
    assert station.charge_point.connectors[1].status is ConnectorStatus.AVAILABLE


@pytest.mark.parametrize(("power", "status"), [(7000, ConnectorStatus.CHARGING), (20, None)])
async def test_who_takes_power_in_a_transaction_charges(
    station: Station, power: int, status: ConnectorStatus | None
) -> None:
    """If it says nothing else: Home Assistant has restarted, and the charge point tells changes only."""
    station.rpc.answers["TriggerMessage"] = REFUSED
    transaction = station.start()
    station.disconnect()
    station.connect()
    await station.dialect.request_state()
    station.sample(power=power, transaction=transaction)
    assert station.charge_point.connectors[1].status is status


async def test_what_was_taken_a_while_ago_says_nothing_of_now(station: Station) -> None:
    """It comes out of a queue; nor does power without a transaction."""
    transaction, then = station.start(), station.time()
    station.disconnect()
    station.connect()
    station.clock.advance(minutes=5)
    station.sample(power=7000, at=then, transaction=transaction)
    station.stop(transaction)
    station.sample(power=7000)
    assert station.charge_point.connectors[1].status is None


async def test_connections_after_the_first_are_reconnects(station: Station) -> None:
    """Also when nothing was said on the one before."""
    assert station.charge_point.reconnects == 0
    station.disconnect()
    station.connect()
    assert station.charge_point.reconnects == 1


async def test_listeners_hear_of_a_connection_and_its_end(station: Station) -> None:
    """The address and the version are known then."""
    told: list[bool] = []
    station.charge_point.listen(0, ("connected",), lambda: told.append(station.charge_point.connected))
    station.disconnect()
    station.disconnect()
    station.connect()
    assert told == [False, True]
    assert (station.charge_point.version, station.charge_point.peer) == ("1.6", Peer("127.0.0.1"))
    assert station.charge_point.latency == 0.02


async def test_listeners_hear_of_new_connectors_and_settings(station: Station) -> None:
    """Once each."""
    told: list[str] = []
    station.charge_point.listen(0, ("connectors",), lambda: told.append("connectors"))
    station.charge_point.listen(0, ("settings",), lambda: told.append("settings"))
    station.status("Available")
    station.status("Preparing")
    station.charge_point.update_settings(ChargePointSettings(maximum_current=16))
    assert told == ["connectors", "settings"]
