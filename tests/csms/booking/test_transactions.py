"""The record of a charge: what is kept of it comes back, and what says nothing takes no room."""

from datetime import UTC, datetime
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.booking.transactions import Repair, Session, Transaction
from tests.csms.central import NOON

TIMES = st.datetimes(datetime(2015, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
NUMBERS = st.none() | st.floats(0, 1e6)
TEXTS = st.none() | st.text(max_size=40)


@given(
    st.builds(
        Transaction,
        transaction_id=st.text(min_size=1, max_size=36),
        connector=st.integers(0, 100),
        started=TIMES,
        session=st.text(min_size=1, max_size=36),
        id_tag=TEXTS,
        stopped=st.none() | TIMES,
        energy=st.floats(0, 1e6),
        meter_start=NUMBERS,
        meter_stop=NUMBERS,
        intervals=st.dictionaries(st.integers(0, 10**7), st.floats(0, 100), max_size=5),
        repairs=st.lists(st.sampled_from([repair.value for repair in Repair]), unique=True).map(tuple),
        offline=st.booleans(),
        samples=st.integers(0, 10**6),
    )
)
def test_a_record_comes_back_as_it_was(transaction: Transaction) -> None:
    """Through JSON."""
    assert Transaction.from_dict(json.loads(json.dumps(transaction.as_dict()))) == transaction


def test_what_says_nothing_is_not_kept() -> None:
    """Ten years of records are read at once."""
    kept = Transaction("7", 1, NOON).as_dict()
    assert kept == {"transaction_id": "7", "connector": 1, "started": NOON.isoformat()}


@pytest.mark.parametrize("stored", [{}, {"transaction_id": "7", "connector": 1, "started": "yesterday"}])
def test_what_is_no_record_is_refused(stored: dict[str, object]) -> None:
    """Whoever reads it decides what becomes of the rest."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        Transaction.from_dict(stored)


def test_a_repair_is_noted_once_and_can_be_taken_back() -> None:
    """As when a stop is told after all."""
    transaction = Transaction("7", 1, NOON)
    transaction.repaired(Repair.END_INFERRED)
    transaction.repaired(Repair.END_INFERRED)
    assert transaction.repairs == ("end_inferred",)
    transaction.forgive(Repair.END_INFERRED)
    assert not transaction.repairs


def test_a_session_without_a_seen_cable_begins_with_its_first_transaction() -> None:
    """And one without either has not begun that anybody knows."""
    assert Session().started is None
    assert Session(transactions=[Transaction("7", 1, NOON)]).started == NOON
