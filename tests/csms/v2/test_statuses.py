"""What a station says of an EVSE in several places, and the one status that comes of it."""

from typing import Any, cast

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Repair
from custom_components.ocpp_csms.csms.model import ConnectorStatus, ErrorCode
from custom_components.ocpp_csms.csms.v2.commands import V2Commands
from custom_components.ocpp_csms.csms.v2.statuses import AVAILABILITIES, combined
from custom_components.ocpp_csms.csms.wire.rpc import RpcConnection
from tests.csms.central import surroundings
from tests.csms.dialect import ScriptedRpc
from tests.csms.v2.station import CARD, Station201, checker


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


# Status


@pytest.mark.parametrize(
    ("said", "shown", "error"),
    [
        ("Available", ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        ("Occupied", ConnectorStatus.PREPARING, ErrorCode.NO_ERROR),
        ("Reserved", ConnectorStatus.RESERVED, ErrorCode.NO_ERROR),
        ("Unavailable", ConnectorStatus.INOPERATIVE, ErrorCode.NO_ERROR),
        ("Faulted", ConnectorStatus.FAULTED, ErrorCode.OTHER_ERROR),
    ],
)
def test_a_status_is_shown(station: Station201, said: str, shown: ConnectorStatus, error: ErrorCode) -> None:
    """On the EVSE that it is about."""
    station.status(said, evse=2)
    assert (station.evse(2).status, station.evse(2).error_code) == (shown, error)


@pytest.mark.parametrize(
    "wrong", [{"connectorStatus": "Sleeping"}, {"evseId": 101}, {"evseId": -1}, {"evseId": "first"}, {"evseId": True}]
)
def test_a_status_that_makes_no_sense_changes_nothing(station: Station201, wrong: dict[str, Any]) -> None:
    """It is answered, and counted."""
    payload = {"timestamp": station.time(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1} | wrong
    assert station.send("StatusNotification", payload) == {}
    assert list(station.charge_point.connectors) == [0]
    assert station.charge_point.violations.count >= 1


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("Charging", ConnectorStatus.CHARGING),
        ("EVConnected", ConnectorStatus.PREPARING),
        ("Idle", ConnectorStatus.PREPARING),
        ("SuspendedEV", ConnectorStatus.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorStatus.SUSPENDED_EVSE),
    ],
)
def test_a_charging_state_is_shown(station: Station201, state: str, shown: ConnectorStatus) -> None:
    """Before and after the station calls the EVSE occupied."""
    station.event("Started", evse=1, state=state)
    assert station.evse().status is shown
    station.status("Occupied", seconds=1)
    assert station.evse().status is shown


def test_an_event_without_a_charging_state_leaves_the_status(station: Station201) -> None:
    """Nothing was said of it."""
    station.event("Started", evse=1, state="Charging")
    station.event("Updated", wh=1000)
    assert station.evse().status is ConnectorStatus.CHARGING


