"""TransactionEvent: what is booked, whatever its order, and what is answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.cost_messages import CostNow
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Quantity
from tests.csms.v2.station import CARD, OTHER_CARD, Station201


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


# ID tokens


def test_a_presented_token_is_judged(station: Station201) -> None:
    """And told."""
    assert station.send("Authorize", {"idToken": CARD}) == {"idTokenInfo": {"status": "Accepted"}}
    assert station.kinds("id_tag_presented") == ["accepted"]


def test_the_answer_tells_group_and_expiry(station: Station201) -> None:
    """In the words of 2.x."""
    expiry = datetime(2030, 1, 1, tzinfo=UTC)
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD", expiry=expiry, parent="FAMILY")})
    assert station.send("Authorize", {"idToken": CARD})["idTokenInfo"] == {
        "status": "Accepted",
        "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
        "cacheExpiryDateTime": "2030-01-01T00:00:00Z",
    }


def test_who_needs_no_authorization_has_it(station: Station201) -> None:
    """A start button, with whatever policy."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    answer = station.event("Started", evse=1, token={"idToken": "", "type": "NoAuthorization"})
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None


def test_a_bare_text_is_a_token(station: Station201) -> None:
    """Its type does not matter."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD")})
    assert station.send("Authorize", {"idToken": "CARD"})["idTokenInfo"]["status"] == "Accepted"


def test_no_answer_has_an_id_token_info_unless_a_token_was_sent(station: Station201) -> None:
    """At none of the three events."""
    assert [station.event(kind, evse=1) for kind in ("Started", "Updated", "Ended")] == [{}, {}, {}]


@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
def test_every_event_with_a_token_has_a_verdict(station: Station201, kind: str) -> None:
    """Also that of a transaction that cannot be told."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    assert station.event(kind, evse=1, token=CARD)["idTokenInfo"]["status"] == "Invalid"
    assert station.event(kind, None, token=CARD)["idTokenInfo"]["status"] == "Invalid"


def test_a_token_after_the_start_tells_whose_transaction_it_is(station: Station201) -> None:
    """The cable came first; another card that only stops changes nothing."""
    station.event("Started", evse=1)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None
    station.event("Updated", token=CARD)
    station.event("Updated", token=OTHER_CARD)
    assert transaction.id_tag == "CARD"


def test_a_refused_token_is_not_taken_for_the_owner(station: Station201) -> None:
    """Nobody charges with it."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    station.event("Started", evse=1)
    station.event("Updated", token=CARD)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None


def test_a_token_at_the_end_is_judged(station: Station201) -> None:
    """The end counts whatever it is worth."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD")})
    station.event("Started", evse=1, token=CARD)
    answer = station.event("Ended", token=OTHER_CARD, triggerReason="StopAuthorized", ahead={"seconds": 1})
    assert answer == {"idTokenInfo": {"status": "Invalid"}}
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.running, transaction.reason) == (False, "Local")


def test_a_tag_that_may_charge_once_at_a_time_is_told_so(station: Station201) -> None:
    """At the second start."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD", concurrent=1)})
    assert station.event("Started", evse=1, token=CARD)["idTokenInfo"]["status"] == "Accepted"
    assert station.event("Started", "tx-2", evse=2, token=CARD)["idTokenInfo"]["status"] == "ConcurrentTx"


def test_a_token_that_comes_after_the_cable_is_told(station: Station201) -> None:
    """As one that starts a transaction; a second time it is not."""
    station.event("Started", evse=1, state="EVConnected", triggerReason="CablePluggedIn")
    assert station.kinds("id_tag_presented") == []
    station.event("Updated", token=CARD, triggerReason="Authorized", ahead={"seconds": 1})
    station.event("Updated", token=CARD, ahead={"seconds": 2})
    assert station.kinds("id_tag_presented") == ["accepted"]


def test_a_remote_start_authorizes_a_transaction_that_the_cable_has_begun(station: Station201) -> None:
    """Not the cable has used it, but the token that followed."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    remote_starts = station.charge_point.verdicts.remote_starts
    remote_starts.announce(1, "GUEST", station.clock())
    station.event("Started", evse=1, state="EVConnected", triggerReason="CablePluggedIn")
    guest = {"idToken": "GUEST", "type": "Central"}
    answer = station.event("Updated", token=guest, info={"remoteStartId": 5}, triggerReason="RemoteStart")
    assert answer["idTokenInfo"]["status"] == "Accepted"
    station.clock.advance(minutes=10)
    assert station.event("Updated", token=guest)["idTokenInfo"]["status"] == "Accepted"
    assert station.event("Updated", token=CARD)["idTokenInfo"]["status"] == "Invalid"


# A tag that may no longer charge


