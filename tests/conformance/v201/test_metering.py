"""TC_J_01 to TC_J_11: meter values by the clock and by the sample, during transactions and without, signed and plain."""

from typing import Final

import pytest

from tests.conformance.house import House

from .station import Station, meter_value
from .transaction import Transaction

SIGNED: Final = {
    "signedMeterData": "VGhlIG1ldGVyIHNheXMgNC4yLg==",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "TWV0ZXI=",
}


async def test_tc_j_01_by_the_clock_without_a_transaction(house: House, charger: Station) -> None:
    """Of the EVSE and of the meter of the station, three times; and as periodic events of the meter, which are acknowledged."""
    for energy in (4200, 4300, 4400):
        for evse in (0, 1):
            values = [meter_value(energy, "Sample.Clock")]
            assert await charger.call("MeterValues", {"evseId": evse, "meterValue": values}) == {}
        await house.shows("sensor.CP1_1_energy", str(energy / 1000))
    for evse in (0, 1):
        where = {"evse": {"id": evse}}
        await charger.notify(
            "FiscalMetering", "EnergyActiveImportRegister", "4400", "Periodic", "CustomMonitor", **where
        )


@pytest.mark.parametrize("evses", [2])
async def test_tc_j_02_by_the_clock_during_a_transaction(house: House, charger: Station) -> None:
    """The transaction tells its own; the idle EVSE and the meter of the station go on by themselves."""
    transaction = await Transaction(charger).charge()
    for energy in (4200, 4300):
        values = [meter_value(energy, "Sample.Clock")]
        for evse in (0, 2):
            assert await charger.call("MeterValues", {"evseId": evse, "meterValue": values}) == {}
        await transaction.event("MeterValueClock", meterValue=[meter_value(energy + 1000, "Sample.Clock")])
        await house.shows("sensor.CP1_1_energy", str((energy + 1000) / 1000))
        await house.shows("sensor.CP1_2_energy", str(energy / 1000))


async def _ends_with(house: House, charger: Station, context: str, **fields: object) -> None:
    """The last event brings values of the whole transaction, and that of its end: all of it is counted once."""
    transaction = Transaction(charger)
    await transaction.occupy()
    begin = [meter_value(1000, "Transaction.Begin", **fields)]
    await transaction.event("CablePluggedIn", "EVConnected", at_evse=True, meterValue=begin)
    await transaction.charge()
    await transaction.authorize_stop()
    await transaction.stay()
    await charger.report(1, "Available")
    values = [meter_value(energy, context, **fields) for energy in (2000, 3000)]
    values.append(meter_value(3500, "Transaction.End", **fields))
    await transaction.end("EVCommunicationLost", "EVDisconnected", "Idle", meterValue=values)
    event = await house.tells("event.CP1_1_transaction", "stopped")
    assert (event["transaction_id"], event["energy"]) == (transaction.id, 2.5)
    await house.shows("sensor.CP1_1_energy", "3.5")


async def test_tc_j_03_by_the_clock_at_the_end(house: House, charger: Station) -> None:
    """What was measured by the clock comes with the last event."""
    await _ends_with(house, charger, "Sample.Clock")


async def test_tc_j_04_by_the_clock_and_signed(house: House, charger: Station) -> None:
    """What is signed is taken with the plain value beside it."""
    await _ends_with(house, charger, "Sample.Clock", signedMeterValue=SIGNED)


async def test_tc_j_07_sampled_at_the_start(house: House, charger: Station) -> None:
    """The EVSE is known: the value is its register."""
    transaction = Transaction(charger)
    await transaction.occupy()
    values = [meter_value(4200, "Transaction.Begin")]
    await transaction.event("CablePluggedIn", "EVConnected", at_evse=True, meterValue=values)
    await house.shows("sensor.CP1_1_energy", "4.2")
    await house.shows("sensor.CP1_1_session_energy", "0.0")


async def test_tc_j_08_sampled_once_the_evse_is_known(house: House, charger: Station) -> None:
    """The card came first; the value of the start comes with the car."""
    transaction = await Transaction(charger).authorize()
    await transaction.occupy()
    values = [meter_value(4200, "Transaction.Begin")]
    await transaction.event("CablePluggedIn", "EVConnected", at_evse=True, meterValue=values)
    await transaction.charge()
    await house.shows("sensor.CP1_1_energy", "4.2")
    await transaction.event("MeterValuePeriodic", meterValue=[meter_value(5200)])
    await house.shows("sensor.CP1_1_session_energy", "1.0")


async def test_tc_j_09_sampled_during_a_transaction(house: House, charger: Station) -> None:
    """Each value is shown."""
    transaction = await Transaction(charger).charge()
    for energy in (4200, 4300, 4400):
        await transaction.event("MeterValuePeriodic", meterValue=[meter_value(energy)])
        await house.shows("sensor.CP1_1_energy", str(energy / 1000))


async def test_tc_j_10_sampled_at_the_end(house: House, charger: Station) -> None:
    """What was sampled comes with the last event."""
    await _ends_with(house, charger, "Sample.Periodic")


async def test_tc_j_11_sampled_and_signed(house: House, charger: Station) -> None:
    """What is signed is taken with the plain value beside it."""
    await _ends_with(house, charger, "Sample.Periodic", signedMeterValue=SIGNED)
