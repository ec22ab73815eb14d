"""TransactionEvent where some never came, or came late: a transaction without its start, an end without a transaction, an old one behind a new one."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Repair, Transaction
from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Quantity, Registration
from tests.csms.v2.station import CARD, OTHER_CARD, Station201


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


def booked(station: Station201, transaction_id: str = "tx-1") -> Transaction:
    """Return a transaction that is known."""
    transaction = station.charge_point.transaction(transaction_id)
    assert transaction is not None
    return transaction


def whole(station: Station201, *, minutes: float, begin: float = 5000, end: float = 9000) -> list[dict[str, Any]]:
    """Return the meter values of an end that tells the register of its start, so many minutes ago."""
    return [
        {
            "timestamp": station.time(minutes=-minutes),
            "sampledValue": [{"value": begin, "context": "Transaction.Begin"}],
        },
        {"timestamp": station.time(), "sampledValue": [{"value": end, "context": "Transaction.End"}]},
    ]


# A start that comes late


def test_a_start_that_comes_late_puts_an_adopted_transaction_right(station: Station201) -> None:
    """It tells since when and from which register, and whose it is; nothing is counted twice."""
    station.event("Updated", evse=1, wh=1000)
    station.event("Started", evse=1, wh=900, token=CARD, reservationId=7, offline=True, ahead={"minutes": -1})
    station.clock.advance(minutes=10)
    station.event("Ended", wh=2000)
    transaction = booked(station)
    assert (transaction.id_tag, transaction.reservation, transaction.offline) == ("CARD", 7, True)
    assert (transaction.meter_start, transaction.meter_stop) == (0.9, 2.0)
    assert transaction.energy == pytest.approx(1.1)
    assert sum(transaction.intervals.values()) == pytest.approx(1.1)
    assert (transaction.adopted, transaction.repairs) == (False, ())
    assert station.kinds("id_tag_presented") == ["accepted"]
    assert station.kinds("transaction") == ["started", "updated", "stopped"]


@pytest.mark.parametrize("told", [False, True])
def test_a_start_that_comes_after_the_end_puts_an_adopted_transaction_right(station: Station201, told: bool) -> None:
    """The registers of both decide, also where the end has told them all."""
    station.event("Updated", evse=1, wh=1000)
    station.clock.advance(minutes=10)
    end = {"meterValue": whole(station, minutes=11, begin=900, end=2000)} if told else {"wh": 2000}
    station.event("Ended", **end)
    station.event("Started", evse=1, wh=900, token=CARD, ahead={"minutes": -11})
    transaction = booked(station)
    assert (transaction.running, transaction.id_tag, transaction.repairs) == (False, "CARD", ())
    assert transaction.energy == pytest.approx(1.1)


def test_a_late_start_that_tells_nothing_changes_nothing(station: Station201) -> None:
    """Neither a register, nor a time that can be, nor a token."""
    station.event("Updated", evse=1, wh=1000, token=CARD)
    started = booked(station).started
    station.event("Started", evse=1, timestamp="1970-01-01T00:00:00Z")
    transaction = booked(station)
    assert (transaction.started, transaction.meter_start, transaction.id_tag) == (started, None, "CARD")


def test_a_late_start_of_an_older_transaction_leaves_the_newer_one(station: Station201) -> None:
    """That it was adopted matters only to itself."""
    station.event("Updated", evse=1, state="Charging")
    station.event("Started", "tx-2", evse=1, state="Charging", ahead={"minutes": 1})
    station.event("Started", evse=1, ahead={"minutes": -1})
    assert station.evse().running_transaction is booked(station, "tx-2")


# An end without a start


def test_an_end_that_tells_the_register_of_its_start_is_booked(station: Station201) -> None:
    """A station that was offline all the time, and has kept only the end."""
    station.clock.advance(hours=1)
    station.event("Ended", evse=1, token=CARD, offline=True, meterValue=whole(station, minutes=50))
    transaction = booked(station)
    assert (transaction.meter_start, transaction.meter_stop, transaction.energy) == (5.0, 9.0, 4.0)
    assert (transaction.running, transaction.offline, transaction.repairs) == (False, True, ())
    assert transaction.id_tag is None  # who has ended it need not have begun it
    assert (transaction.stopped or transaction.started) - transaction.started == station.clock() - transaction.started
    assert station.kinds("transaction") == ["started", "stopped"]


def test_an_end_that_is_booked_may_find_its_start_again(station: Station201) -> None:
    """The next answer is that of a start told twice."""
    station.clock.advance(hours=1)
    station.event("Ended", evse=1, meterValue=whole(station, minutes=50))
    for _ in range(2):
        station.event("Started", evse=1, wh=5000, token=CARD, ahead={"minutes": -50})
        assert (booked(station).running, booked(station).energy, booked(station).id_tag) == (False, 4.0, "CARD")
    assert station.kinds("transaction") == ["started", "stopped", "updated"]


@pytest.mark.parametrize(("begin", "is_booked"), [(500, True), (5000, False)])
def test_an_old_end_does_not_end_what_runs(station: Station201, begin: float, is_booked: bool) -> None:
    """It is booked beside it if its register, too, says that it was before."""
    station.clock.advance(hours=1)
    station.event("Started", evse=1, wh=1000, state="Charging")
    station.event("Ended", "tx-0", evse=1, meterValue=whole(station, minutes=50, begin=begin, end=begin + 400))
    assert station.evse().running_transaction is booked(station)
    assert (station.charge_point.transaction("tx-0") is not None) is is_booked
    assert station.evse().status is ConnectorStatus.CHARGING


def test_an_end_whose_start_has_no_time_waits_for_it(station: Station201) -> None:
    """Nothing is made up."""
    values = whole(station, minutes=0)
    del values[0]["timestamp"]
    station.event("Ended", evse=1, meterValue=values)
    assert station.charge_point.transaction("tx-1") is None


def test_a_stranger_has_no_transactions() -> None:
    """Neither one whose end is told, nor one that is found."""
    station = Station201(registration=Registration.PENDING)
    station.charge_point.settings = type(station.charge_point.settings)(quirks={"accept_at_boot": True})
    station.clock.advance(hours=1)
    station.event("Ended", evse=1, meterValue=whole(station, minutes=50))
    assert station.ledger.transactions() == []


def test_an_end_that_comes_first_ends_its_transaction(station: Station201) -> None:
    """As soon as its start is told."""
    station.clock.advance(hours=1)
    station.event("Ended", evse=1, wh=9000, ahead={"minutes": -1})
    answer = station.event("Started", evse=1, wh=5000, token=CARD, ahead={"minutes": -30})
    assert answer["idTokenInfo"]["status"] == "Accepted"
    transaction = booked(station)
    assert (transaction.running, transaction.id_tag, transaction.energy) == (False, "CARD", 4.0)
    assert station.evse().status is ConnectorStatus.FINISHING


def test_an_end_puts_right_what_was_adopted(station: Station201) -> None:
    """It tells all that its start would have told."""
    station.clock.advance(hours=1)
    station.event("Updated", evse=1, wh=8000, state="Charging")
    station.clock.advance(minutes=10)
    station.event("Ended", meterValue=whole(station, minutes=60))
    transaction = booked(station)
    assert (transaction.energy, transaction.meter_start, transaction.repairs) == (4.0, 5.0, ())
    assert sum(transaction.intervals.values()) == pytest.approx(4.0)


# A transaction that nobody has told of while another one is believed to run


def test_what_goes_on_later_has_followed_what_was_believed_to_run(station: Station201) -> None:
    """The end of the one and the start of the other were lost; what was taken is not."""
    station.event("Started", evse=1, wh=1000, state="Charging")
    station.clock.advance(minutes=30)
    station.event("Updated", wh=2000, state="Charging")
    station.clock.advance(hours=1)
    station.event("Updated", "tx-2", evse=1, wh=4000, state="Charging")
    first, second = booked(station), booked(station, "tx-2")
    assert (first.running, first.repairs) == (False, (Repair.END_INFERRED.value,))
    assert (station.evse().running_transaction, second.started) == (second, station.clock())
    assert first.energy + second.energy == pytest.approx(3.0)


def test_an_old_word_of_an_unknown_transaction_does_not_end_what_runs(station: Station201) -> None:
    """It comes out of a queue."""
    station.event("Started", evse=1, wh=1000, state="Charging")
    station.event("Updated", "tx-0", evse=1, state="Charging", ahead={"minutes": -5})
    assert station.evse().running_transaction is booked(station)
    assert station.charge_point.transaction("tx-0") is None


@pytest.mark.parametrize("ended_first", [True, False])
def test_what_cannot_run_is_not_found(station: Station201, ended_first: bool) -> None:
    """One that has ended already, and one on an EVSE that has been said to be free since."""
    station.event("Started", evse=1, state="Charging")
    if ended_first:
        station.event("Ended", "tx-2", evse=1, ahead={"seconds": 1})
    else:
        station.status("Available", minutes=2)
    station.event("Updated", "tx-2", evse=1, state="Charging", ahead={"minutes": 1})
    assert station.evse().running_transaction is booked(station)


def test_a_queue_that_comes_behind_the_present_does_not_end_it(station: Station201) -> None:
    """Though nothing tells its registers: it says itself that it is late."""
    station.event("Started", evse=1, state="Charging")
    station.event("Started", "tx-0", evse=1, offline=True, ahead={"hours": -1})
    station.event("Ended", "tx-0", offline=True, ahead={"minutes": -30})
    assert station.evse().running_transaction is booked(station)
    assert not booked(station, "tx-0").running


# Without an id


def test_the_meter_of_an_event_without_an_id_is_read(station: Station201) -> None:
    """The register knows nothing of transactions."""
    station.event("Updated", None, evse=1, wh=7000)
    assert station.evse().readings[Quantity.ENERGY] == 7.0
    assert station.evse().transaction is None


# Charging that ends before its transaction (TxStopPoint EVConnected, ParkingBayOccupancy)


@pytest.mark.parametrize(
    ("trigger", "reason"), [("StopAuthorized", "Local"), ("RemoteStop", "Remote"), ("Deauthorized", "DeAuthorized")]
)
@pytest.mark.parametrize("state", ["EVConnected", "SuspendedEVSE"])
def test_a_transaction_that_waits_for_the_cable_is_nobodys(
    station: Station201, trigger: str, reason: str, state: str
) -> None:
    """Whoever has begun it has ended charging: it may be started again, and until then it is not on."""
    station.event("Started", evse=1, state="Charging", token=CARD)
    assert not station.evse().awaits_authorization
    station.event("Updated", state=state, triggerReason=trigger, ahead={"seconds": 1})
    assert (booked(station).running, booked(station).reason) == (True, reason)
    assert station.evse().awaits_authorization
    station.event("Ended", triggerReason="Other", ahead={"seconds": 2})
    assert booked(station).reason == reason


@pytest.mark.parametrize(("trigger", "state"), [("RemoteStart", "EVConnected"), ("ChargingStateChanged", "Charging")])
def test_charging_may_go_on_in_the_same_transaction(station: Station201, trigger: str, state: str) -> None:
    """Somebody has authorized it again; the cable ends it in the end."""
    station.event("Started", evse=1, state="Charging", token=CARD)
    station.event("Updated", state="EVConnected", triggerReason="StopAuthorized", ahead={"seconds": 1})
    station.event("Updated", triggerReason="MeterValuePeriodic", ahead={"seconds": 2})
    assert station.evse().awaits_authorization
    station.event("Updated", state=state, triggerReason=trigger, token=OTHER_CARD, ahead={"seconds": 3})
    assert not station.evse().awaits_authorization
    station.event("Ended", triggerReason="EVCommunicationLost", ahead={"seconds": 4})
    assert booked(station).reason == "EVDisconnected"


def test_a_late_stop_of_what_has_ended_changes_nothing(station: Station201) -> None:
    """It is over already."""
    station.event("Started", evse=1, state="Charging", token=CARD)
    station.event("Ended", info={"stoppedReason": "PowerLoss"}, ahead={"seconds": 2})
    station.event("Updated", triggerReason="StopAuthorized", ahead={"seconds": 1})
    assert booked(station).reason == "PowerLoss"


def test_the_name_of_a_tag_that_comes_after_the_cable_is_noted(station: Station201) -> None:
    """And its group: records are looked for by them."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD", name="Anna", parent="FAMILY")})
    station.event("Started", evse=1, state="EVConnected", triggerReason="CablePluggedIn")
    station.event("Updated", token=CARD, triggerReason="Authorized", ahead={"seconds": 1})
    assert (booked(station).tag_name, booked(station).parent) == ("Anna", "FAMILY")
