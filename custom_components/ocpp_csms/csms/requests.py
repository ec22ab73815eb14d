"""What a charge point can be asked beyond the commands of everyday, in no version's words: one small type for each request.

Plain data. Dialects know how each is said (`v16.requests`, `v2.requests`) and which answers are a yes; `ChargePoint.request` is the gate.
Times are aware, durations in s, connector 0 is the charge point as a whole. What only newer versions can say is in `extended_requests`.
Sections (§) are those of OCPP 1.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import secrets
from typing import Any

from custom_components.ocpp_csms.charging.profiles import ChargingProfile, Period, Purpose, Unit

from .cards.authorization import TagStatus


@dataclass(frozen=True, slots=True)
class Request:
    """Something to ask of a charge point."""


def new_request_id() -> int:
    """Return an id that no earlier request had, in all likelihood: charge points remember them over our restarts."""
    return secrets.randbelow(2**31 - 1) + 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a charge point has answered: a status as the specification spells it (empty where the answer has none), and the whole payload.

    `reports` are the parts in which it has told the rest afterwards, `complete` whether all have come. `items` is what payload and parts
    list, in types of `requests` and `extended_requests`: each request says which.
    """

    status: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    reports: tuple[Mapping[str, Any], ...] = ()
    complete: bool = True
    items: tuple[Any, ...] = ()


class LogKind(StrEnum):
    """Which log of a charge point (security whitepaper, LogEnumType)."""

    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"


class CertificateKind(StrEnum):
    """What an installed certificate is for (security whitepaper, CertificateUseEnumType).

    The last three only where there is ISO 15118; the last one, what the charge point shows to cars, is listed but not installed as a root.
    """

    CENTRAL_SYSTEM_ROOT = "central_system_root"
    MANUFACTURER_ROOT = "manufacturer_root"
    V2G_ROOT = "v2g_root"
    MOBILITY_OPERATOR_ROOT = "mobility_operator_root"
    V2G_CHAIN = "v2g_chain"


class ConnectorType(StrEnum):
    """What a car is plugged into (OCPP 2.0.1 part 2, ConnectorEnumType): a cable of the charge point, or a socket."""

    CCS1 = "ccs1"
    CCS2 = "ccs2"
    CHADEMO = "chademo"
    TESLA = "tesla"
    TYPE_1_CABLE = "type_1_cable"
    TYPE_2_CABLE = "type_2_cable"
    TYPE_2_SOCKET = "type_2_socket"
    TYPE_3_SOCKET = "type_3_socket"
    CEE_ONE_PHASE_16 = "cee_1p_16a"
    CEE_ONE_PHASE_32 = "cee_1p_32a"
    CEE_THREE_PHASES_16 = "cee_3p_16a"
    CEE_THREE_PHASES_32 = "cee_3p_32a"
    BRITISH_SOCKET = "british_socket"
    SCHUKO = "schuko"
    INDUCTIVE = "inductive"
    RESONANT = "resonant"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHashes:
    """How a charge point names an installed certificate (security whitepaper, CertificateHashDataType)."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledCertificate:
    """A certificate as a charge point lists it. The kind is None where it does not say one, or one that nobody knows."""

    hashes: CertificateHashes
    kind: CertificateKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalListEntry:
    """One tag of a local authorization list. Without a status it is to be removed."""

    id_tag: str
    status: TagStatus | None
    expiry: datetime | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class ClearCache(Request):
    """Forget the tags that were authorized before (§5.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallProfile(Request):
    """Install a charging profile (§5.16)."""

    profile: ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearProfiles(Request):
    """Remove the charging profiles that all given filters fit; without any filter all of them (§5.5)."""

    profile_id: int | None = None
    connector: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCompositeSchedule(Request):
    """Ask what all charging profiles together allow, from now on for a duration in s (§5.7). Items: one `CompositeSchedule`."""

    connector: int
    duration: int
    unit: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeSchedule:
    """What all charging profiles together allow (§6.22), from `start` on for a duration in s, in a unit. None: not told."""

    connector: int | None
    start: datetime | None
    unit: Unit | None
    duration: int | None
    minimum_rate: float | None
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class GetLocalListVersion(Request):
    """Ask for the version of the local authorization list (§5.10): 0 for an empty one, -1 where there can be none. Items: it, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLocalList(Request):
    """Send the local authorization list (§5.15): all of it, or what has changed."""

    version: int
    full: bool
    entries: tuple[LocalListEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveNow(Request):
    """Reserve a connector (0: any) for a tag until a time (§5.13); any that has a plug of a type, where the version knows types."""

    reservation_id: int
    connector: int
    id_tag: str
    expiry: datetime
    parent: str | None = None
    connector_type: ConnectorType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReservation(Request):
    """Give up a reservation (§5.1)."""

    reservation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFirmware(Request):
    """Fetch firmware from a URL and install it (§5.19); the id, and when to install it, are told where the version knows them."""

    request_id: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSignedFirmware(Request):
    """Fetch firmware that its maker has signed, and install it (security whitepaper, SignedUpdateFirmware). Certificate in PEM, signature in base64."""

    request_id: int
    location: str
    retrieve_at: datetime
    certificate: str
    signature: str
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDiagnostics(Request):
    """Upload a file with diagnostics to a URL (§5.9); the answer's `fileName` may be missing: there is nothing to tell."""

    location: str
    oldest: datetime | None = None
    latest: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLog(Request):
    """Upload a log to a URL (security whitepaper, GetLog)."""

    request_id: int
    kind: LogKind
    location: str
    oldest: datetime | None = None
    latest: datetime | None = None
    retries: int | None = None
    retry_interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCertificate(Request):
    """Install a root certificate, in PEM (security whitepaper, InstallCertificate)."""

    kind: CertificateKind
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCertificate(Request):
    """Remove an installed certificate (security whitepaper, DeleteCertificate)."""

    hashes: CertificateHashes


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInstalledCertificates(Request):
    """List the installed certificates of some kinds, of all without one (security whitepaper, GetInstalledCertificateIds).

    Items: `InstalledCertificate`. OCPP 1.6 takes exactly one kind.
    """

    kinds: tuple[CertificateKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSigned(Request):
    """Hand over the certificate that the charge point has asked to be signed: itself first, then those above it, in PEM (whitepaper).

    With the id of its request, if it gave one.
    """

    chain: str
    request_id: int | None = None
