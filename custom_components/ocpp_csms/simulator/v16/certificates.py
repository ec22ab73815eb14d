"""What the central system does with certificates (security whitepaper, A02, A03 and M03 to M05).

What a certificate is, and whether it holds, is known to `simulator.certificates`; who connects with it, to `access`.
"""

import asyncio
from collections.abc import Callable

from ocpp.v16 import call, call_result
from ocpp.v16.enums import CertificateSignedStatus, CertificateUse, GenericStatus, GetInstalledCertificateStatus

from ..access import Access
from ..answering import Answer, Handler, Machine, parsed
from ..certificates import RootUse, Unfit, read_hash_data
from ..security_log import SecurityEvent, SecurityLog
from ..station import Station
from ..transport import CallError, NoAnswer, Offline
from .configuration import Configuration
from .reporter import Reporter


class Certificates:
    """The handlers over the station's store of certificates."""

    def __init__(
        self,
        station: Station,
        configuration: Configuration,
        reporter: Reporter,
        access: Access,
        machine: Machine,
        security: SecurityLog,
        *,
        name: str,
        note: Callable[[str], None],
    ) -> None:
        """`name` is that in the own certificate; `note` is told what goes wrong."""
        self._station = station
        self._configuration = configuration
        self._reporter = reporter
        self._access = access
        self._machine = machine
        self._security = security
        self._name = name
        self._note = note
        self.handlers: dict[str, Handler] = {
            "CertificateSigned": self._certificate_signed,
            "DeleteCertificate": self._delete_certificate,
            "GetInstalledCertificateIds": self._installed_certificate_ids,
            "InstallCertificate": self._install_certificate,
        }

    @property
    def can_request_certificate(self) -> bool:
        """Whether a signing request can be made: it says whose charge point this is."""
        return bool(self._configuration.text("CpoName"))

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it (SignCertificate)."""
        organization = self._configuration.text("CpoName")
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
        longest = self._configuration.integer("CertificateSignedMaxChainSize")
        try:
            self._station.certificates.adopt(request.certificate_chain, longest, self._station.clock.now())
        except Unfit as error:
            info = str(error)
            return Answer(
                call_result.CertificateSigned(CertificateSignedStatus.rejected),
                lambda: self._security.tell(SecurityEvent.invalid_own_certificate, info),
            )
        self._note("a new certificate of its own is in use")
        in_use = self._access.profile == 3
        return Answer(
            call_result.CertificateSigned(CertificateSignedStatus.accepted), self._machine.reconnect if in_use else None
        )

    def _install_certificate(self, request: call.InstallCertificate) -> Answer:
        status = self._station.certificates.install(
            _use(request.certificate_type),
            request.certificate,
            self._configuration.integer("CertificateStoreMaxLength"),
            self._station.clock.now(),
        )
        return Answer(call_result.InstallCertificate(status))

    def _installed_certificate_ids(self, request: call.GetInstalledCertificateIds) -> Answer:
        found = self._station.certificates.hashes(_use(request.certificate_type))
        status = GetInstalledCertificateStatus.accepted if found else GetInstalledCertificateStatus.not_found
        return Answer(call_result.GetInstalledCertificateIds(status, [*found] or None))

    def _delete_certificate(self, request: call.DeleteCertificate) -> Answer:
        asked = read_hash_data(request.certificate_hash_data)
        needed = RootUse.central_system_root_certificate if self._access.profile >= 2 else None
        return Answer(call_result.DeleteCertificate(self._station.certificates.delete(asked, keep_last=needed)))


def _use(wire: str) -> RootUse:
    """Read what a root is for; 1.6 knows two uses only. Raises CallError."""
    return RootUse(parsed(CertificateUse, wire).value)
