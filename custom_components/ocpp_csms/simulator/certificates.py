"""Certificates that the charge point keeps: installed roots, and its own with the key (security whitepaper).

Only what is kept and when it changes; X.509 itself lives in `pki`, which is loaded when it is first needed, so that a
charge point without certificates starts without `cryptography`. No messages here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import ModuleType
from typing import Any

from ocpp.v16.datatypes import CertificateHashData
from ocpp.v16.enums import CertificateStatus, DeleteCertificateStatus, HashAlgorithm

from .answering import parsed

_END = "-----END CERTIFICATE-----"


class RootUse(StrEnum):
    """What a root is for. OCPP 1.6 knows the first two, in these words."""

    central_system_root_certificate = "CentralSystemRootCertificate"
    manufacturer_root_certificate = "ManufacturerRootCertificate"
    v2g_root_certificate = "V2GRootCertificate"
    mo_root_certificate = "MORootCertificate"


class Unfit(Exception):
    """A certificate or a signature that cannot be accepted; the text says why."""


@dataclass(frozen=True, slots=True)
class Root:
    """An installed root certificate, in PEM."""

    use: RootUse
    pem: str


@dataclass(slots=True)
class CertificateStore:
    """Everything in PEM: `roots` that others are checked against, the own `chain` with its `key`, and a `requested` key.

    The last is that of the signing request that waits for its certificate.
    """

    roots: list[Root] = field(default_factory=list)
    chain: str | None = None
    key: str | None = None
    requested: str | None = None

    def of(self, use: RootUse) -> list[str]:
        """Return the roots of one use."""
        return [root.pem for root in self.roots if root.use is use]

    def install(self, use: RootUse, pem: str, longest: int, now: datetime) -> CertificateStatus:
        """Install a root; one that is no certificate, or not valid now, is rejected, one too many fails."""
        try:
            root = Root(use, _pki().checked_root(pem, now))
        except Unfit:
            return CertificateStatus.rejected
        if root in self.roots:
            return CertificateStatus.accepted
        if len(self.roots) >= longest:
            return CertificateStatus.failed
        self.roots.append(root)
        return CertificateStatus.accepted

    def hashes(self, use: RootUse) -> list[CertificateHashData]:
        """Return the hash data of the roots of one use, by SHA256."""
        return [self._hash(pem, HashAlgorithm.sha256) for pem in self.of(use)]

    def delete(self, asked: CertificateHashData, *, keep_last: RootUse | None) -> DeleteCertificateStatus:
        """Delete the root with this hash data, unless it is the last of a use that the connection depends on."""
        found = next((root for root in self.roots if _same(self._hash(root.pem, asked.hash_algorithm), asked)), None)
        if found is None:
            return DeleteCertificateStatus.not_found
        if found.use is keep_last and len(self.of(found.use)) == 1:
            return DeleteCertificateStatus.failed
        self.roots.remove(found)
        return DeleteCertificateStatus.accepted

    def is_own(self, asked: CertificateHashData) -> bool:
        """Tell whether this is the hash data of the own certificate."""
        if self.chain is None:
            return False
        issuers = [f"{part}{_END}\n" for part in self.chain.split(_END) if part.strip()]
        data = _pki().hash_data(self.chain, [*issuers, *(root.pem for root in self.roots)], asked.hash_algorithm)
        return _same(data, asked)

    def request(self, common_name: str, organization: str, *, rsa: bool) -> str:
        """Make a new key, RSA or on an elliptic curve, and return a signing request for it (PKCS #10)."""
        request: str
        self.requested, request = _pki().new_request(common_name, organization, rsa=rsa)
        return request

    def adopt(self, chain: str, longest: int, now: datetime) -> None:
        """Take the certificate that was asked for into use. Raises Unfit, and nothing changes."""
        if len(chain) > longest:
            raise Unfit(f"the chain has more than {longest} characters")
        if self.requested is None:
            raise Unfit("no certificate was asked for")
        _pki().check_own(chain, self.requested, now)
        self.chain, self.key, self.requested = chain, self.requested, None

    def check_signer(self, pem: str, now: datetime) -> None:
        """Check a firmware signing certificate against the manufacturer's roots. Raises Unfit."""
        _pki().check_signer(pem, self.of(RootUse.manufacturer_root_certificate), now)

    def dump(self) -> dict[str, Any]:
        """Return what survives a restart, as JSON values."""
        roots = [[root.use.value, root.pem] for root in self.roots]
        return {"roots": roots, "chain": self.chain, "key": self.key, "requested": self.requested}

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self.roots = [Root(RootUse(use), pem) for use, pem in values["roots"]]
        self.chain, self.key, self.requested = values["chain"], values["key"], values["requested"]

    def _hash(self, pem: str, algorithm: HashAlgorithm) -> CertificateHashData:
        data: CertificateHashData = _pki().hash_data(pem, [root.pem for root in self.roots], algorithm)
        return data


def read_hash_data(wire: Mapping[str, Any]) -> CertificateHashData:
    """Read how a message names a certificate. Raises CallError, and KeyError for what is missing."""
    return CertificateHashData(
        hash_algorithm=parsed(HashAlgorithm, wire["hashAlgorithm"]),
        issuer_name_hash=wire["issuerNameHash"],
        issuer_key_hash=wire["issuerKeyHash"],
        serial_number=wire["serialNumber"],
    )


def check_signature(content: bytes, signature: str, pem: str) -> None:
    """Check the signature of a file, base64 over SHA-256, by the first certificate of a chain. Raises Unfit."""
    _pki().check_signature(content, signature, pem)


def _pki() -> ModuleType:
    """Return the room of X.509, which is loaded now if it was not before."""
    from . import pki  # noqa: PLC0415 - it brings `cryptography` along

    return pki


def _same(one: CertificateHashData, other: CertificateHashData) -> bool:
    """Compare hash data; hexadecimal digits may be in either case, serial numbers with zeros in front."""
    return all(
        getattr(one, name).lower().lstrip("0") == getattr(other, name).lower().lstrip("0")
        for name in ("issuer_name_hash", "issuer_key_hash", "serial_number")
    )
