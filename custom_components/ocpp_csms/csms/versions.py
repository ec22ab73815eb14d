"""The versions of OCPP: their names, their sub-protocols, and which of them a message is said in.

Pure. What the messages mean is the dialects' business (`v16`, `v2`), what holds for all frames of a version that of `wire`.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from websockets.typing import Subprotocol


class Version(StrEnum):
    """A version of OCPP, as it is called."""

    V1_6 = "1.6"
    V2_0_1 = "2.0.1"
    V2_1 = "2.1"


# The highest first: that is what both sides speak that have several in common.
SUBPROTOCOLS: Mapping[Version, Subprotocol] = {
    Version.V2_1: Subprotocol("ocpp2.1"),
    Version.V2_0_1: Subprotocol("ocpp2.0.1"),
    Version.V1_6: Subprotocol("ocpp1.6"),
}
DEFAULT = Version.V1_6
"""What a charge point is taken to speak that does not say (OCPP-J 1.6 §3.1.2)."""


def negotiated(offered: Collection[str], allowed: Collection[Version]) -> Version | None:
    """Return the highest version that is offered and allowed, whatever the order of the offers; None without one."""
    return next((version for version, name in SUBPROTOCOLS.items() if name in offered and version in allowed), None)


# Actions that only one family of versions has, of those that a charge point sends.
_OF_V1 = frozenset(
    {"DiagnosticsStatusNotification", "SignedFirmwareStatusNotification", "StartTransaction", "StopTransaction"}
)
_OF_V2 = frozenset(
    {
        "ClearedChargingLimit",
        "Get15118EVCertificate",
        "GetCertificateStatus",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyEVChargingNeeds",
        "NotifyEVChargingSchedule",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReservationStatusUpdate",
        "TransactionEvent",
    }
)
# Of actions that both have: the fields that only one of them knows.
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Authorize": (frozenset({"idTag"}), frozenset({"idToken"})),
    "BootNotification": (
        frozenset({"chargePointVendor", "chargePointModel"}),
        frozenset({"chargingStation", "reason"}),
    ),
    "MeterValues": (frozenset({"connectorId"}), frozenset({"evseId"})),
    "StatusNotification": (frozenset({"status", "errorCode"}), frozenset({"connectorStatus", "evseId"})),
}


def told_by(action: str, payload: Any) -> Version | None:
    """Return the lowest version that a charge point's message can be said in; None if it says nothing of its version.

    2.0.1 and 2.1 are not told apart: what both have, they spell alike.
    """
    if action in _OF_V1:
        return Version.V1_6
    if action in _OF_V2:
        return Version.V2_0_1
    fields = _FIELDS.get(action)
    if fields is None or not isinstance(payload, dict):
        return None
    of_v1, of_v2 = (not known.isdisjoint(payload) for known in fields)
    if of_v1 is of_v2:
        return None
    return Version.V1_6 if of_v1 else Version.V2_0_1


def are_alike(one: str, other: str) -> bool:
    """Whether two versions spell their common messages alike, and call a transaction by the same name."""
    return (one == Version.V1_6) is (other == Version.V1_6)
