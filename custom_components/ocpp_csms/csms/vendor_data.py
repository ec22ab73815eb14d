"""What becomes of vendor data (DataTransfer): everything is told to the user, and what is answered is decided here.

Pure. Source: OCPP 1.6 §4.3, §7.15 (DataTransferStatus), 2.0.1 part 2 P02: who knows neither the vendor nor the message says so.
"""

from collections.abc import Collection
from enum import StrEnum

from .cost_messages import CONNECTOR_UNPLUGGED, COST_VENDOR
from .model import StationInfo
from .quirks import Quirks, quirks_for


class DataTransferStatus(StrEnum):
    """The answer to vendor data, as every version of OCPP spells it."""

    ACCEPTED = "Accepted"
    UNKNOWN_MESSAGE_ID = "UnknownMessageId"
    UNKNOWN_VENDOR_ID = "UnknownVendorId"


def answer_to(
    vendor_id: str, message_id: str | None, *, quirks: Quirks, accepted: Collection[str]
) -> DataTransferStatus:
    """Return the answer to a message of a vendor; `accepted` are the vendors that the user wants accepted, `quirks` the charge point's.

    The vendor's name in the message says whose it is, also before any BootNotification.
    """
    vendor = vendor_id.strip().casefold()
    if vendor in {name.strip().casefold() for name in accepted}:
        return DataTransferStatus.ACCEPTED
    named = quirks_for(StationInfo(vendor=vendor_id)).accepted_data_transfers
    costs = (CONNECTOR_UNPLUGGED,) if vendor == COST_VENDOR else ()
    if message_id is not None and message_id in (*quirks.accepted_data_transfers, *named, *costs):
        return DataTransferStatus.ACCEPTED
    return DataTransferStatus.UNKNOWN_MESSAGE_ID if named or costs else DataTransferStatus.UNKNOWN_VENDOR_ID
