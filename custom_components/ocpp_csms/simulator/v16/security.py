"""Security events, and what the central system does with certificates (security whitepaper, A02 to A05, M03 to M05).

What a certificate is, and whether it holds, is known to `certificates`; who connects with it, to `access`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.datatypes import CertificateHashData
from ocpp.v16.enums import (
    CertificateSignedStatus,
    CertificateUse,
    GenericStatus,
    GetInstalledCertificateStatus,
    HashAlgorithm,
)

from ..access import Access
from ..answering import Answer, Handler, Machine, parsed
from ..certificates import RootUse, Unfit
from ..security_log import Entry, SecurityEvent
from ..station import Station
from ..transport import CallError, NoAnswer, Offline
from .reporter import Reporter

_LONGEST_INFO = 255


class Security:
    """The security log, the events that are told, and the handlers for certificates."""

    def __init__(
        self,
        station: Station,
        reporter: Reporter,
        access: Access,
        machine: Machine,
        *,
        name: str,
        talkative: bool,
        note: Callable[[str], None],
    ) -> None:
        """`name` is that in the own certificate; `talkative` tells events of everyday life, too, not only failures."""
        self.log: deque[Entry] = deque(maxlen=500)
        self._station = station
        self._reporter = reporter
        self._access = access
        self._machine = machine
        self._name = name
        self._talkative = talkative
        self._note = note
        self.handlers: dict[str, Handler] = {
            "CertificateSigned": self._certificate_signed,
            "DeleteCertificate": self._delete_certificate,
            "GetInstalledCertificateIds": self._installed_certificate_ids,
            "InstallCertificate": self._install_certificate,
        }

    # Events

    def record(self, kind: str, info: str | None = None) -> call.SecurityEventNotification:
        """Write an event into the log and return the message that tells it."""
        now = self._station.clock.now()
        self.log.append(Entry(now, kind, info))
        info = info[:_LONGEST_INFO] if info else None
        return call.SecurityEventNotification(kind, self._station.timestamp(now), tech_info=info)

    def tell(self, kind: str, info: str | None = None) -> None:
        """Record an event and tell the central system, now or once there is a connection."""
        message = self.record(kind, info)
        if self._station.quirks.security_whitepaper:
            self._reporter.post(message, durable=True)

    def notice(self, kind: str, info: str | None = None) -> None:
        """Record an event of everyday life; it is told only by a talkative charge point."""
        if self._talkative:
            self.tell(kind, info)
        else:
            self.record(kind, info)

    # Certificates

    @property
    def can_request_certificate(self) -> bool:
        """Whether a signing request can be made: it says whose charge point this is."""
        return bool(self._station.configuration.text("CpoName"))

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it (SignCertificate)."""
        organization = self._station.configuration.text("CpoName")
        rsa = self._station.quirks.rsa_keys
        make = self._station.certificates.request
        try:
            request = await asyncio.to_thread(make, self._name, organization or "unknown", rsa=rsa)
            answer = await self._reporter.post(call.SignCertificate(request)).answered
        except (ImportError, Offline, CallError, NoAnswer) as error:
            self._note(f"nobody signs a certificate: {error!r}")
            return
        if answer.get("status") != GenericStatus.accepted:
            self._note("the central system does not sign certificates")

    def _certificate_signed(self, request: call.CertificateSigned) -> Answer:
        try:
            self._adopt(request.certificate_chain)
        except Unfit as error:
            info = str(error)
            return Answer(
                call_result.CertificateSigned(CertificateSignedStatus.rejected),
                lambda: self.tell(SecurityEvent.invalid_own_certificate, info),
            )
        self._note("a new certificate of its own is in use")
        in_use = self._access.profile == 3
        return Answer(
            call_result.CertificateSigned(CertificateSignedStatus.accepted), self._machine.reconnect if in_use else None
        )

    def _adopt(self, chain: str) -> None:
        longest = self._station.configuration.integer("CertificateSignedMaxChainSize")
        if len(chain) > longest:
            raise Unfit(f"the chain has more than {longest} characters")
        self._station.certificates.adopt(chain, self._station.clock.now())

    def _install_certificate(self, request: call.InstallCertificate) -> Answer:
        status = self._station.certificates.install(
            _use(request.certificate_type),
            request.certificate,
            self._station.configuration.integer("CertificateStoreMaxLength"),
            self._station.clock.now(),
        )
        return Answer(call_result.InstallCertificate(status))

    def _installed_certificate_ids(self, request: call.GetInstalledCertificateIds) -> Answer:
        found = self._station.certificates.hashes(_use(request.certificate_type))
        status = GetInstalledCertificateStatus.accepted if found else GetInstalledCertificateStatus.not_found
        return Answer(call_result.GetInstalledCertificateIds(status, [*found] or None))

    def _delete_certificate(self, request: call.DeleteCertificate) -> Answer:
        wire: dict[str, Any] = request.certificate_hash_data
        asked = CertificateHashData(
            hash_algorithm=parsed(HashAlgorithm, wire["hashAlgorithm"]),
            issuer_name_hash=wire["issuerNameHash"],
            issuer_key_hash=wire["issuerKeyHash"],
            serial_number=wire["serialNumber"],
        )
        needed = RootUse.central_system_root_certificate if self._access.profile >= 2 else None
        return Answer(call_result.DeleteCertificate(self._station.certificates.delete(asked, keep_last=needed)))


def _use(wire: str) -> RootUse:
    """Read what a root is for; 1.6 knows two uses only. Raises CallError."""
    return RootUse(parsed(CertificateUse, wire).value)
