"""The flow of an ID tag's subentry: who may charge, until when. The number is the tag's identity and stays."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import BooleanSelector, DateTimeSelector, TextSelector
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import CONF_ALLOWED, CONF_EXPIRY, CONF_ID_TAG, CONF_PARENT

# OCPP 2.x takes 36 characters, 1.6 takes 20; one list serves both.
MAXIMUM_LENGTH = 36

_FIELDS = {
    vol.Optional(CONF_NAME): TextSelector(),
    vol.Required(CONF_ALLOWED, default=True): BooleanSelector(),
    vol.Optional(CONF_EXPIRY): DateTimeSelector(),
    vol.Optional(CONF_PARENT): TextSelector(),
}


class IdTagFlow(ConfigSubentryFlow):
    """Adds and changes an ID tag."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a tag."""
        errors: dict[str, str] = {}
        if user_input is not None:
            id_tag = user_input[CONF_ID_TAG].strip()
            unique_id = _unique_id(id_tag)
            if not (errors := _errors(id_tag, user_input)):
                if any(subentry.unique_id == unique_id for subentry in self._get_entry().subentries.values()):
                    errors[CONF_ID_TAG] = "id_tag_in_use"
                else:
                    return self.async_create_entry(
                        title=_title(id_tag, user_input), data=_data(id_tag, user_input), unique_id=unique_id
                    )
        schema = vol.Schema({vol.Required(CONF_ID_TAG): TextSelector(), **_FIELDS})
        return self.async_show_form(
            step_id="user", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what is to change."""
        subentry = self._get_reconfigure_subentry()
        id_tag = subentry.data[CONF_ID_TAG]
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := _errors(id_tag, user_input)):
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=_title(id_tag, user_input), data=_data(id_tag, user_input)
            )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(_FIELDS), user_input or {CONF_NAME: subentry.title, **_shown(subentry.data)}
            ),
            errors=errors,
            description_placeholders={CONF_ID_TAG: id_tag},
        )


def _unique_id(id_tag: str) -> str:
    # A slash cannot be part of a charge point's identity, which is a unique id of the same entry. Tags are compared without case.
    return f"id_tag/{id_tag.casefold()}"


def _errors(id_tag: str, user_input: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if not 0 < len(id_tag) <= MAXIMUM_LENGTH:
        errors[CONF_ID_TAG] = "id_tag_invalid"
    if len(user_input.get(CONF_PARENT, "").strip()) > MAXIMUM_LENGTH:
        errors[CONF_PARENT] = "id_tag_invalid"
    return errors


def _title(id_tag: str, user_input: Mapping[str, Any]) -> str:
    return user_input.get(CONF_NAME, "").strip() or id_tag


def _data(id_tag: str, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subentry keeps: the expiry in UTC, optional fields only when they say something."""
    data: dict[str, Any] = {CONF_ID_TAG: id_tag, CONF_ALLOWED: user_input[CONF_ALLOWED]}
    if expiry := dt_util.parse_datetime(user_input.get(CONF_EXPIRY, "")):
        data[CONF_EXPIRY] = dt_util.as_utc(expiry).isoformat()
    if parent := user_input.get(CONF_PARENT, "").strip():
        data[CONF_PARENT] = parent
    return data


def _shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kept data as the form shows it: the expiry in local time."""
    if not (expiry := dt_util.parse_datetime(data.get(CONF_EXPIRY, ""))):
        return dict(data)
    return {**data, CONF_EXPIRY: dt_util.as_local(expiry).strftime("%Y-%m-%d %H:%M:%S")}
