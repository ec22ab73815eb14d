"""A charge point that refuses, fails or does not follow is not asked the same thing again and again; less current has the least to wait."""

from datetime import UTC, datetime

import pytest

from custom_components.ocpp_csms.charging.modes import Reason
from custom_components.ocpp_csms.charging.observation import ConnectorDecision
from custom_components.ocpp_csms.control.limit_in_force import LimitInForce
from custom_components.ocpp_csms.control.write_gate import WriteGate
from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.model import Connector

NOW = 1_000_000.0
IN_FORCE = LimitInForce(limit=10.0, written_at=NOW - 3600)
STARTED = datetime(2026, 6, 1, tzinfo=UTC)


def passes(gate: WriteGate, amperes: float, after: float, connector: Connector | None = None) -> bool:
    """Whether a limit may be written some seconds from now."""
    decision = ConnectorDecision(key="", current=amperes, phases=3, reason=Reason.FAST)
    return gate.lets_pass(connector or Connector(1), IN_FORCE, decision, NOW + after)


def first_pass(gate: WriteGate, amperes: float, connector: Connector | None = None) -> int | None:
    """Return after how many seconds a limit may be written; None: not within an hour."""
    return next((after for after in range(3600) if passes(gate, amperes, after, connector)), None)


@pytest.mark.parametrize("amperes", [6.0, 16.0])
def test_at_first_every_limit_may_be_written(amperes: float) -> None:
    """Nothing is known against it."""
    assert first_pass(WriteGate(), amperes) == 0


def test_writes_are_a_second_apart() -> None:
    """What is told and what is confirmed may differ for ever."""
    assert first_pass(WriteGate(attempted_at=NOW), 6.0) == 1


@pytest.mark.parametrize(("refusals", "less"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (9, 900)])
def test_what_was_refused_is_tried_again_later_and_less_sooner(refusals: int, less: int) -> None:
    """More waits a quarter of an hour; less a minute at first, twice as long each time."""
    gate = WriteGate()
    for _ in range(refusals):
        gate.refused(NOW)
    assert (first_pass(gate, 16.0), first_pass(gate, 6.0)) == (900, less)
    assert gate.rejects(Connector(1), NOW + 899)
    assert not gate.rejects(Connector(1), NOW + 900)


def test_what_failed_is_tried_again_soon() -> None:
    """It is not known to be refused."""
    gate = WriteGate()
    gate.failed(NOW)
    assert (first_pass(gate, 16.0), first_pass(gate, 6.0)) == (30, 9)
    assert not gate.rejects(Connector(1), NOW)


def test_once_a_limit_was_taken_the_next_refusal_is_the_first() -> None:
    """Less waits a minute again."""
    gate = WriteGate()
    gate.refused(NOW)
    gate.accepted()
    gate.refused(NOW)
    assert first_pass(gate, 6.0) == 60


def test_a_limit_that_is_ignored_is_not_told_again() -> None:
    """Another one seldom, a lower one each minute."""
    ignores = Connector(1, limit_ignored=True)
    gate, in_force = WriteGate(), LimitInForce(limit=10.0, written_at=NOW)
    told = [
        next(
            (
                after
                for after in range(3600)
                if gate.lets_pass(
                    ignores,
                    in_force,
                    ConnectorDecision(key="", current=amperes, phases=3, reason=Reason.FAST),
                    NOW + after,
                )
            ),
            None,
        )
        for amperes in (10.0, 16.0, 6.0)
    ]
    assert told == [None, 900, 60]
    assert gate.rejects(ignores, NOW)


def test_the_user_has_a_while_for_a_limit_of_the_user_s_own() -> None:
    """A mode that is chosen meanwhile begins at once; a fuse never waits."""
    gate = WriteGate()
    gate.hands_off(NOW)
    assert (first_pass(gate, 16.0), first_pass(gate, 6.0)) == (15, 0)
    gate.open()
    assert first_pass(gate, 16.0) == 0


def test_a_transaction_that_starts_ends_all_waiting() -> None:
    """Some charge points take no limit without one; the next refusal counts all the same."""
    gate, connector = WriteGate(), Connector(1)
    gate.refused(NOW)
    connector.transaction = Transaction("7", 1, STARTED)
    gate.notice(connector)
    assert first_pass(gate, 16.0) == 0
    gate.refused(NOW)
    gate.notice(connector)
    assert first_pass(gate, 16.0) == 900
