"""Repair issues out of security events: those of a charge point that a person should look into, each once until it is settled.

All events are told by the event entity; most are the everyday of a charger (restarts, its clock, an update) and raise nothing here.
Source: OCPP 1.6 security whitepaper ed. 3, appendix (security events).
"""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from custom_components.ocpp_csms.const import CONF_CHARGE_POINT_ID, DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Event

CLIENT_CERTIFICATE_REFUSED: Final = "client_certificate_refused"

# The issue by the name of the event, in lower case; two have another name since 2.0.1. A failed firmware update is told by the update itself.
_ISSUES: Final = {
    "attemptedreplayattacks": "replay_attempted",
    "invalidcentralsystemcertificate": "root_certificate_refused",
    "invalidchargepointcertificate": CLIENT_CERTIFICATE_REFUSED,
    "invalidchargingstationcertificate": CLIENT_CERTIFICATE_REFUSED,
    "invalidcsmscertificate": "root_certificate_refused",
    "memoryexhaustion": "memory_exhausted",
    "securitylogwascleared": "security_log_cleared",
    "tamperdetectionactivated": "tamper_detected",
}
SECURITY_ISSUES: Final = frozenset(_ISSUES.values())

_LONGEST_DETAIL = 100  # characters of what the charge point says of it


class SecurityIssues:
    """The security issues of one charge point. They outlive a restart, and go when the user says so."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, charge_point: ChargePoint) -> None:
        """Follow the charge point until `stop`."""
        self._hass = hass
        self._entry = entry
        self._charge_point = charge_point
        self._undo: tuple[CALLBACK_TYPE, ...] = (
            charge_point.listen_events(self._happened),
            charge_point.listen(0, ("certificate",), self._certificate_changed),
        )

    @callback
    def stop(self) -> None:
        """Raise no more."""
        for undo in self._undo:
            undo()

    @callback
    def _happened(self, event: Event) -> None:
        if event.kind == "security_event" and (key := _ISSUES.get(str(event.data["type"]).casefold())):
            self._raise(key, event.data["tech_info"])

    @callback
    def _certificate_changed(self) -> None:
        """A certificate that was refused is an issue; one that was taken settles it."""
        if (refusal := self._charge_point.certificates.refusal) is not None:
            self._raise(CLIENT_CERTIFICATE_REFUSED, refusal)
        else:
            ir.async_delete_issue(
                self._hass, DOMAIN, _issue_id(CLIENT_CERTIFICATE_REFUSED, self._charge_point.identity)
            )

    def _raise(self, key: str, detail: str | None) -> None:
        """Raise an issue, unless it is there already: a charger that repeats itself tells nothing new."""
        identity = self._charge_point.identity
        issue_id = _issue_id(key, identity)
        if ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id) is not None:
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id, CONF_CHARGE_POINT_ID: identity},
            is_fixable=True,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={"charge_point_id": identity, "detail": quoted(detail)},
        )


@callback
def async_delete_security_issues(hass: HomeAssistant, identity: str) -> None:
    """Take all back: the charge point is gone for good."""
    for key in SECURITY_ISSUES:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(key, identity))


def is_security_issue(issue_id: str) -> bool:
    """Tell whether an issue is one of these."""
    return any(issue_id.startswith(f"{key}_") for key in SECURITY_ISSUES)


def _issue_id(key: str, identity: str) -> str:
    return f"{key}_{identity}"


def quoted(detail: str | None) -> str:
    """Return what a charge point says as a short text that is shown as it is, whatever it contains."""
    shown = "".join(character for character in detail or "" if character.isprintable() and character != "`")
    return f"`{shown[:_LONGEST_DETAIL].strip() or '–'}`"
