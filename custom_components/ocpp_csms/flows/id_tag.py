"""The flow of an ID tag's subentry: who may charge, where, until when. The number is the tag's identity and stays.

A card that was held to a charger and that nobody has entered is offered to be adopted.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    DateTimeSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from custom_components.ocpp_csms.cards.id_tag_entries import (
    MAXIMUM_CONCURRENT,
    MAXIMUM_LENGTH,
    is_number,
    tag_data,
    tag_subentry,
    unique_id,
)
from custom_components.ocpp_csms.const import (
    CONF_ALLOWED,
    CONF_CHARGE_POINTS,
    CONF_CONCURRENT,
    CONF_EXPIRY,
    CONF_ID_TAG,
    CONF_PARENT,
)
from custom_components.ocpp_csms.csms.cards.unknown_tags import UnknownTag
from custom_components.ocpp_csms.settings import charge_point_subentries


class IdTagFlow(ConfigSubentryFlow):
    """Adds and changes an ID tag."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a tag."""
        errors: dict[str, str] = {}
        if user_input is not None:
            id_tag = user_input[CONF_ID_TAG].strip()
            if not (errors := _errors(id_tag, user_input)):
                if tag_subentry(self._get_entry(), id_tag):
                    errors[CONF_ID_TAG] = "id_tag_in_use"
                else:
                    return self.async_create_entry(
                        title=_title(id_tag, user_input), data=tag_data(id_tag, user_input), unique_id=unique_id(id_tag)
                    )
        schema = vol.Schema({vol.Required(CONF_ID_TAG): self._number_selector(), **self._fields()})
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
                self._get_entry(), subentry, title=_title(id_tag, user_input), data=tag_data(id_tag, user_input)
            )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(self._fields(subentry.data.get(CONF_CHARGE_POINTS, ()))),
                user_input or {CONF_NAME: subentry.title, **_shown(subentry.data)},
            ),
            errors=errors,
            description_placeholders={CONF_ID_TAG: id_tag},
        )

    def _fields(self, chosen: tuple[str, ...] | list[str] = ()) -> dict[vol.Marker, Any]:
        """Return the fields of both forms; chargers that were chosen and are gone stay in the list."""
        names = {identity: identity for identity in chosen} | {
            identity: subentry.title for identity, subentry in charge_point_subentries(self._get_entry()).items()
        }
        return {
            vol.Optional(CONF_NAME): TextSelector(),
            vol.Required(CONF_ALLOWED, default=True): BooleanSelector(),
            vol.Optional(CONF_EXPIRY): DateTimeSelector(),
            vol.Optional(CONF_PARENT): TextSelector(),
            vol.Optional(CONF_CONCURRENT): NumberSelector(
                NumberSelectorConfig(min=1, max=MAXIMUM_CONCURRENT, step=1, mode=NumberSelectorMode.BOX)
            ),
            vol.Optional(CONF_CHARGE_POINTS): SelectSelector(
                SelectSelectorConfig(
                    options=[SelectOptionDict(value=identity, label=name) for identity, name in names.items()],
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
        }

    def _number_selector(self) -> TextSelector | SelectSelector:
        """Return what asks for the number: unknown cards that were held to a charger of late can be chosen."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return TextSelector()
        seen = [
            tag
            for tag in entry.runtime_data.central.unknown_tags.recent()
            if is_number(tag.id_tag) and not tag_subentry(entry, tag.id_tag)
        ]
        if not seen:
            return TextSelector()
        names = {identity: subentry.title for identity, subentry in charge_point_subentries(entry).items()}
        return SelectSelector(
            SelectSelectorConfig(
                options=[SelectOptionDict(value=tag.id_tag, label=_seen(tag, names)) for tag in seen],
                custom_value=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )


def _seen(tag: UnknownTag, names: Mapping[str, str]) -> str:
    """Return a card as it is offered: its number, where it was presented, and when."""
    at = dt_util.as_local(tag.at).strftime("%Y-%m-%d %H:%M")
    return f"{tag.id_tag} · {names.get(tag.charge_point, tag.charge_point)} · {at}"


def _errors(id_tag: str, user_input: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if not is_number(id_tag):
        errors[CONF_ID_TAG] = "id_tag_invalid"
    if len(user_input.get(CONF_PARENT, "").strip()) > MAXIMUM_LENGTH:
        errors[CONF_PARENT] = "id_tag_invalid"
    return errors


def _title(id_tag: str, user_input: Mapping[str, Any]) -> str:
    return user_input.get(CONF_NAME, "").strip() or id_tag


def _shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kept data as the form shows it: the expiry in local time."""
    if not (expiry := dt_util.parse_datetime(data.get(CONF_EXPIRY, ""))):
        return dict(data)
    return {**data, CONF_EXPIRY: dt_util.as_local(expiry).strftime("%Y-%m-%d %H:%M:%S")}
