"""Where a charge point reaches Home Assistant for files, and by which protocol."""

from urllib.parse import urlsplit

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.files.file_transfer import TransferProtocol, protocol_of


def base_url(charge_point: ChargePoint, url: str) -> str:
    """Return what the charge point has reached us at, else what `url`, which chargers are given to dial, says."""
    if charge_point.peer is not None and charge_point.peer.base_url is not None:
        return charge_point.peer.base_url
    parts = urlsplit(url)
    return f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"


def protocol_for(charge_point: ChargePoint, address: str) -> TransferProtocol:
    """Return what files of this charge point travel by: what is known of it, what it says of itself, else HTTP."""
    if (known := charge_point.quirks.file_transfer) is not None:
        return TransferProtocol(known)
    return protocol_of(charge_point.features.file_protocols, address)