@pytest.mark.parametrize(("tags", "status"), [({"CARD": IdTag("CARD", allowed=False)}, "Blocked"), ({}, "Invalid")])
def test_a_tag_that_is_blocked_or_removed_meanwhile_is_told_of(
    station: Station201, tags: dict[str, IdTag], status: str
) -> None:
    """With the next answer, once, though no token was sent."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD")})
    station.event("Started", evse=1, token=CARD)
    assert station.event("Updated", ahead={"seconds": 1}) == {}
    station.authorization = Authorization(Policy.LISTED_ONLY, tags)
    assert station.event("Updated", ahead={"seconds": 2}) == {"idTokenInfo": {"status": status}}
    assert station.event("Updated", ahead={"seconds": 3}) == {}


def test_a_tag_that_expires_meanwhile_may_finish(station: Station201) -> None:
    """So it is with 1.6."""
    expiry = station.clock().replace(hour=13)
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD", expiry=expiry)})
    station.event("Started", evse=1, token=CARD)
    station.clock.advance(hours=2)
    station.reconnect()
    assert station.event("Updated") == {}


def test_our_own_start_is_not_revoked(station: Station201) -> None:
    """Nobody has to enter that tag."""
    station.authorization = Authorization(Policy.LISTED_ONLY)
    station.event("Started", evse=1, token={"idToken": "HomeAssistant", "type": "Central"})
    station.authorization = Authorization(Policy.LISTED_ONLY, {"CARD": IdTag("CARD")})
    assert station.event("Updated") == {}


# Costs


class Tariff:
    """A price of 0.30 per kWh, and how often it was asked for; `known` is whether it is known."""

    def __init__(self) -> None:
        """Begin to count."""
        self.asked = 0
        self.known = True

    def __call__(self, _identity: str, transaction: Transaction | None) -> CostNow | None:
        """Return what a transaction costs."""
        self.asked += 1
        cost = None if transaction is None or not self.known else round(transaction.energy * 0.3, 4)
        return CostNow(currency="EUR", price=0.3, cost=cost)


def test_the_end_tells_what_it_has_cost() -> None:
    """All that it has taken."""
    station = Station201(costs=Tariff())
    station.event("Started", evse=1, wh=1000)
    assert station.event("Ended", wh=3000, ahead={"minutes": 20}) == {"totalCost": pytest.approx(0.6)}


def test_an_end_without_a_known_price_tells_no_cost() -> None:
    """Nothing is guessed."""
    tariff = Tariff()
    tariff.known = False
    station = Station201(costs=tariff)
    station.event("Started", evse=1, wh=1000)
    assert station.event("Ended", wh=3000, ahead={"minutes": 20}) == {}


def test_the_running_cost_is_told_once_a_minute() -> None:
    """Each event may be answered with it, and there are many."""
    tariff = Tariff()
    station = Station201(costs=tariff)
    answers = [station.event("Started", evse=1, wh=1000)]
    for _ in range(10):
        station.clock.advance(seconds=15)
        answers.append(station.event("Updated", wh=1000))
    assert [answer.get("totalCost") for answer in answers].count(0.0) == 3
    assert tariff.asked == 3


def test_the_end_of_an_unknown_transaction_costs_nothing() -> None:
    """Nobody knows what it has taken."""
    station = Station201(costs=Tariff())
    assert station.event("Ended", evse=1, wh=3000) == {}


def test_transactions_without_end_are_not_all_remembered(station: Station201) -> None:
    """A station may invent them; what is known of those that are left out is found out anew."""
    for number in range(300):
        station.event("Started", str(number), evse=1, ahead={"seconds": number / 10})
    assert station.event("Updated", "0") == {}


# Registers


def read_for(context: str, wh: float, *, minutes: float = 0, station: Station201) -> dict[str, Any]:
    """Return a meter value that was read for a purpose."""
    return {"timestamp": station.time(minutes=minutes), "sampledValue": [{"value": wh, "context": context}]}


def test_the_meter_start_is_what_was_read_for_it(station: Station201) -> None:
    """Whatever stands before it."""
    values = [read_for("Sample.Periodic", 999, station=station), read_for("Transaction.Begin", 1000, station=station)]
    station.event("Started", evse=1, meterValue=values)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.meter_start == 1.0


def test_the_end_may_tell_all_registers(station: Station201) -> None:
    """A station that tells nothing meanwhile."""
    station.event("Started", evse=1)
    station.clock.advance(minutes=30)
    values = [
        read_for("Transaction.Begin", 1000, minutes=-30, station=station),
        read_for("Sample.Periodic", 2000, minutes=-15, station=station),
        read_for("Transaction.End", 3000, station=station),
    ]
    station.event("Ended", meterValue=values)
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.meter_start, transaction.meter_stop) == (1.0, 3.0)
    assert transaction.energy == pytest.approx(2.0)
    assert transaction.repairs == ()


def test_signed_values_are_read_beside_their_signature(station: Station201) -> None:
    """The number is not signed, its text is."""
    signature = {"signedMeterData": "…", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""}
    station.event("Started", evse=1, wh=1000)
    value = {"value": 1500, "signedMeterValue": signature}
    values = [{"timestamp": station.time(minutes=10), "sampledValue": [value]}]
    station.clock.advance(minutes=10)
    station.event("Updated", meterValue=values)
    assert station.charge_point.violations.count == 0
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.energy == pytest.approx(0.5)


# Why it has ended


@pytest.mark.parametrize(
    ("trigger", "said", "reason"),
    [
        ("StopAuthorized", None, "Local"),
        ("RemoteStop", None, "Remote"),
        ("EVDeparted", None, "EVDisconnected"),
        ("EVCommunicationLost", "Other", "Other"),
        ("Deauthorized", None, "DeAuthorized"),
        ("UnlockCommand", None, "UnlockCommand"),
        ("MeterValuePeriodic", None, None),
        ("StopAuthorized", "MasterPass", "MasterPass"),
    ],
)
def test_an_end_has_a_reason(station: Station201, trigger: str, said: str | None, reason: str | None) -> None:
    """The one that it names, else what has triggered it."""
    station.event("Started", evse=1)
    info = {} if said is None else {"stoppedReason": said}
    station.event("Ended", info=info, triggerReason=trigger, ahead={"seconds": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.reason == reason


# Told late


def test_what_happened_offline_is_marked(station: Station201) -> None:
    """As the station says."""
    station.event("Started", evse=1, offline=True, ahead={"minutes": -30})
    station.event("Started", "tx-2", evse=2, ahead={"minutes": -30})
    station.event("Ended", "tx-2", offline=True, ahead={"minutes": -20})
    marks = [transaction.offline for number in (1, 2) if (transaction := station.evse(number).transaction)]
    assert marks == [True, True]


def test_what_is_told_at_once_is_not_marked(station: Station201) -> None:
    """Though it says that it is not offline."""
    station.event("Started", evse=1, offline=False)
    station.event("Ended", ahead={"seconds": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert not transaction.offline


# Transactions


def test_a_transaction_runs_from_start_to_end(station: Station201) -> None:
    """With its own id, its energies and its reason."""
    station.event("Started", evse=2, wh=410_000, token=CARD, reservationId=7)
    station.event("Updated", wh=411_500, ahead={"minutes": 1})
    station.event("Ended", wh=413_100, info={"stoppedReason": "Remote"}, ahead={"minutes": 2})
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.id_tag, transaction.reservation) == ("tx-1", "CARD", 7)
    assert (transaction.meter_start, transaction.meter_stop) == (410.0, 413.1)
    assert transaction.energy == pytest.approx(3.1)
    assert (transaction.running, transaction.reason, transaction.adopted) == (False, "Remote", False)
    assert station.kinds("transaction") == ["started", "stopped"]


def test_the_other_values_of_a_start_are_shown(station: Station201) -> None:
    """Its register is the meter start, and taken once."""
    sampled = [
        {"value": 410_000, "context": "Transaction.Begin"},
        {"value": 231.5, "measurand": "Voltage", "context": "Transaction.Begin"},
    ]
    station.event("Started", evse=1, meterValue=[{"timestamp": station.time(), "sampledValue": sampled}])
    assert station.evse().readings == {Quantity.ENERGY: 410.0, Quantity.VOLTAGE: 231.5, Quantity.POWER: 0.0}


def test_a_start_may_tell_the_register_of_the_last_session(station: Station201) -> None:
    """A station that counts by session starts afresh with the first value after the start."""
    for number, (begin, then, end) in enumerate([(0, 1000, 2000), (0, 1000, 2000), (2000, 300, 900)]):
        station.event("Started", number, evse=1, wh=begin)
        station.clock.advance(minutes=5)
        station.event("Updated", number, wh=then)
        station.clock.advance(minutes=5)
        station.event("Ended", number, wh=end)
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.energy == pytest.approx(0.9)


def test_a_repeated_start_is_the_same_transaction(station: Station201) -> None:
    """Running or ended."""
    station.event("Started", evse=1, state="Charging")
    station.event("Started", evse=1)
    station.event("Ended", ahead={"seconds": 1})
    station.event("Started", evse=1, ahead={"seconds": 2})
    transaction = station.evse().transaction
    assert transaction is not None
    assert not transaction.running
    assert station.kinds("transaction") == ["started", "stopped"]
    assert station.evse().status is ConnectorStatus.FINISHING


def test_the_next_transaction_ends_the_one_before(station: Station201) -> None:
    """An EVSE has one at a time; a late event of the older one does not open it again."""
    station.event("Started", evse=1)
    station.event("Started", "tx-2", evse=1, state="Charging", ahead={"seconds": 1})
    station.event("Updated", "tx-1", state="SuspendedEV", ahead={"seconds": 2})
    station.event("Ended", "tx-1", ahead={"seconds": 3})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.running) == ("tx-2", True)
    assert station.evse().status is ConnectorStatus.CHARGING


def test_the_end_of_an_unknown_transaction_touches_nothing(station: Station201) -> None:
    """Another one may be running there."""
    station.event("Started", evse=1, state="Charging")
    station.event("Ended", "tx-0", evse=1, wh=5000, ahead={"seconds": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.running) == ("tx-1", True)
    assert station.evse().readings == {}


def test_an_unknown_kind_of_event_is_no_start_and_no_end(station: Station201) -> None:
    """What it tells is taken all the same."""
    station.event("Started", evse=1, wh=1000)
    station.event("Interrupted", wh=1200, ahead={"minutes": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.running
    assert transaction.energy == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(7714092, "7714092"), (True, "true"), ([1, 2], "[1, 2]"), (1.5, "1.5"), (" a ", "a"), ("x" * 5000, "x" * 255)],
)
def test_an_id_of_any_type_is_a_text(station: Station201, sent: Any, kept: str) -> None:
    """And found again."""
    station.event("Started", sent, evse=1)
    station.event("Ended", sent, ahead={"seconds": 1})
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.transaction_id, transaction.running) == (kept, False)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_an_event_without_an_id_is_answered_and_counted(station: Station201, nothing: Any) -> None:
    """No transaction is made up."""
    assert station.event("Started", nothing, evse=1) == {}
    assert station.charge_point.violations.count >= 1
    assert list(station.charge_point.connectors) == [0]


def test_an_evse_that_cannot_be_is_none(station: Station201) -> None:
    """The event is answered and counted."""
    assert station.event("Started", evse=101) == {}
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"


def test_an_event_that_names_no_evse_is_about_the_one_without_a_transaction(station: Station201) -> None:
    """Of two, one is charging already."""
    station.event("Started", evse=1)
    station.status("Available", evse=2)
    station.event("Updated", "tx-2", state="Charging")
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert transaction.transaction_id == "tx-2"


def test_an_event_of_which_no_evse_can_be_told_is_answered_and_counted(station: Station201) -> None:
    """Two are free."""
    station.status("Available", evse=1)
    station.status("Available", evse=2)
    assert station.event("Updated", state="Charging") == {}
    assert [station.evse(number).transaction for number in (1, 2)] == [None, None]
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"


def test_a_transaction_goes_on_after_a_reconnect(station: Station201) -> None:
    """Its events need not name the EVSE again."""
    station.event("Started", evse=2, wh=1000)
    station.reconnect()
    station.event("Updated", wh=1500, state="Charging", ahead={"minutes": 1})
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert transaction.energy == pytest.approx(0.5)
    assert station.evse(2).status is ConnectorStatus.CHARGING


# Any order


@given(
    gains=st.lists(st.integers(0, 900), min_size=1, max_size=12),
    doubled=st.sets(st.integers(0, 13)),
    swapped=st.sets(st.integers(1, 11)),
    always_named=st.booleans(),
    counted=st.booleans(),
)
@settings(deadline=None)
def test_the_energy_is_what_the_registers_say(
    gains: list[int], doubled: set[int], swapped: set[int], always_named: bool, counted: bool
) -> None:
    """Whatever comes twice or late, whether events name their EVSE, and whether the station counts them."""
    station = Station201()
    registers = [100_000 + sum(gains[:index]) for index in range(len(gains) + 1)]
    kinds = ["Started", *["Updated"] * (len(registers) - 2), "Ended"]
    order = list(range(len(registers)))
    for index in swapped:  # neither the start nor the end
        if index + 2 < len(order):
            order[index], order[index + 1] = order[index + 1], order[index]
    start = station.clock()
    for index in order:
        station.clock.now = start + timedelta(minutes=5 * index)
        evse = 2 if always_named or index == 0 else None
        for _ in range(1 + (index in doubled)):
            station.event(kinds[index], wh=registers[index], seqNo=index if counted else 0, evse=evse)
    transaction = station.evse(2).transaction
    assert transaction is not None
    assert not transaction.running
    assert transaction.energy == pytest.approx(sum(gains) / 1000)
    assert station.kinds("transaction") == ["started", "stopped"]
