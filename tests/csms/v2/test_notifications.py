"""Limits of others, what a car needs, and reservations that the station ends."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.model import ExternalLimit, Quantity
from custom_components.ocpp_csms.csms.reservations import ReservationStatus
from tests.csms.v2.station import Station201

SCHEDULE = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]}
LIMIT = {"chargingLimit": {"chargingLimitSource": "EMS", "isGridCritical": True}, "chargingSchedule": [SCHEDULE]}


@pytest.fixture
def station() -> Station201:
    """A station that has said nothing yet."""
    return Station201()


# Limits of others


def test_an_external_limit_is_known(station: Station201) -> None:
    """Whose it is, and what holds first."""
    assert station.send("NotifyChargingLimit", LIMIT | {"evseId": 1}) == {}
    assert station.evse().external_limit == ExternalLimit(source="EMS", limit=10.0, unit="A", grid_critical=True)


def test_a_listener_hears_of_an_external_limit(station: Station201) -> None:
    """Once, if it says the same again."""
    heard: list[None] = []
    station.charge_point.listen(0, ("external_limit",), lambda: heard.append(None))
    station.send("NotifyChargingLimit", LIMIT)
    station.send("NotifyChargingLimit", LIMIT)
    assert len(heard) == 1


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        [],
        "soon",
        [{}],
        [SCHEDULE | {"chargingSchedulePeriod": [{"limit": "ten"}]}],
        [SCHEDULE | {"chargingRateUnit": "hp"}],
    ],
)
def test_an_external_limit_may_say_nothing_of_how_much(station: Station201, schedule: Any) -> None:
    """That there is one is known."""
    station.send("NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "SO"}, "chargingSchedule": schedule})
    assert station.evse(0).external_limit == ExternalLimit(source="SO")


def test_an_external_limit_ends(station: Station201) -> None:
    """That of the same source; without an EVSE everywhere."""
    station.send("NotifyChargingLimit", LIMIT | {"evseId": 1})
    station.send("NotifyChargingLimit", LIMIT)
    station.send("ClearedChargingLimit", {"chargingLimitSource": "SO"})
    assert station.evse().external_limit is not None
    station.send("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 1})
    assert (station.evse(0).external_limit is None, station.evse().external_limit) == (False, None)
    station.send("ClearedChargingLimit", {"chargingLimitSource": "EMS"})
    assert station.evse(0).external_limit is None


def test_a_restart_ends_external_limits(station: Station201) -> None:
    """The station tells of those that hold."""
    station.send("NotifyChargingLimit", LIMIT | {"evseId": 1})
    station.send("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "S", "model": "T"}})
    assert station.evse().external_limit is None


@pytest.mark.parametrize("action", ["NotifyChargingLimit", "ClearedChargingLimit", "NotifyEVChargingNeeds"])
def test_what_is_about_no_evse_is_counted(station: Station201, action: str) -> None:
    """It changes nothing."""
    station.send(action, LIMIT | {"evseId": 500, "chargingNeeds": {}})
    assert station.charge_point.violations.latest[-1].problem == "no such EVSE"
    assert list(station.charge_point.connectors) == [0]


# Cars


def test_the_needs_of_a_car_are_told(station: Station201) -> None:
    """In the words of events; what was not said is left out."""
    needs = {
        "requestedEnergyTransfer": "AC_three_phase",
        "departureTime": "2026-11-20T18:00:00Z",
        "acChargingParameters": {"energyAmount": 20000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400},
    }
    station.send("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
    (event,) = station.events
    assert (event.kind, event.connector) == ("charging_needs", 1)
    assert event.data == {
        "energy_transfer": "AC_three_phase",
        "departure": "2026-11-20T18:00:00Z",
        "energy": 20000.0,
        "minimum_current": 6.0,
        "maximum_current": 16.0,
    }


def test_the_state_of_charge_is_a_reading(station: Station201) -> None:
    """The car itself has told."""
    needs = {
        "requestedEnergyTransfer": "DC",
        "dcChargingParameters": {"evMaxCurrent": 200, "evMaxVoltage": 800, "stateOfCharge": 61},
    }
    station.send("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
    assert station.evse().readings[Quantity.SOC] == 61.0


@pytest.mark.parametrize("soc", [101, -1, "full", True, None])
def test_a_state_of_charge_that_cannot_be_is_none(station: Station201, soc: Any) -> None:
    """No reading comes of it."""
    needs = {"dcChargingParameters": {"stateOfCharge": soc}}
    station.send("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
    assert 1 not in station.charge_point.connectors


# Reservations


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ("Expired", ReservationStatus.EXPIRED),
        ("Removed", ReservationStatus.DROPPED),
        ("NoTransaction", ReservationStatus.DROPPED),
    ],
)
def test_a_reservation_ends(station: Station201, said: str, ended: ReservationStatus) -> None:
    """As the station says."""
    book, now = station.charge_point.reserving.book, station.clock()
    item = book.announce(1, "CARD", None, expiry=now + timedelta(hours=1), now=now)
    book.accepted(item.reservation_id)
    payload = {"reservationId": item.reservation_id, "reservationUpdateStatus": said}
    assert station.send("ReservationStatusUpdate", payload) == {}
    assert book.all()[0].status is ended


def test_an_unknown_reservation_ends_unnoticed(station: Station201) -> None:
    """It was another's."""
    assert station.send("ReservationStatusUpdate", {"reservationId": 5, "reservationUpdateStatus": "Expired"}) == {}
    assert station.charge_point.violations.count == 0


@pytest.mark.parametrize("wrong", [{"reservationId": None}, {"reservationUpdateStatus": "Lost"}])
def test_a_reservation_that_cannot_be_is_counted(station: Station201, wrong: dict[str, Any]) -> None:
    """And answered."""
    payload = {"reservationId": 5, "reservationUpdateStatus": "Expired"} | wrong
    assert station.send("ReservationStatusUpdate", payload) == {}
    assert station.charge_point.violations.count >= 1
