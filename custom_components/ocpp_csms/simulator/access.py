"""How the charge point proves itself to the central system: password, certificate and security profile.

Security whitepaper, A00 (profiles and passwords) and A05 (a higher profile). Decides where the next connection goes and
what it is opened with; the connection itself lives in `transport`.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
from typing import Protocol

from .certificates import RootUse
from .station import Station
from .transport import Endpoint

_PATIENCE = 3
"""How many connections may fail with a new security profile before the former one is back."""


class Keeper(Protocol):
    """Who keeps the security profile: configuration keys, or variables."""

    def integer(self, name: str) -> int:
        """Return the value in force as a number."""

    def set(self, name: str, value: str) -> None:
        """Set a value from within."""

    def guard(self, name: str, permits: Callable[[str], bool]) -> None:
        """Have a say whether it may be changed."""


class Access:
    """The way in, in one of four profiles: 0 (as the URL says), 1 (password), 2 (password, TLS), 3 (certificate)."""

    def __init__(
        self,
        station: Station,
        url: str,
        password: str | bytes | None,
        trusted: ssl.SSLContext | None,
        note: Callable[[str], None],
    ) -> None:
        """`trusted` is a TLS context that knows whom to trust from the start; `note` is told what happens."""
        self.password = password
        self._station = station
        self._url = url
        self._trusted = trusted
        self._note = note
        self._proven: int | None = None
        """The profile of the last connection that came about."""
        self._failures = 0
        self._keeper: Keeper  # Of the version that is spoken, which the controller decides.
        self._key: str

    def follow(self, keeper: Keeper, key: str) -> None:
        """Have the security profile be what `keeper` says; it cannot be set to one that is impossible."""
        self._keeper, self._key = keeper, key
        keeper.guard(key, self._permits)

    def redirect(self, url: str) -> None:
        """Dial another URL from now on."""
        self._url = url

    @property
    def profile(self) -> int:
        """The security profile in force."""
        return self._keeper.integer(self._key)

    def _permits(self, value: str) -> bool:
        """Tell whether the charge point could change to a profile: never to a lower one, and it needs the means."""
        return int(value) >= self.profile and self.has_means(int(value))

    def has_means(self, profile: int) -> bool:
        """Tell whether the charge point has the password and the certificates that a profile needs."""
        store = self._station.certificates
        trusts = self._trusted is not None or bool(store.of(RootUse.central_system_root_certificate))
        means = {
            0: True,
            1: self.password is not None,
            2: self.password is not None and trusts,
            3: store.chain is not None and trusts,
        }
        return means[profile]

    @property
    def url(self) -> str:
        """Where it dials, whatever the profile."""
        return self._url

    def reached(self) -> None:
        """Take note of a connection: the profile works."""
        self._proven, self._failures = self.profile, 0

    def failed(self) -> None:
        """Take note of a connection that did not come about; a new profile that leads nowhere is given up."""
        self._failures += 1
        if self._proven not in {None, self.profile} and self._failures >= _PATIENCE:
            self._note(f"no connection with security profile {self.profile}: back to {self._proven}")
            self._keeper.set(self._key, str(self._proven))

    async def endpoint(self) -> Endpoint:
        """Return where to dial now, and with what."""
        match self.profile:
            case 0 | 1:
                return Endpoint(self._url, self.password, self._trusted)
            case profile:
                url = f"wss:{self._url.partition(':')[2]}"
                context = await self.tls()
                if profile == 2:
                    return Endpoint(url, self.password, context)
                await asyncio.to_thread(self._show_certificate, context)
                return Endpoint(url, None, context)

    async def tls(self) -> ssl.SSLContext:
        """Return a TLS context that trusts the installed roots, too."""
        return await asyncio.to_thread(self._context)

    def _context(self) -> ssl.SSLContext:
        store = self._station.certificates
        context = ssl.create_default_context()
        if self._trusted is not None:
            context.check_hostname, context.verify_mode = self._trusted.check_hostname, self._trusted.verify_mode
            for root in self._trusted.get_ca_certs(binary_form=True):
                context.load_verify_locations(cadata=root)
        for pem in store.of(RootUse.central_system_root_certificate):
            context.load_verify_locations(cadata=pem)
        return context

    def _show_certificate(self, context: ssl.SSLContext) -> None:
        """Have a TLS context show the own certificate, if there is one. The interface takes nothing but files."""
        store = self._station.certificates
        if store.chain is None or store.key is None:
            return
        with TemporaryDirectory() as folder:
            chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
            chain.write_text(store.chain)
            key.write_text(store.key)
            context.load_cert_chain(chain, key)
