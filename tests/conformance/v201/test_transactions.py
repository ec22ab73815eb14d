"""TC_E_01 to TC_E_26, TC_E_38, TC_E_39, TC_E_53: every point at which a transaction can start or stop."""

from tests.conformance.house import CARD, STRANGER, House

from .station import Station, meter_value
from .transaction import Transaction


async def is_running(house: House, transaction: Transaction, status: str = "charging") -> None:
    """Wait until the transaction is shown as running."""
    event = await house.tells("event.CP1_1_transaction", "started")
    assert event["transaction_id"] == transaction.id
    await house.shows("switch.CP1_1_charge", "on")
    await house.shows("sensor.CP1_1_status", status)


async def has_stopped(house: House, transaction: Transaction, reason: str) -> None:
    """Wait until the transaction is shown as stopped for a reason."""
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["reason"]) == (transaction.id, reason)
    await house.shows("switch.CP1_1_charge", "off")


# Start points


async def test_tc_e_01_it_starts_when_the_power_path_is_closed(house: House, charger: Station) -> None:
    """The first event comes when card and car are there, and is offered no energy yet."""
    transaction = Transaction(charger)
    await transaction.present()
    await transaction.occupy()
    await transaction.accepted("ChargingStateChanged", "SuspendedEVSE", at_evse=True)
    await is_running(house, transaction, "suspended_evse")
    await transaction.event("ChargingStateChanged", "Charging")
    await house.shows("sensor.CP1_1_status", "charging")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_e_02_it_starts_when_energy_flows(house: House, charger: Station) -> None:
    """The first event is the charging itself."""
    transaction = Transaction(charger)
    await transaction.present()
    await transaction.occupy()
    await transaction.accepted("ChargingStateChanged", "Charging", at_evse=True)
    await is_running(house, transaction)
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_e_03_plugged_in_first(house: House, charger: Station) -> None:
    """Car, card, energy."""
    transaction = await Transaction(charger).plug_in()
    await house.shows("binary_sensor.CP1_1_plugged_in", "on")
    await transaction.authorize()
    await transaction.charge()
    await is_running(house, transaction)
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_e_04_authorized_first(house: House, charger: Station) -> None:
    """Card, car, energy: which EVSE it is is told with the car."""
    transaction = await Transaction(charger).authorize()
    await transaction.charge()
    await is_running(house, transaction)
    await house.shows("binary_sensor.CP1_1_plugged_in", "on")
    await house.shows("sensor.CP1_1_id_tag", "Anna's card")


async def test_tc_e_09_it_starts_when_the_car_is_connected(house: House, charger: Station) -> None:
    """Nobody has presented a card yet: that nothing charges is shown as well."""
    transaction = await Transaction(charger).plug_in()
    event = await house.tells("event.CP1_1_transaction", "started")
    assert event["transaction_id"] == transaction.id
    await house.shows("sensor.CP1_1_status", "preparing")
    await house.shows("switch.CP1_1_charge", "off")
    await house.shows("binary_sensor.CP1_1_plugged_in", "on")


async def test_tc_e_10_it_starts_when_a_token_is_authorized(house: House, charger: Station) -> None:
    """No car is there yet."""
    transaction = await Transaction(charger).authorize()
    event = await house.tells("event.CP1_1_transaction", "started")
    assert event["transaction_id"] == transaction.id
    await house.shows("binary_sensor.CP1_1_plugged_in", "off")


async def test_tc_e_11_it_starts_with_a_signed_meter_value(house: House, charger: Station) -> None:
    """What is signed is not read, but taken; the plain value beside it is the start."""
    transaction = Transaction(charger)
    await transaction.present()
    await transaction.occupy()
    signed = {
        "signedMeterData": "VGhlIG1ldGVyIHNheXMgMC4=",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "TWV0ZXI=",
    }
    value = meter_value(0.0, "Transaction.Begin", signedMeterValue=signed)
    await transaction.accepted("SignedDataReceived", at_evse=True, meterValue=[value])
    await transaction.event("ChargingStateChanged", "Charging")
    await is_running(house, transaction)


async def test_tc_e_12_it_starts_when_the_parking_bay_is_occupied(house: House, charger: Station) -> None:
    """Neither card nor car is known, nor the EVSE: of a station with one it is that."""
    transaction = Transaction(charger)
    assert await transaction.event("EVDetected") == {}
    event = await house.tells("event.CP1_1_transaction", "started")
    assert event["transaction_id"] == transaction.id
    await house.shows("binary_sensor.CP1_1_plugged_in", "off")


async def test_tc_e_38_the_car_is_not_ready(house: House, charger: Station) -> None:
    """It is connected and takes nothing yet."""
    transaction = await Transaction(charger).authorize()
    await transaction.plug_in()
    await transaction.event("ChargingStateChanged", "SuspendedEV")
    await is_running(house, transaction, "suspended_ev")


async def test_tc_e_53_sequence_numbers_begin_with_0_again(house: House, charger: Station) -> None:
    """Each transaction counts its own: the second is as good as the first."""
    for _ in range(2):
        transaction = Transaction(charger)
        await transaction.charge()
        await is_running(house, transaction)
        await transaction.finish()
        await has_stopped(house, transaction, "EVDisconnected")


# Stop points


async def test_tc_e_07_it_stops_when_the_power_path_is_opened(house: House, charger: Station) -> None:
    """By a card; the car is still there."""
    await _is_stopped_by_a_card(house, charger)


async def test_tc_e_15_it_stops_when_a_token_stops_it(house: House, charger: Station) -> None:
    """The card is shown once more; the car is still there."""
    await _is_stopped_by_a_card(house, charger)


