"""What a charge point notices of its own security, and a line of its log. Who is told of it is up to each version."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SecurityEvent(StrEnum):
    """Events that a charge point notices by itself; those of the list in the security whitepaper may be made by hand."""

    startup = "StartupOfTheDevice"
    reset = "ResetOrReboot"
    firmware_updated = "FirmwareUpdated"
    failed_to_authenticate = "FailedToAuthenticateAtCentralSystem"
    reconfiguration = "ReconfigurationOfSecurityParameters"
    setting_system_time = "SettingSystemTime"
    invalid_firmware_signature = "InvalidFirmwareSignature"
    invalid_firmware_certificate = "InvalidFirmwareSigningCertificate"
    invalid_central_certificate = "InvalidCentralSystemCertificate"
    invalid_own_certificate = "InvalidChargePointCertificate"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the security log."""

    at: datetime
    kind: str
    info: str | None
