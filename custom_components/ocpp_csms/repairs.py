"""Repair issues: what only the user can put right, and the flows that do it for a wrong password and a meter that counts the other way round.

An issue says what is wrong and what to do; it goes away by itself once things work.
"""

from collections.abc import Iterable
from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import CONF_CHARGE_POINT_ID, CONF_CREDENTIAL, DOMAIN
from .control.issues import GRID_INVERTED
from .control.settings import site_subentry, with_grid_turned_round
from .csms.security.client_certificates import CertificateProblem
from .csms.security.credentials import hash_password
from .csms.versions import Version
from .security.passwords import PASSWORD_SELECTOR, password_error
from .security.security_issues import is_security_issue, quoted
from .settings import charge_point_subentries


@callback
def async_create_listener_issue(hass: HomeAssistant, entry: ConfigEntry, reason: str) -> None:
    """Tell the user that the listener cannot open. `reason` is that of a `ListenError` or a `CertificateError`."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _listener_issue_id(entry),
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=reason,
        translation_placeholders={"title": entry.title, "port": str(entry.data[CONF_PORT])},
    )


@callback
def async_delete_listener_issue(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take the issue back: the listener is open, or gone for good."""
    ir.async_delete_issue(hass, DOMAIN, _listener_issue_id(entry))


@callback
def async_create_authentication_issue(hass: HomeAssistant, entry: ConfigEntry, identity: str, remote: str) -> None:
    """Tell the user that a charge point keeps calling from the address `remote` with a wrong password."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _authentication_issue_id(identity),
        data={"entry_id": entry.entry_id, CONF_CHARGE_POINT_ID: identity},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="authentication_failed",
        translation_placeholders={"charge_point_id": identity, "remote": remote},
    )


@callback
def async_create_certificate_issue(
    hass: HomeAssistant, identity: str, remote: str, problem: CertificateProblem
) -> None:
    """Tell the user that a charge point keeps calling from the address `remote` without a client certificate of its own."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _certificate_issue_id(identity),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=f"client_certificate_{problem}",
        translation_placeholders={"charge_point_id": identity, "remote": remote},
    )


@callback
def async_delete_authentication_issue(hass: HomeAssistant, identity: str) -> None:
    """Take the issues back: the charge point is in, has a new password, needs no certificate any more, or is gone."""
    ir.async_delete_issue(hass, DOMAIN, _authentication_issue_id(identity))
    ir.async_delete_issue(hass, DOMAIN, _certificate_issue_id(identity))


@callback
def async_create_version_issue(
    hass: HomeAssistant, identity: str, *, offered: str, versions: Iterable[Version]
) -> None:
    """Tell the user that a charge point offers none of the versions of OCPP that it may speak. `offered` is its own word."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _version_issue_id(identity),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="version_refused",
        translation_placeholders={
            "charge_point_id": identity,
            "offered": quoted(offered),
            "versions": ", ".join(versions),
        },
    )


@callback
def async_delete_version_issue(hass: HomeAssistant, identity: str) -> None:
    """Take the issue back: the charge point has connected, may speak another version, or is gone."""
    ir.async_delete_issue(hass, DOMAIN, _version_issue_id(identity))


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that repairs an issue."""
    data = data or {}
    if is_security_issue(issue_id):
        return ConfirmRepairFlow()
    if issue_id.startswith(GRID_INVERTED):
        return InvertedGridRepairFlow(str(data["entry_id"]))
    return WrongPasswordRepairFlow(str(data["entry_id"]), str(data[CONF_CHARGE_POINT_ID]))


class WrongPasswordRepairFlow(RepairsFlow):
    """Asks for the password that the charge point was given."""

    def __init__(self, entry_id: str, identity: str) -> None:
        """Repair this charge point of this entry."""
        self._entry_id = entry_id
        self._identity = identity

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start."""
        return await self.async_step_password()

    async def async_step_password(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the password and keep its hash."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        subentry = charge_point_subentries(entry).get(self._identity) if entry else None
        if entry is None or subentry is None:
            return self.async_abort(reason="charge_point_removed")
        errors: dict[str, str] = {}
        if user_input is not None:
            password = user_input[CONF_PASSWORD]
            if error := password_error(password):
                errors[CONF_PASSWORD] = error
            else:
                credential = await self.hass.async_add_executor_job(hash_password, password)
                self.hass.config_entries.async_update_subentry(
                    entry, subentry, data={**subentry.data, CONF_CREDENTIAL: credential}
                )
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="password",
            data_schema=vol.Schema({vol.Required(CONF_PASSWORD): PASSWORD_SELECTOR}),
            errors=errors,
            description_placeholders={"charge_point_id": self._identity},
        )


class InvertedGridRepairFlow(RepairsFlow):
    """Turns the grid's power round once the user agrees."""

    def __init__(self, entry_id: str) -> None:
        """Repair the site of this entry."""
        self._entry_id = entry_id

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask whether to do it, and do it. A second time would undo it: the issue must still be there."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        subentry = site_subentry(entry) if entry else None
        if issue is None or entry is None or subentry is None:
            return self.async_abort(reason="settled")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=issue.translation_placeholders,
            )
        self.hass.config_entries.async_update_subentry(entry, subentry, data=with_grid_turned_round(subentry))
        return self.async_create_entry(data={})


def _listener_issue_id(entry: ConfigEntry) -> str:
    return f"listener_{entry.entry_id}"


def _authentication_issue_id(identity: str) -> str:
    return f"authentication_failed_{identity}"


def _version_issue_id(identity: str) -> str:
    return f"version_refused_{identity}"


def _certificate_issue_id(identity: str) -> str:
    return f"client_certificate_failed_{identity}"