async def _is_stopped_by_a_card(house: House, charger: Station) -> None:
    transaction = await Transaction(charger).charge()
    answer = await transaction.end("StopAuthorized", "Local", "EVConnected", card=CARD)
    assert answer["idTokenInfo"]["status"] == "Accepted"
    await has_stopped(house, transaction, "Local")
    await house.shows("sensor.CP1_1_status", "finishing")
    await house.shows("binary_sensor.CP1_1_plugged_in", "on")


async def test_tc_e_08_it_stops_when_energy_flows_no_more(house: House, charger: Station) -> None:
    """After a card has said so."""
    transaction = await Transaction(charger).charge()
    await transaction.authorize_stop()
    await house.shows("switch.CP1_1_charge", "on")
    await transaction.end("ChargingStateChanged", "Local", "EVConnected")
    await has_stopped(house, transaction, "Local")


async def test_tc_e_14_it_stops_when_the_cable_is_unplugged_from_the_station(house: House, charger: Station) -> None:
    """Until then it goes on, though nobody charges any more."""
    transaction = await Transaction(charger).charge()
    await transaction.authorize_stop()
    await transaction.stay()
    await house.shows("sensor.CP1_1_status", "preparing")
    await house.shows("switch.CP1_1_charge", "off")
    await transaction.unplug()
    await has_stopped(house, transaction, "EVDisconnected")
    await house.shows("sensor.CP1_1_status", "available")
    await house.shows("binary_sensor.CP1_1_plugged_in", "off")


async def test_tc_e_16_it_stops_when_its_token_turns_out_to_be_invalid(house: House, charger: Station) -> None:
    """The station started it by itself; the answer says that it must not go on."""
    transaction = Transaction(charger)
    answer = await transaction.event("Authorized", card=STRANGER, at_evse=True)
    assert answer["idTokenInfo"]["status"] in {"Invalid", "Unknown"}
    await transaction.end("Deauthorized", "DeAuthorized")
    await has_stopped(house, transaction, "DeAuthorized")


async def test_tc_e_17_it_stops_when_a_suspended_car_is_lost(house: House, charger: Station) -> None:
    """No card has stopped it."""
    transaction = await Transaction(charger).suspend()
    await house.shows("sensor.CP1_1_status", "suspended_ev")
    await transaction.end("EVCommunicationLost", "EVDisconnected", "Idle")
    await has_stopped(house, transaction, "EVDisconnected")


async def test_tc_e_19_it_stops_when_the_parking_bay_is_left(house: House, charger: Station) -> None:
    """The car was unplugged before: the transaction went on without it."""
    transaction = await Transaction(charger).charge()
    await transaction.authorize_stop()
    await transaction.stay()
    await charger.report(1, "Available")
    await transaction.event("EVCommunicationLost", "Idle")
    await house.shows("binary_sensor.CP1_1_plugged_in", "off")
    await house.shows("switch.CP1_1_charge", "off")
    await transaction.end("EVDeparted", "Local")
    await has_stopped(house, transaction, "Local")


async def test_tc_e_19_an_end_that_was_told_already_ends_nothing_anew(house: House, charger: Station) -> None:
    """The steps of the document let it end twice: the first end stands."""
    transaction = await Transaction(charger).charge()
    await transaction.finish()
    await has_stopped(house, transaction, "EVDisconnected")
    assert await transaction.end("EVDeparted", "Local") == {}
    await has_stopped(house, transaction, "EVDisconnected")


async def test_tc_e_20_it_stops_when_the_cable_is_unplugged_from_the_car(house: House, charger: Station) -> None:
    """While it was suspended."""
    transaction = await Transaction(charger).suspend()
    await transaction.unplug()
    await has_stopped(house, transaction, "EVDisconnected")
    await house.shows("sensor.CP1_1_status", "available")


async def test_tc_e_21_it_stops_remotely(house: House, charger: Station) -> None:
    """The station is told the id that it chose itself."""
    transaction = await Transaction(charger).charge()
    await is_running(house, transaction)
    await house.use("turn_off", "switch.CP1_1_charge")
    assert await charger.heard("RequestStopTransaction") == {"transactionId": transaction.id}
    await transaction.end("RemoteStop", "Remote", "EVConnected")
    await has_stopped(house, transaction, "Remote")


async def test_tc_e_22_it_stops_when_the_car_takes_no_more(house: House, charger: Station) -> None:
    """The car is full."""
    transaction = await Transaction(charger).charge()
    await transaction.end("ChargingStateChanged", "StoppedByEV", "SuspendedEV")
    await has_stopped(house, transaction, "StoppedByEV")


async def test_tc_e_26_it_goes_on_after_the_car_was_away(house: House, charger: Station) -> None:
    """Unplugged at the car and plugged in again: the same transaction charges on."""
    transaction = await Transaction(charger).suspend()
    await transaction.event("EVCommunicationLost", "Idle")
    await charger.report(1, "Available")
    await house.shows("binary_sensor.CP1_1_plugged_in", "off")
    await transaction.event("CablePluggedIn", "EVConnected")
    await house.shows("binary_sensor.CP1_1_plugged_in", "on")
    await transaction.event("ChargingStateChanged", "Charging")
    await is_running(house, transaction)


async def test_tc_e_39_it_stops_when_no_car_comes(house: House, charger: Station) -> None:
    """The card was shown, the time has passed."""
    transaction = await Transaction(charger).authorize()
    await transaction.end("EVConnectTimeout", "Timeout")
    await has_stopped(house, transaction, "Timeout")
    await house.shows("sensor.CP1_1_status", "available")
