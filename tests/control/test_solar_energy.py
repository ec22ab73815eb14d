"""What a session took is sun as far as the surplus covered what all cars drew."""

from datetime import UTC, datetime

import pytest

from custom_components.ocpp_csms.charging.observation import ConnectorConfig, ConnectorObservation
from custom_components.ocpp_csms.control.solar_energy import SolarEnergy
from custom_components.ocpp_csms.csms.booking.transactions import Transaction

CAR = ConnectorObservation(key="one", config=ConnectorConfig(), measured=10.0, phases=3, voltage=230.0)  # 6900 W
IDLE = ConnectorObservation(key="two", config=ConnectorConfig(), measured=None)


def counted(*steps: tuple[float | None, float | None]) -> SolarEnergy:
    """Return what is known after some steps: kWh of the session, W of surplus."""
    solar = SolarEnergy()
    for energy, surplus in steps:
        solar.count(energy, (CAR, IDLE), surplus)
    return solar


@pytest.mark.parametrize(
    ("surplus", "sun", "share"),
    [(6900.0, 1.0, 100), (3450.0, 0.5, 50), (9000.0, 1.0, 100), (-500.0, 0.0, 0), (None, 0.0, 0)],
)
def test_the_surplus_says_how_much_is_sun(surplus: float | None, sun: float, share: int) -> None:
    """Never more than all, never less than nothing; none where nobody knows."""
    solar = counted((2.0, 0.0), (3.0, surplus))
    assert solar.solar == pytest.approx(sun)
    assert solar.share == share


def test_what_was_taken_before_anybody_looked_does_not_count() -> None:
    """Nobody knows what it was."""
    assert counted((5.0, 6900.0)).share is None


def test_a_new_session_begins_with_nothing() -> None:
    """Its energy starts at zero; without a session there is none."""
    assert counted((2.0, 0.0), (3.0, 6900.0), (0.0, 6900.0)).share is None
    assert counted((2.0, 0.0), (3.0, 6900.0), (None, 6900.0)).share is None


def test_energy_that_nobody_was_seen_to_draw_is_no_sun() -> None:
    """The meters of current and energy need not agree."""
    solar = SolarEnergy()
    for energy in (1.0, 2.0):
        solar.count(energy, (IDLE,), 5000.0)
    assert (solar.solar, solar.share) == (0.0, 0)


def test_a_transaction_has_the_sun_that_it_has_taken() -> None:
    """Each of a session its own, over a restart, too; of one that took nothing while the sun was watched nobody knows."""
    first = Transaction("1", 1, datetime(2026, 11, 20, tzinfo=UTC), solar_energy=0.5)
    second = Transaction("2", 1, datetime(2026, 11, 20, tzinfo=UTC))
    solar = SolarEnergy()
    for energy, surplus, transaction in ((2.0, 0.0, first), (3.0, 6900.0, first), (4.0, None, second)):
        solar.count(energy, (CAR, IDLE), surplus, transaction)
    assert (first.solar_energy, second.solar_energy) == (1.5, None)
    solar.count(5.0, (CAR, IDLE), 3450.0, second)
    assert (first.solar_energy, second.solar_energy) == (1.5, 0.5)


@pytest.mark.parametrize(
    ("taken", "age", "sun"),
    [(1.0, 900.0, 1.0), (1.0, 901.0, None), (1.725, 0.0, 1.725), (1.726, 0.0, None)],
)
def test_what_is_told_late_had_another_sun(taken: float, age: float, sun: float | None) -> None:
    """What was taken long ago, and what nobody can have taken just now: a quarter of an hour with 6.9 kW is 1.725 kWh."""
    transaction = Transaction("1", 1, datetime(2026, 11, 20, tzinfo=UTC))
    solar = SolarEnergy()
    solar.count(0.0, (CAR, IDLE), 6900.0, transaction)
    solar.count(taken, (CAR, IDLE), 6900.0, transaction, age)
    assert transaction.solar_energy == sun
    solar.count(taken + 1.0, (CAR, IDLE), 6900.0, transaction)
    assert transaction.solar_energy == (sun or 0.0) + 1.0


def test_what_was_sun_before_a_restart_goes_on() -> None:
    """The transaction has kept it."""
    transaction = Transaction("1", 1, datetime(2026, 11, 20, tzinfo=UTC), energy=4.0, solar_energy=1.0)
    solar = SolarEnergy()
    solar.count(4.0, (CAR, IDLE), 0.0, transaction)
    assert (solar.solar, solar.share) == (1.0, 25)
    solar.count(5.0, (CAR, IDLE), 6900.0, transaction)
    assert (solar.solar, solar.share, transaction.solar_energy) == (2.0, 40, 2.0)
