"""TC_032, TC_037, TC_039: what a charge point tells after it had no power, or no connection."""

from datetime import UTC, datetime

from tests.conformance.checked_station import moment
from tests.conformance.house import CARD, STRANGER, House

from .station import Station

HOURS = 4  # ago


async def test_tc_032_1_a_power_failure_stops_the_transaction(house: House, charger: Station) -> None:
    """The StopTransaction comes after the boot; the transaction has ended then, for that reason."""
    transaction_id = await charger.charge()
    await house.shows("switch.CP1_1_charge", "on")
    await charger.drop()
    await house.shows("binary_sensor.CP1_0_connected", "off")
    await charger.connect()
    assert (await charger.boot())["status"] == "Accepted"
    await charger.report(0, "Available")
    await charger.report(1, "Finishing")
    await charger.end(transaction_id, "PowerLoss")
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["reason"]) == (str(transaction_id), "PowerLoss")
    await house.shows("switch.CP1_1_charge", "off")


async def test_tc_037_1_a_transaction_that_was_started_offline(house: House, charger: Station) -> None:
    """Its start of four hours ago is taken for what it is; it runs."""
    started = moment(hours=HOURS)
    await charger.charge_unasked(timestamp=started)
    await house.shows("switch.CP1_1_charge", "on")
    shown = await house.until("sensor.CP1_1_session_start", lambda shown: shown.state != "unknown")
    assert datetime.fromisoformat(shown.state).astimezone(UTC) == datetime.fromisoformat(started)


async def test_tc_037_3_an_offline_start_with_an_invalid_card_is_booked_all_the_same(
    house: House, charger: Station
) -> None:
    """It gets an id and the verdict; the charge point stops it, and that is accepted."""
    answer = await charger.begin(STRANGER, timestamp=moment(hours=HOURS))
    assert answer["idTagInfo"]["status"] == "Invalid"
    await charger.report(1, "Charging")
    await charger.end(answer["transactionId"], "DeAuthorized", idTag=STRANGER)
    await charger.report(1, "Finishing")
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["reason"], event["energy"]) == ("DeAuthorized", 2.5)


async def test_tc_039_a_whole_transaction_was_offline(house: House, charger: Station) -> None:
    """Start and stop come together and late; both are accepted, and the energy is booked."""
    answer = await charger.begin(timestamp=moment(hours=HOURS))
    assert answer["idTagInfo"]["status"] == "Accepted"
    stop = await charger.end(answer["transactionId"], timestamp=moment(hours=HOURS - 1), idTag=CARD)
    assert stop["idTagInfo"]["status"] == "Accepted"
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["energy"]) == (str(answer["transactionId"]), 2.5)
    await house.shows("switch.CP1_1_charge", "off")
    await house.shows("sensor.CP1_1_energy", "3.5")
