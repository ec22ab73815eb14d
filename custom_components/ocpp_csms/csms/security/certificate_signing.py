"""The client certificate of one charge point: signed when it asks, watched until it expires, asked for anew in time.

How a certificate is made is in `certificate_authority`, how a request is said in the dialects. A request is answered first; what comes
of it is sent afterwards. Source: A02 (SignCertificate, CertificateSigned), A05 of the OCPP 1.6 security whitepaper ed. 3 and of 2.0.1 part 2.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any, Protocol

from custom_components.ocpp_csms.csms.errors import REFUSALS, CommandError, InvalidRequestError
from custom_components.ocpp_csms.csms.features import Features
from custom_components.ocpp_csms.csms.model import StationInfo
from custom_components.ocpp_csms.csms.requests import Answer, CertificateSigned, Request

from .certificate_authority import LONGEST_CHAIN, CertificateAuthority, RequestError, SigningRequest, read_request
from .client_certificates import ClientCertificate

_LOGGER = logging.getLogger(__name__)

RENEWED_BEFORE = timedelta(days=60)
"""How long before its end a certificate is asked to be replaced."""

_OUR_NAME = "Home Assistant"

type AuthorityProvider = Callable[[], Awaitable[CertificateAuthority]]


class Holder(Protocol):
    """What a certificate needs to know of its charge point, and asks of it."""

    identity: str
    info: StationInfo

    @property
    def features(self) -> Features:
        """What the charge point says that it can do."""

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""

    async def request(self, request: Request) -> Answer:
        """Ask for something."""

    async def get_configuration(self, keys: tuple[str, ...]) -> object:
        """Read configuration keys."""

    async def set_configuration(self, key: str, value: str) -> str:
        """Write a configuration key."""

    async def trigger(self, message: str) -> None:
        """Ask for a message."""

    def notify(self, connector: int, key: str) -> None:
        """Tell listeners that something has changed."""


class CertificateSigning:
    """The client certificate of one charge point."""

    def __init__(
        self,
        holder: Holder,
        authority: AuthorityProvider | None,
        clock: Callable[[], datetime],
        changed: Callable[[bool], None],
        stored: Mapping[str, Any] | None,
    ) -> None:
        """Restore what `snapshot` returned in `stored`. Without an authority nothing is signed. `changed` asks for a save."""
        stored = stored or {}
        expires = stored.get("expires")
        self.expires: datetime | None = datetime.fromisoformat(expires) if expires else None  # of the newest known
        self.ours: bool = bool(stored.get("ours", False))  # we have issued it
        self.presented: ClientCertificate | None = None  # on the connection there is now
        self.refusal: str | None = None  # what the charge point said to the last one that it did not take
        self._contradiction: str | None = None  # the serial number that the certificate did not name
        self._holder = holder
        self._authority = authority
        self._clock = clock
        self._changed = changed
        self._proved = False  # that the other end of the connection is the charge point
        self._waiting: SigningRequest | None = None
        self._request_id: int | None = None  # that the charge point has given to what waits
        self._task: asyncio.Task[None] | None = None

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart, as JSON."""
        return {"expires": self.expires.isoformat() if self.expires else None, "ours": self.ours}

    @property
    def is_valid(self) -> bool:
        """Whether the charge point has a certificate, as far as we know, and it has not expired."""
        return self.expires is not None and self.expires > self._clock()

    @property
    def is_due(self) -> bool:
        """Whether it is time for a new one, which only we can issue."""
        return self.ours and self.expires is not None and self.expires - self._clock() < RENEWED_BEFORE

    def connected(self, certificate: ClientCertificate | None, *, proved: bool = False) -> None:
        """A connection has opened, with this certificate of the charge point or with none; `proved`: with its password."""
        self.disconnected()
        self.presented = certificate
        self._proved = proved or certificate is not None
        if certificate is not None and certificate.expires != self.expires:
            self._keep(certificate.expires, ours=bool(certificate.identities))

    def disconnected(self) -> None:
        """The connection has ended, and with it what was to be sent on it."""
        self.presented = self._waiting = None
        self._proved = False
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def requested(self, text: str, request_id: int | None = None) -> bool:
        """Take a signing request in PEM; return whether it will be granted. A newer one replaces one that still waits.

        The answer repeats the id that the charge point has given it, if any.

        Who has not proved itself gets none: a certificate would let whoever took the charge point's place once in for years.
        """
        if self._authority is None:
            return False
        if not self._proved:
            _LOGGER.info("%s gets no certificate: it has connected without a password", self._holder.identity)
            return False
        try:
            self._waiting, self._request_id = read_request(text), request_id
        except RequestError as error:
            _LOGGER.warning("%s: its request for a certificate is refused: %s", self._holder.identity, error.problem)
            return False
        return True

    def contradicts(self, serial: str | None) -> bool:
        """Whether the certificate of the connection names another charge point than the one with this serial number (2.x B01.FR.11)."""
        if self.presented is None or not serial or self.presented.is_named(self._holder.identity, serial):
            return False
        is_news, self._contradiction = self._contradiction != serial, serial
        _LOGGER.log(
            logging.WARNING if is_news else logging.DEBUG,
            "%s has the serial number %s, and a certificate for %s: its connection is closed",
            self._holder.identity,
            serial[:50],
            self.presented.common_name,
        )
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether a request waits for the answer to leave."""
        return self._waiting is not None

    def answered(self) -> None:
        """An answer has left: what it has promised follows."""
        if self._waiting is None or self._authority is None:
            return
        request, self._waiting = self._waiting, None
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(self._guarded(request, self._request_id, self._authority))

    async def ask(self) -> None:
        """Ask the charge point to request a certificate now. Raises the exceptions of `errors`.

        Among them `InvalidRequestError("certificate_needs_password")` for one that has not proved itself on this connection. It is told
        first who operates it, if it knows that key and nobody has told it: without, it cannot write its request.
        """
        if self._holder.connected and not self._proved:
            raise InvalidRequestError("certificate_needs_password")
        await self._holder.get_configuration((self._holder.features.operator_key,))
        operator = self._holder.features.operator
        if operator is not None and not operator.value and not operator.readonly:
            try:
                await self._holder.set_configuration(operator.key, _OUR_NAME)
            except REFUSALS as error:
                _LOGGER.info("%s is not told who operates it: %s", self._holder.identity, error)
        await self._holder.trigger("SignChargePointCertificate")

    async def _guarded(self, request: SigningRequest, request_id: int | None, authority: AuthorityProvider) -> None:
        try:
            await self._sign(request, request_id, await authority())
        except REFUSALS as error:
            self.refusal = str(error)
            _LOGGER.warning("%s does not take the certificate it has asked for: %s", self._holder.identity, error)
            self._holder.notify(0, "certificate")
        except CommandError as error:
            _LOGGER.info("%s: its certificate could not be handed over: %s", self._holder.identity, error)
        except Exception as error:  # a request must never leave a traceback, whatever our mistake
            _LOGGER.error("%s: its certificate could not be made: %r", self._holder.identity, error)
            _LOGGER.debug("%s: traceback of the certificate", self._holder.identity, exc_info=True)

    async def _sign(self, request: SigningRequest, request_id: int | None, authority: CertificateAuthority) -> None:
        issued = authority.issue(
            request,
            identity=self._holder.identity,
            serial=self._holder.info.serial,
            organisation=operator.value if (operator := self._holder.features.operator) is not None else None,
            now=self._clock(),
        )
        if len(issued.chain) > (longest := self._longest_chain):
            self.refusal = f"it takes no more than {longest} characters"
            _LOGGER.warning("%s takes no certificate chain of ours: %s", self._holder.identity, self.refusal)
            self._holder.notify(0, "certificate")
            return
        await self._holder.request(CertificateSigned(chain=issued.chain, request_id=request_id))
        self.refusal = None
        self._keep(issued.expires, ours=True)

    def _keep(self, expires: datetime, *, ours: bool) -> None:
        self.expires, self.ours = expires, ours
        self._changed(False)
        self._holder.notify(0, "certificate")

    @property
    def _longest_chain(self) -> int:
        return min(self._holder.features.longest_chain or LONGEST_CHAIN, LONGEST_CHAIN)