def test_a_transaction_that_says_no_state_has_begun(station: Station201) -> None:
    """The status of the one before it does not stay."""
    station.event("Started", evse=1)
    station.event("Ended", ahead={"seconds": 1})
    assert station.evse().status is ConnectorStatus.FINISHING
    station.event("Started", "tx-2", evse=1, ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.PREPARING


def test_only_the_station_ends_a_fault(station: Station201) -> None:
    """Then its transaction's state is shown again."""
    station.event("Started", evse=1, state="Charging")
    station.status("Faulted", seconds=1)
    station.event("Updated", state="SuspendedEVSE", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.FAULTED
    station.status("Occupied", seconds=3)
    assert station.evse().status is ConnectorStatus.SUSPENDED_EVSE


def test_the_cable_is_still_in_after_the_end(station: Station201) -> None:
    """Until the station says that the EVSE is free."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging", ahead={"seconds": 1})
    station.event("Ended", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.FINISHING
    station.status("Available", seconds=3)
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_an_end_after_the_cable_has_gone_leaves_the_evse_free(station: Station201) -> None:
    """The next car is no remainder of the last."""
    station.event("Started", evse=1, state="Charging")
    station.status("Available", seconds=1)
    station.event("Ended", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.AVAILABLE
    station.status("Occupied", seconds=3)
    assert station.evse().status is ConnectorStatus.PREPARING


def test_a_car_that_comes_back_is_not_charging_yet(station: Station201) -> None:
    """What its transaction said before the cable went holds no more."""
    station.event("Started", evse=1, state="Charging")
    station.status("Available")
    station.status("Occupied")
    assert station.evse().status is ConnectorStatus.PREPARING


def test_a_start_that_never_got_a_car_leaves_the_evse_free(station: Station201) -> None:
    """The tag came, the cable did not."""
    station.status("Available")
    station.event("Started", evse=1, state="Idle", token=CARD, ahead={"seconds": 1})
    assert station.evse().status is ConnectorStatus.PREPARING
    station.event("Ended", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_a_car_after_a_transaction_that_only_an_event_told_of_is_not_charging_yet(station: Station201) -> None:
    """The station never said that the EVSE was occupied."""
    station.status("Available")
    station.event("Started", evse=1, state="Charging")
    station.event("Ended")
    station.status("Occupied")
    assert station.evse().status is ConnectorStatus.PREPARING


def test_a_queued_event_says_more_than_occupied(station: Station201) -> None:
    """The status of the reconnect is younger, and knows less."""
    station.status("Occupied")
    station.event("Started", evse=1, state="EVConnected", ahead={"minutes": -9})
    station.event("Updated", state="Charging", ahead={"minutes": -8})
    assert station.evse().status is ConnectorStatus.CHARGING


def test_a_late_charging_state_does_not_replace_a_newer_one(station: Station201) -> None:
    """Events may come in any order."""
    station.status("Occupied", seconds=-30)
    station.event("Started", evse=1, state="Charging", ahead={"seconds": -10})
    station.event("Updated", state="EVConnected", ahead={"seconds": -20})
    assert station.evse().status is ConnectorStatus.CHARGING


# Several plugs


@pytest.mark.parametrize(
    ("plugs", "shown", "error"),
    [
        (("Occupied", "Unavailable"), ConnectorStatus.PREPARING, ErrorCode.NO_ERROR),
        (("Occupied", "Faulted"), ConnectorStatus.PREPARING, ErrorCode.NO_ERROR),
        (("Available", "Available"), ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        (("Available", "Unavailable"), ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        (("Available", "Faulted"), ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR),
        (("Available", "Reserved"), ConnectorStatus.RESERVED, ErrorCode.NO_ERROR),
        (("Faulted", "Unavailable"), ConnectorStatus.FAULTED, ErrorCode.OTHER_ERROR),
        (("Unavailable", "Unavailable"), ConnectorStatus.INOPERATIVE, ErrorCode.NO_ERROR),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_several_plugs_are_one_evse(
    station: Station201, plugs: tuple[str, str], shown: ConnectorStatus, error: ErrorCode, order: tuple[int, int]
) -> None:
    """It can be used while one of them can, whichever speaks last."""
    for seconds, index in enumerate(order):
        station.status(plugs[index], plug=index + 1, seconds=seconds)
    assert (station.evse().status, station.evse().error_code) == (shown, error)


@given(st.lists(st.sampled_from(sorted(set(AVAILABILITIES.values()))), min_size=1))
def test_plugs_are_combined_whatever_their_order(plugs: list[ConnectorStatus]) -> None:
    """To what one of them is."""
    assert combined(plugs) is combined(plugs[::-1])
    assert combined(plugs) in plugs


def test_the_other_plug_does_not_free_an_evse(station: Station201) -> None:
    """A car charges at the first."""
    station.status("Occupied", plug=1)
    station.event("Started", evse=1, state="Charging")
    station.status("Unavailable", plug=2, seconds=1)
    station.status("Available", plug=2, seconds=2)
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.CHARGING, True)


def test_the_evse_itself_has_the_word_until_a_plug_speaks(station: Station201) -> None:
    """Its status is that of all of it."""
    station.status("Available", plug=1)
    station.status("Unavailable", plug=0, seconds=1)
    assert station.evse().status is ConnectorStatus.INOPERATIVE
    station.status("Available", plug=1, seconds=2)
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_an_older_word_of_the_same_plug_changes_nothing(station: Station201) -> None:
    """Another plug may speak of the past: it has not been heard yet."""
    station.status("Available", plug=1)
    station.status("Faulted", plug=1, minutes=-1)
    assert station.evse().status is ConnectorStatus.AVAILABLE
    station.status("Reserved", plug=2, minutes=-2)
    assert station.evse().status is ConnectorStatus.RESERVED


def test_a_status_without_a_plug_is_that_of_the_evse(station: Station201) -> None:
    """Some leave it out."""
    station.send("StatusNotification", {"timestamp": station.time(), "connectorStatus": "Occupied", "evseId": 1})
    assert station.evse().status is ConnectorStatus.PREPARING


# The cable


def test_a_cable_shows_in_the_status(station: Station201) -> None:
    """Where no transaction tells of it."""
    station.status("Available")
    assert station.evse().plugged_in is False
    station.status("Occupied", seconds=1)
    assert station.evse().plugged_in is True


@pytest.mark.parametrize("trigger", ["Authorized", "EVDetected"])
def test_a_transaction_may_begin_before_the_cable(station: Station201, trigger: str) -> None:
    """With a card, or with a car in the bay: it waits, and so it does when the station says again that the plug is free."""
    station.status("Available")
    station.event("Started", evse=1, state="Idle", triggerReason=trigger, ahead={"seconds": 1})
    station.status("Available", seconds=2)
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.PREPARING, False)
    assert not station.charge_point.is_doubted(1)
    station.status("Occupied", seconds=3)
    assert station.evse().plugged_in is True
    station.event("Updated", state="EVConnected", triggerReason="CablePluggedIn", ahead={"seconds": 4})
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.PREPARING, True)


def test_a_car_may_leave_before_the_transaction_ends(station: Station201) -> None:
    """With a stop point that is not the cable: it waits for whoever has begun it."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging")
    station.event("Updated", state="Idle", triggerReason="EVCommunicationLost", ahead={"seconds": 1})
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.PREPARING, False)
    station.status("Available", seconds=2)
    assert station.evse().status is ConnectorStatus.PREPARING
    station.event("Ended", triggerReason="StopAuthorized", ahead={"seconds": 3})
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.AVAILABLE, False)


