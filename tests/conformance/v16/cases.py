"""The cases for central systems in the Open Charge Alliance's test document for OCPP 1.6 (2026-02): id and title, grouped as the tests are.

Data only.
"""

from collections.abc import Mapping
from typing import Final

from tests.conformance.case import Case, Edition

_TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "Core": {
        "001": "Cold boot",
        "003": "Charging session, plugged in first",
        "004_1": "Charging session, identified first",
        "004_2": "Charging session, identified first, no car comes",
        "005_1": "The car is unplugged: the transaction stops",
        "013": "Hard reset",
        "014": "Soft reset",
        "024": "Start fails: lock failure",
        "064": "DataTransfer to the central system",
    },
    "Remote control": {
        "010": "Remote start, plugged in first",
        "011_1": "Remote start, plugged in afterwards",
        "011_2": "Remote start, no car comes",
        "012": "Remote stop",
        "017_1": "Unlock without a transaction, socket",
        "017_2": "Unlock without a transaction, fixed cable",
        "018_1": "Unlock during a transaction",
        "026": "Remote start is rejected",
        "028": "Remote stop is rejected",
        "030": "Unlock fails",
        "031": "Unlock of an unknown connector",
    },
    "Configuration": {
        "019_1": "All configuration keys are read",
        "019_2": "One configuration key is read",
        "021": "A configuration key is changed",
        "040_1": "Configuration key is not supported",
        "040_2": "Value of a configuration key is invalid",
    },
    "Authorization": {
        "007": "Start with a tag from the charge point's cache",
        "023_1": "Tag is invalid",
        "023_2": "Tag has expired",
        "023_3": "Tag is blocked",
        "061": "The authorization cache is cleared",
    },
    "Offline": {
        "032_1": "Power failure: the transaction stops after the boot",
        "037_1": "Transaction started offline, valid tag",
        "037_3": "Transaction started offline, invalid tag",
        "039": "Whole transaction offline",
    },
    "Local authorization list": {
        "042_1": "Version of the list: not supported",
        "042_2": "Version of the list: empty",
        "043_1": "Send the list: not supported",
        "043_3": "Send the list: failed",
        "043_4": "Send the list: full",
        "043_5": "Send the list: differential",
    },
    "Firmware and diagnostics": {
        "044_1": "Firmware is downloaded and installed",
        "044_2": "Firmware: download fails",
        "044_3": "Firmware: installation fails",
        "045_1": "Diagnostics are uploaded",
        "045_2": "Diagnostics: upload fails",
    },
    "Reservation": {
        "046": "Reservation of a connector, used by a transaction",
        "047": "Reservation of a connector expires",
        "048_1": "Reservation: faulted",
        "048_2": "Reservation: occupied",
        "048_3": "Reservation: unavailable",
        "048_4": "Reservation: rejected",
        "049": "Reservation of the charge point, used by a transaction",
        "051": "Reservation is cancelled",
        "052": "Cancelling a reservation is rejected",
        "053": "Reserved connector is used by a tag of the same group",
    },
    "Remote trigger": {
        "054": "Trigger a message",
        "055": "Trigger a message: rejected",
    },
    "Smart charging": {
        "056": "Default profile for transactions",
        "057": "Profile for the running transaction",
        "059": "Remote start with a profile",
        "066": "Composite schedule",
        "067": "Profiles are cleared",
    },
    "Security": {
        "073": "The password is changed",
        "074": "Certificate of the charge point is signed (RSA, ECDSA)",
        "075_1": "Root certificate of the manufacturer is installed",
        "075_2": "Root certificate of the central system is installed",
        "076": "Installed certificate is deleted",
        "077": "Invalid certificate of the charge point: security event",
        "078": "Invalid certificate of the central system: security event",
        "079": "Security log is uploaded",
        "080": "Signed firmware is installed",
        "081": "Signed firmware: invalid signature",
        "083": "Upgrade of the security profile",
        "085": "Basic authentication",
        "086": "TLS: certificate of the server",
        "087": "TLS: certificate of the client",
        "088": "Negotiation of the sub-protocol",
    },
}

EDITION: Final = Edition(
    "1.6",
    "The cases are those of the test document for OCPP 1.6 (February 2026).",
    {block: {case: Case(title) for case, title in cases.items()} for block, cases in _TITLES.items()},
)
