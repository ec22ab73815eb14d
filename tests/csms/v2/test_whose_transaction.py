"""Whose transaction it is that has begun without a token: the remote start that it names tells, or the token that comes later."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from tests.csms.v2.station import CARD, OTHER_CARD, Station201


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


@pytest.mark.parametrize("began", [None, "CablePluggedIn"])
def test_a_remote_start_is_known_by_its_number(station: Station201, began: str | None) -> None:
    """Who names it need not send the token: it is noted whose transaction it is, now or once it is named."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"GUEST": IdTag("GUEST", name="Guest")})
    station.charge_point.verdicts.remote_starts.announce(1, "GUEST", station.clock(), 5)
    if began is not None:
        station.event("Started", evse=1, triggerReason=began)
    info = {"remoteStartId": 5}
    kind = "Started" if began is None else "Updated"
    assert station.event(kind, evse=1, info=info, triggerReason="RemoteStart") == {}
    transaction = station.evse().transaction
    assert transaction is not None
    assert (transaction.id_tag, transaction.tag_name) == ("GUEST", "Guest")
    assert station.event("Updated", info=info, token=OTHER_CARD)["idTokenInfo"]["status"] == "Invalid"
    assert transaction.id_tag == "GUEST"
    assert station.kinds("id_tag_presented") == []


def test_a_remote_start_that_comes_late_is_judged_anew(station: Station201) -> None:
    """Its tag has been blocked meanwhile: the answer tells so though no token was sent."""
    station.authorization = Authorization(Policy.LISTED_ONLY, {"GUEST": IdTag("GUEST", allowed=False)})
    station.charge_point.verdicts.remote_starts.announce(1, "GUEST", station.clock(), 5)
    station.clock.advance(minutes=10)
    answer = station.event("Started", evse=1, info={"remoteStartId": 5}, triggerReason="RemoteStart")
    assert answer["idTokenInfo"]["status"] == "Blocked"


def test_a_remote_start_that_nobody_has_ordered_is_passed_over(station: Station201) -> None:
    """The number may be anything."""
    for number in (6, 0, "5", None):
        assert station.event("Updated", evse=1, info={"remoteStartId": number}, triggerReason="RemoteStart") == {}
    transaction = station.evse().transaction
    assert transaction is not None
    assert transaction.id_tag is None


@pytest.mark.parametrize(
    ("token", "named", "used"),
    [(CARD, True, True), (CARD, False, True), (OTHER_CARD, True, True), (OTHER_CARD, False, False)],
)
def test_a_reservation_is_used_by_the_token_that_comes_after_the_cable(
    station: Station201, token: dict[str, str], *, named: bool, used: bool
) -> None:
    """It is named, or is for that token; the cable alone uses none."""
    book, now = station.charge_point.reserving.book, station.clock()
    number = book.announce(1, "CARD", None, expiry=now + timedelta(hours=1), now=now).reservation_id
    book.accepted(number)
    station.event("Started", evse=1, state="EVConnected", triggerReason="CablePluggedIn")
    assert book.active_on(1) is not None
    fields: dict[str, Any] = {"reservationId": number} if named else {}
    station.event("Updated", token=token, triggerReason="Authorized", ahead={"seconds": 1}, **fields)
    transaction = station.evse().transaction
    assert transaction is not None
    assert (book.active_on(1) is None, transaction.reservation) == (used, number if used else None)