def test_an_idle_transaction_of_a_car_that_is_there_has_its_cable(station: Station201) -> None:
    """Some call a car idle that does not charge."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Idle", triggerReason="Authorized")
    assert station.evse().plugged_in is True


def test_a_cable_that_is_plugged_in_at_the_start_is_there(station: Station201) -> None:
    """Whatever the station calls the state, and if it calls it nothing."""
    station.event("Started", evse=1, state="Idle", triggerReason="CablePluggedIn")
    assert station.evse().plugged_in is True
    station.event("Started", "tx-2", evse=2, triggerReason="CablePluggedIn")
    assert station.evse(2).plugged_in is True


def test_the_cable_of_a_car_that_has_left_is_out(station: Station201) -> None:
    """Though the station still calls the plug occupied."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging")
    station.event("Ended", info={"stoppedReason": "EVDisconnected"}, ahead={"seconds": 1})
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.FINISHING, False)


def test_an_evse_that_only_transactions_tell_of_is_free_when_the_car_has_left(station: Station201) -> None:
    """Nobody will say so."""
    station.event("Started", evse=1, state="Charging")
    station.event("Ended", triggerReason="EVDeparted", ahead={"seconds": 1})
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.AVAILABLE, False)
    station.status("Occupied", seconds=2)
    assert (station.evse().status, station.evse().plugged_in) == (ConnectorStatus.PREPARING, True)


