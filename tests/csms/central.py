"""A central system for tests: on the loopback, on a port that the system picks, with a clock that the test moves."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.ocpp_csms.csms.cards.authorization import Authorization
from custom_components.ocpp_csms.csms.central_system import CentralSystem, CentralSystemSettings
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.commissioning import Timing
from custom_components.ocpp_csms.csms.security.certificate_signing import AuthorityProvider
from custom_components.ocpp_csms.csms.security.client_certificates import CertificateProblem
from custom_components.ocpp_csms.csms.surroundings import Surroundings
from custom_components.ocpp_csms.csms.wire.validation import SchemaChecker
from tests.csms.scripted_charge_point import TIMEOUT

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

# Nothing is asked for unbidden, but after a boot.
PATIENT = Timing(boot_grace=60.0, confirm_grace=60.0, settle=0.0)
HASTY = Timing(boot_grace=0.02, confirm_grace=0.02, settle=0.0)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        """Start at noon."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on by a time delta and return the new time."""
        self.now += timedelta(**by)
        return self.now


def surroundings(clock: Clock, checker: SchemaChecker) -> Surroundings:
    """Return what a dialect needs of its surroundings."""
    return Surroundings(clock=clock, heartbeat_interval=lambda: 300, ping_interval=30, checker=checker)


class RecordingObserver:
    """Keeps what a central system tells, and lets a test wait for it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.strangers: list[ChargePoint] = []
        self.failures: list[tuple[str, str, int]] = []
        self.refused_certificates: list[tuple[str, str, int, CertificateProblem]] = []
        self.successes: list[str] = []
        self.renewed: list[str] = []
        self.refused_versions: list[tuple[str, str]] = []
        self.saves: list[bool] = []
        self.waited: list[int] = []
        self.late: list[tuple[str, int, datetime]] = []
        self._news = asyncio.Event()

    def discovered(self, charge_point: ChargePoint) -> None:
        """Keep a stranger."""
        self.strangers.append(charge_point)
        self._news.set()

    def authentication_failed(self, identity: str, remote: str, count: int) -> None:
        """Keep a failure."""
        self.failures.append((identity, remote, count))
        self._news.set()

    def certificate_refused(self, identity: str, remote: str, count: int, problem: CertificateProblem) -> None:
        """Keep a failure."""
        self.refused_certificates.append((identity, remote, count, problem))
        self._news.set()

    def version_refused(self, identity: str, offered: str) -> None:
        """Keep whose sub-protocols were of no use."""
        self.refused_versions.append((identity, offered))
        self._news.set()

    def password_renewed(self, identity: str) -> None:
        """Keep who uses its new password."""
        self.renewed.append(identity)

    def authentication_succeeded(self, identity: str) -> None:
        """Keep a success."""
        self.successes.append(identity)
        self._news.set()

    def changed(self, urgent: bool) -> None:
        """Keep that something is to be saved."""
        self.saves.append(urgent)
        self._news.set()

    async def saved(self) -> None:
        """Keep how much was to be saved when somebody waited for it."""
        self.waited.append(len(self.saves))

    def energy_was_late(self, identity: str, connector: int, since: datetime) -> None:
        """Keep it."""
        self.late.append((identity, connector, since))

    async def until(self, predicate: Callable[[], object]) -> None:
        """Return once the predicate holds; it is asked again when something is told."""
        async with asyncio.timeout(TIMEOUT):
            while not predicate():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def central_system(
    *,
    observer: RecordingObserver | None = None,
    authorization: Authorization | None = None,
    stored: Mapping[str, Any] | None = None,
    clock: Callable[[], datetime] | None = None,
    settings: CentralSystemSettings | None = None,
    authority: AuthorityProvider | None = None,
    **changes: Any,
) -> AsyncGenerator[CentralSystem]:
    """Run a central system; `changes` are those of its settings."""
    central = CentralSystem(
        replace(
            settings or CentralSystemSettings(host="127.0.0.1", port=0, timing=PATIENT, call_timeout=TIMEOUT), **changes
        ),
        observer=observer or RecordingObserver(),
        authorization=authorization or Authorization(),
        stored=stored,
        clock=clock or Clock(),
        authority=authority,
    )
    await central.start()
    try:
        yield central
    finally:
        await central.stop()
