"""Certificates that charge points show in the TLS handshake: what they say, and whose they are. Verified they are already: TLS does that.

Source: OCPP 1.6 security whitepaper ed. 3 §2.5, 2.0.1 part 2 A00 (profile 3): the common name is the serial number of the charge point.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
import ssl
from typing import Any
from urllib.parse import unquote

from .certificate_authority import IDENTITY_SCHEME, fitting_name


class CertificateProblem(StrEnum):
    """Why a charge point may not come in."""

    MISSING = "missing"  # it must show one, and shows none
    FOREIGN = "foreign"  # it shows that of somebody else


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a verified certificate says: `identities` are the charge points it was issued for by us; none if it is of another authority."""

    common_name: str
    identities: tuple[str, ...]
    expires: datetime

    def belongs_to(self, identity: str, serial: str | None) -> bool:
        """Tell whose it is: what we wrote into it counts, else its common name must be the id or the serial number."""
        if self.identities:
            return identity in self.identities
        return self.is_named(identity, serial)

    def is_named(self, identity: str, serial: str | None) -> bool:
        """Tell whether its common name is the serial number, or the id; what was too long for a common name counts as far as it fits."""
        names = {fitting_name(name).casefold() for name in (identity, serial) if name}
        return self.common_name.casefold() in names


def client_certificate(connection: ssl.SSLObject | None) -> ClientCertificate | None:
    """Return the certificate that the other side of a TLS connection has shown and proved; None without TLS, and without one."""
    shown: Any = connection.getpeercert() if connection is not None else None
    if not shown:
        return None
    return ClientCertificate(
        common_name=next(_values(shown.get("subject", ()), "commonName"), ""),
        identities=tuple(
            unquote(value.removeprefix(IDENTITY_SCHEME))
            for kind, value in shown.get("subjectAltName", ())
            if kind == "URI" and value.startswith(IDENTITY_SCHEME)
        ),
        expires=datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC),
    )


def _values(name: Any, wanted: str) -> Iterator[str]:
    """Yield the values of one kind in a name as `ssl` gives it: a sequence of sequences of pairs."""
    return (value.strip() for part in name for kind, value in part if kind == wanted)