@pytest.mark.parametrize("reason", ["PowerLoss", "Reboot", "ImmediateReset"])
def test_a_car_whose_transaction_was_cut_off_may_start_again(station: Station201, reason: str) -> None:
    """Nobody wanted the end; without a car there is nothing to start."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging")
    station.event("Ended", info={"stoppedReason": reason}, ahead={"seconds": 1})
    assert station.evse().status is ConnectorStatus.PREPARING
    station.status("Available", seconds=2)
    station.event("Started", "tx-2", evse=1, state="Idle", ahead={"seconds": 3})
    station.event("Ended", "tx-2", info={"stoppedReason": reason}, ahead={"seconds": 4})
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_a_fault_says_nothing_of_the_cable(station: Station201) -> None:
    """It is where it was."""
    station.status("Occupied")
    station.status("Faulted", seconds=1)
    assert station.evse().plugged_in is True


async def test_nothing_is_known_of_the_cable_after_a_reconnect(station: Station201) -> None:
    """Until something is said."""
    station.status("Occupied")
    dialect = V2Commands(
        station.charge_point,
        cast(RpcConnection, ScriptedRpc()),
        surroundings(station.clock, checker()),
        version="2.0.1",
        reports=station.reports,
    )
    station.charge_point.attach(dialect, "192.0.2.1")
    assert station.evse().plugged_in is None
    station.charge_point.detach(dialect)


# Doubt


def test_a_transaction_that_is_told_of_has_not_ended(station: Station201) -> None:
    """Though the station has called its plug free meanwhile."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging")
    station.status("Available", seconds=1)
    assert station.charge_point.is_doubted(1)
    station.event("Updated", state="Charging", ahead={"seconds": 2})
    assert not station.charge_point.is_doubted(1)
    assert station.evse().status is ConnectorStatus.CHARGING


def test_an_older_word_of_a_transaction_takes_no_doubt_away(station: Station201) -> None:
    """It comes out of a queue, as its end will."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging")
    station.status("Available", seconds=20)
    station.event("Updated", state="Charging", ahead={"seconds": -10})
    assert station.charge_point.is_doubted(1)
    assert station.evse().status is ConnectorStatus.AVAILABLE


def test_a_transaction_that_goes_on_after_all_runs_again(station: Station201) -> None:
    """Its end was inferred."""
    station.status("Occupied")
    station.event("Started", evse=1, state="Charging", wh=1000)
    station.status("Available", seconds=1)
    station.clock.advance(minutes=5)
    station.send("Heartbeat")
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.stopped is not None
    station.event("Updated", state="Charging", wh=1500)
    assert station.evse().running_transaction is transaction
    assert Repair.END_INFERRED.value not in transaction.repairs
    assert transaction.energy == pytest.approx(0.5)
    assert station.evse().status is ConnectorStatus.CHARGING


def test_a_transaction_that_another_has_followed_does_not_run_again(station: Station201) -> None:
    """An EVSE has one at a time."""
    station.event("Started", evse=1, state="Charging")
    station.event("Started", "tx-2", evse=1, state="Charging", ahead={"seconds": 1})
    first = station.charge_point.transaction("tx-1")
    assert first is not None
    station.event("Updated", "tx-1", state="Charging", ahead={"minutes": 1})
    assert not first.running


def test_a_charging_state_after_out_of_service_is_shown(station: Station201) -> None:
    """What is newer is right."""
    station.event("Started", evse=1, state="Charging")
    station.status("Unavailable", seconds=1)
    assert station.evse().status is ConnectorStatus.INOPERATIVE
    station.event("Updated", state="SuspendedEV", ahead={"seconds": 2})
    assert station.evse().status is ConnectorStatus.SUSPENDED_EV


@pytest.mark.parametrize(
    ("evses", "whole"),
    [
        (["Available", "Faulted"], ConnectorStatus.AVAILABLE),
        (["Occupied", "Unavailable"], ConnectorStatus.AVAILABLE),
        (["Unavailable", "Unavailable"], ConnectorStatus.INOPERATIVE),
        (["Faulted", "Unavailable"], ConnectorStatus.FAULTED),
    ],
)
def test_a_station_is_what_its_evses_are(station: Station201, evses: list[str], whole: ConnectorStatus) -> None:
    """Where it does not say what it is itself."""
    for number, status in enumerate(evses, 1):
        station.status(status, evse=number)
    assert station.charge_point.connectors[0].status is whole


def test_a_station_that_speaks_for_itself_is_believed(station: Station201) -> None:
    """Whatever its EVSEs are."""
    station.status("Unavailable", evse=0)
    station.status("Available", evse=1, seconds=1)
    assert station.charge_point.connectors[0].status is ConnectorStatus.INOPERATIVE
