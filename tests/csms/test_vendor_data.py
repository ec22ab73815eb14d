"""What vendor data is answered with."""

from collections.abc import Sequence

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.quirks import Quirks
from custom_components.ocpp_csms.csms.vendor_data import answer_to
from tests.csms.dialect import Station

COSTS = "org.openchargealliance.costmsg"


@pytest.mark.parametrize(
    ("vendor", "message", "accepted", "quirks", "answer"),
    [
        ("com.example", "Hello", (), Quirks(), "UnknownVendorId"),
        ("com.example", None, (), Quirks(), "UnknownVendorId"),
        ("", None, (), Quirks(), "UnknownVendorId"),
        ("com.example", "Hello", ("com.example",), Quirks(), "Accepted"),
        ("COM.Example ", None, ("com.example",), Quirks(), "Accepted"),
        ("com.other", "Hello", ("com.example",), Quirks(), "UnknownVendorId"),
        ("EVBOX", "evbStatusNotification", (), Quirks(), "Accepted"),
        ("EVBOX", "evbOther", (), Quirks(), "UnknownMessageId"),
        ("EVBOX", None, (), Quirks(), "UnknownMessageId"),
        ("com.example", "Hello", (), Quirks(accepted_data_transfers=("Hello",)), "Accepted"),
        (COSTS, "ConnectorUnplugged", (), Quirks(), "Accepted"),
        (COSTS, "Tip", (), Quirks(), "UnknownMessageId"),
        ("org.openchargealliance.iso15118pnc", "Authorize", (), Quirks(), "UnknownVendorId"),
    ],
)
def test_the_answer_says_what_is_understood(
    vendor: str, message: str | None, accepted: Sequence[str], quirks: Quirks, answer: str
) -> None:
    """By the vendor that the user accepts, by what is known of the vendor, else not at all."""
    assert answer_to(vendor, message, quirks=quirks, accepted=accepted) == answer


async def test_the_user_decides_what_is_accepted(station: Station) -> None:
    """From the next message on; each is told as an event, whatever was answered."""
    message = {"vendorId": "com.example", "messageId": "Hello", "data": "42"}
    assert station.send("DataTransfer", message) == {"status": "UnknownVendorId"}
    station.charge_point.update_settings(ChargePointSettings(configure=False, data_transfer_vendors=("com.example",)))
    assert station.send("DataTransfer", message) == {"status": "Accepted"}
    told = {"vendor_id": "com.example", "message_id": "Hello", "data": "42"}
    assert [event.data for event in station.told("data_transfer")] == [told, told]


async def test_a_flood_of_data_is_cut(station: Station) -> None:
    """Names to what a field can hold, data to what an event may."""
    station.send("DataTransfer", {"vendorId": "V" * 255, "messageId": "M" * 50, "data": "D" * 100_000})
    [event] = station.told("data_transfer")
    assert len(event.data["data"]) == 4000
