"""What the central system does with certificates: roots installed, listed and deleted, and one of our own signed.

OCPP 2.0.1, part 2, A02, A03 and M03 to M05. What a certificate is, and whether it holds, is known to
`simulator.certificates`; who connects with it, to `access`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from ocpp.v16.datatypes import CertificateHashData
from ocpp.v16.enums import CertificateStatus, DeleteCertificateStatus
from ocpp.v201 import call, call_result
from ocpp.v201.datatypes import CertificateHashDataChainType, CertificateHashDataType
from ocpp.v201.enums import (
    CertificateSignedStatusEnumType,
    CertificateSigningUseEnumType,
    DeleteCertificateStatusEnumType,
    GenericStatusEnumType,
    GetCertificateIdUseEnumType,
    GetInstalledCertificateStatusEnumType,
    HashAlgorithmEnumType,
    InstallCertificateStatusEnumType,
    InstallCertificateUseEnumType,
)

from ..access import Access
from ..answering import Answer, Handler, Machine, parsed
from ..certificates import RootUse, Unfit, read_hash_data
from ..outbox import Message
from ..security_log import SecurityEvent, SecurityLog
from ..station import Station
from ..transport import CallError, NoAnswer, Offline
from .device_model import DeviceModel

_ENTRIES = "SecurityCtrlr.CertificateEntries"
_USES = {
    InstallCertificateUseEnumType.csms_root_certificate: RootUse.central_system_root_certificate,
    InstallCertificateUseEnumType.manufacturer_root_certificate: RootUse.manufacturer_root_certificate,
    InstallCertificateUseEnumType.v2g_root_certificate: RootUse.v2g_root_certificate,
    InstallCertificateUseEnumType.mo_root_certificate: RootUse.mo_root_certificate,
}


class Poster(Protocol):
    """Who sends messages that nobody asked for."""

    def post(self, message: Any) -> Message:
        """Put a message at the end of those that wait."""


class Certificates:
    """The handlers over the station's store of certificates."""

    def __init__(
        self,
        station: Station,
        model: DeviceModel,
        poster: Poster,
        access: Access,
        machine: Machine,
        security: SecurityLog,
        *,
        name: str,
        note: Callable[[str], None],
    ) -> None:
        """`name` is that in the own certificate; `note` is told what goes wrong."""
        self._station = station
        self._model = model
        self._poster = poster
        self._access = access
        self._machine = machine
        self._security = security
        self._name = name
        self._note = note
        self._tries_left = 0
        self._awaited = False
        """Whether a certificate was asked for and none has come, good or bad."""
        self.handlers: dict[str, Handler] = {
            "CertificateSigned": self._certificate_signed,
            "DeleteCertificate": self._delete_certificate,
            "GetInstalledCertificateIds": self._get_installed_certificate_ids,
            "InstallCertificate": self._install_certificate,
        }
        model.provide(_ENTRIES, lambda: str(len(station.certificates.roots)))

    # The own certificate

    @property
    def can_request_certificate(self) -> bool:
        """Whether a signing request can be made: it says whose station this is."""
        return bool(self._model.text("SecurityCtrlr.OrganizationName"))

    async def request_certificate(self) -> None:
        """Make a key and ask for a certificate for it (A02.FR.02 and FR.03)."""
        self._tries_left = self._model.integer("SecurityCtrlr.CertSigningRepeatTimes")
        await self._request(float(self._model.integer("SecurityCtrlr.CertSigningWaitMinimum")))

    async def _request(self, patience: float) -> None:
        organization = self._model.text("SecurityCtrlr.OrganizationName")
        self._awaited = True  # It may come before the answer has.
        make, rsa = self._station.certificates.request, self._station.quirks.rsa_keys
        try:
            csr = await asyncio.to_thread(make, self._name, organization or "unknown", rsa=rsa)
            message = call.SignCertificate(csr, CertificateSigningUseEnumType.charging_station_certificate)
            answer = await self._poster.post(message).answered
        except (ImportError, Offline, CallError, NoAnswer) as error:
            self._note(f"nobody signs a certificate: {error!r}")
            return
        if answer.get("status") == GenericStatusEnumType.accepted:
            self._wait_for_it(patience)
        else:
            self._note("the central system does not sign certificates")

    def _wait_for_it(self, patience: float) -> None:
        """Ask again if the certificate does not come, with twice the patience each time (A02.FR.17 to FR.19)."""
        if not self._awaited or self._tries_left <= 0:
            return
        self._tries_left -= 1
        self._machine.later("certificate", patience, lambda: self._request(2 * patience))

    def _certificate_signed(self, request: call.CertificateSigned) -> Answer:
        self._awaited = False
        self._station.agenda.cancel("certificate")
        longest = self._model.integer("SecurityCtrlr.MaxCertificateChainSize")
        try:
            self._station.certificates.adopt(request.certificate_chain, longest, self._station.clock.now())
        except Unfit as error:
            info = str(error)
            return Answer(
                call_result.CertificateSigned(CertificateSignedStatusEnumType.rejected),
                lambda: self._security.tell(SecurityEvent.invalid_own_certificate, info),
            )
        self._note("a new certificate of its own is in use")
        in_use = self._access.profile == 3
        return Answer(
            call_result.CertificateSigned(CertificateSignedStatusEnumType.accepted),
            self._machine.reconnect if in_use else None,
        )

    # Roots

    def _install_certificate(self, request: call.InstallCertificate) -> Answer:
        use = _USES[parsed(InstallCertificateUseEnumType, request.certificate_type)]
        longest = int(self._model.most(_ENTRIES))
        status = self._station.certificates.install(use, request.certificate, longest, self._station.clock.now())
        taken = status is CertificateStatus.accepted  # One too many is rejected, too (M05.FR.06).
        return Answer(
            call_result.InstallCertificate(
                InstallCertificateStatusEnumType.accepted if taken else InstallCertificateStatusEnumType.rejected
            )
        )

    def _get_installed_certificate_ids(self, request: call.GetInstalledCertificateIds) -> Answer:
        wanted = {parsed(GetCertificateIdUseEnumType, each).value for each in request.certificate_type or []}
        found = [
            CertificateHashDataChainType(GetCertificateIdUseEnumType(kind.value), _hash_data(data))
            for kind, use in _USES.items()
            if not wanted or kind.value in wanted
            for data in self._station.certificates.hashes(use)
        ]
        statuses = GetInstalledCertificateStatusEnumType
        return Answer(
            call_result.GetInstalledCertificateIds(
                status=statuses.accepted if found else statuses.notFound, certificate_hash_data_chain=found or None
            )
        )

    def _delete_certificate(self, request: call.DeleteCertificate) -> Answer:
        wire: Any = request.certificate_hash_data
        status = self._deleted(read_hash_data(wire))
        return Answer(call_result.DeleteCertificate(DeleteCertificateStatusEnumType(status.value)))

    def _deleted(self, asked: CertificateHashData) -> DeleteCertificateStatus:
        """Delete a root; the own certificate, and the last root that the connection depends on, stay (M04.FR.03, FR.06)."""
        store = self._station.certificates
        if store.is_own(asked):
            return DeleteCertificateStatus.failed
        needed = RootUse.central_system_root_certificate if self._access.profile >= 2 else None
        return store.delete(asked, keep_last=needed)


def _hash_data(data: CertificateHashData) -> CertificateHashDataType:
    return CertificateHashDataType(
        hash_algorithm=HashAlgorithmEnumType(data.hash_algorithm.value),
        issuer_name_hash=data.issuer_name_hash,
        issuer_key_hash=data.issuer_key_hash,
        serial_number=data.serial_number,
    )
