"""A charge point that does not bear limits is told of to the user, until it does."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.profiles import Expiry, Strategy
from custom_components.ocpp_csms.charging.strategies import Capabilities, Outcome, Search, Trial
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import RefusedError
from custom_components.ocpp_csms.csms.model import ConnectorStatus
from tests.scripted import NOON, ScriptedDialect, report, start_transaction


def keys(hass: HomeAssistant) -> list[str]:
    """Return what is wrong, as the user sees it."""
    return [str(issue.translation_key) for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN]


def ignore(charge_point: ChargePoint, number: int, *, ignored: bool = True) -> None:
    """Let the watch find that a connector takes more than its limit in spite of all."""
    charge_point.connectors[number].limit_ignored = ignored
    charge_point.notify(number, "limit_ignored")


async def set_limit(charge_point: ChargePoint, far_end: ScriptedDialect, answer: Any = None) -> None:
    """Set a limit, and let the charge point answer."""
    far_end.answers["set_limit"] = answer
    await charge_point.set_limit(1, 10.0)
    charge_point.flush()


async def test_a_limit_that_is_not_kept_is_told_until_it_is(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The charger is named."""
    assert keys(hass) == []
    ignore(charge_point, 1)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "limit_ignored_CP1")
    assert issue is not None
    assert issue.translation_placeholders == {"charge_point_id": "CP1"}
    ignore(charge_point, 1, ignored=False)
    assert keys(hass) == []


async def test_one_issue_tells_of_all_connectors(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Those that come to be known later too; it goes when all of them keep to their limits."""
    report(charge_point, 2, ConnectorStatus.AVAILABLE)
    ignore(charge_point, 1)
    ignore(charge_point, 2)
    assert keys(hass) == ["limit_ignored"]
    ignore(charge_point, 1, ignored=False)
    assert keys(hass) == ["limit_ignored"]
    ignore(charge_point, 2, ignored=False)
    assert keys(hass) == []


async def test_limits_that_are_all_refused_are_told_until_one_is_taken(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """They are tried again each time one is set. Before a transaction, not all kinds can be tried."""
    start_transaction(charge_point, at=NOON)
    with pytest.raises(RefusedError):
        await set_limit(charge_point, far_end, RefusedError("SetChargingProfile", "NotSupported"))
    charge_point.flush()
    assert keys(hass) == ["limit_refused"]
    await set_limit(charge_point, far_end)
    assert keys(hass) == []


async def test_a_charge_point_that_takes_limits_is_not_told_of(
    hass: HomeAssistant, charge_point: ChargePoint, far_end: ScriptedDialect
) -> None:
    """Whatever way it was."""
    await set_limit(charge_point, far_end)
    assert charge_point.limits.search is not None
    assert keys(hass) == []


NO_END = Strategy(expiry=Expiry.NONE)


def found(charge_point: ChargePoint, strategy: Strategy, outcome: Outcome, **capabilities: Any) -> None:
    """Let a way of limiting have been found."""
    search = Search(strategy, Capabilities(**capabilities), [Trial(strategy, outcome)])
    charge_point.limits._writer.search = search  # noqa: SLF001 - it takes hours of refusals to get there
    charge_point.notify(0, "limits")


async def test_limits_that_never_end_by_themselves_are_told(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """Once they are followed and no other way is left; not to who wants just that."""
    found(charge_point, NO_END, Outcome.ACCEPTED, periods=1)
    assert keys(hass) == []
    found(charge_point, NO_END, Outcome.CONFIRMED, periods=2)
    assert keys(hass) == []
    found(charge_point, NO_END, Outcome.CONFIRMED, periods=1)
    assert keys(hass) == ["limit_without_dead_man"]
    charge_point.update_settings(replace(charge_point.settings, fallback_current=None))
    assert keys(hass) == []


async def test_limits_that_end_by_themselves_are_no_issue(hass: HomeAssistant, charge_point: ChargePoint) -> None:
    """The car comes down to the fallback."""
    found(charge_point, Strategy(), Outcome.CONFIRMED)
    assert keys(hass) == []


async def test_a_charge_point_that_is_removed_takes_its_issue_with_it(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Nobody could do anything about it any more."""
    ignore(charge_point, 1)
    [subentry] = init_integration.subentries.values()
    hass.config_entries.async_remove_subentry(init_integration, subentry.subentry_id)
    await hass.async_block_till_done()
    assert keys(hass) == []
    ignore(charge_point, 1)
    assert keys(hass) == []


async def test_no_issue_is_left_of_an_entry_that_is_unloaded(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """It comes back when it is found again."""
    ignore(charge_point, 1)
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert keys(hass) == []
