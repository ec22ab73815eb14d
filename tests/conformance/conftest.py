"""A Home Assistant with cards and a charger, as a user would have set it up; and the option that writes the table of outcomes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import SUBENTRY_ID_TAG
from tests.tls import PrivateKey, make_certificate, make_key

from .house import BLOCKED, CARD, EXPIRED, FAMILY, SIBLING, House
from .table import Outcome, case_of, page, results


class Collector:
    """Keeps the outcomes of the tests and writes the page at the end."""

    def __init__(self, path: Path) -> None:
        """Write to this path."""
        self._path = path
        self._outcomes: list[Outcome] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a test; what fails before or after it counts too."""
        case = case_of(report.nodeid)
        if case is None or (report.when != "call" and report.passed):
            return
        self._outcomes.append(Outcome(case, _problem(report)))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page."""
        self._path.write_text(page(results(self._outcomes)), encoding="utf-8")


def _problem(report: pytest.TestReport) -> str | None:
    if report.passed:
        return None
    # An expected failure is reported as skipped, with its reason.
    return str(getattr(report, "wasxfail", "")).removeprefix("reason: ") or "the test fails"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the page to write."""
    parser.addoption("--conformance-report", type=Path, help="write the table of outcomes to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Collect outcomes if a page is wanted; of parallel runs the one process that hears of all does."""
    path: Path | None = config.getoption("--conformance-report", None)
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(path))


def _tag(name: str, id_tag: str, **data: Any) -> ConfigSubentryData:
    return ConfigSubentryData(
        data={"id_tag": id_tag, "allowed": True, **data},
        subentry_type=SUBENTRY_ID_TAG,
        title=name,
        unique_id=f"id_tag/{id_tag.casefold()}",
    )


@pytest.fixture
def subentries(charge_point_subentry: ConfigSubentryData) -> list[ConfigSubentryData]:
    """One charger and the cards of the house: two of one family, one that is blocked, one that has expired."""
    return [
        charge_point_subentry,
        _tag("Anna's card", CARD, parent=FAMILY),
        _tag("Ben's card", SIBLING, parent=FAMILY),
        _tag("Lost card", BLOCKED, allowed=False),
        _tag("Guest card", EXPIRED, expiry="2026-01-01T00:00:00+00:00"),
    ]


@pytest.fixture
def new_listener_key() -> Callable[[], PrivateKey]:
    """How the key of a listener that speaks TLS is made; tests override the fixture."""
    return make_key


@pytest.fixture
def trusted(tmp_path: Path, new_listener_key: Callable[[], PrivateKey]) -> Path:
    """The certificate of such a listener, which chargers trust; its key lies beside it."""
    certificate, key = make_certificate(key=new_listener_key())
    (tmp_path / "certificate.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    return tmp_path / "certificate.pem"


@pytest.fixture
def house(hass: HomeAssistant, init_integration: MockConfigEntry) -> House:
    """The Home Assistant that the charger belongs to."""
    return House(hass, init_integration)
