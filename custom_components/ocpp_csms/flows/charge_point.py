"""The flow of a charge point's subentry: add one by hand before it dials in, and change its settings and password.

Passwords leave this module as salted hashes only; a generated one is shown once. Changes apply live, so nothing here reloads.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
import voluptuous as vol

from custom_components.ocpp_csms.const import (
    CONF_CHARGE_POINT_ID,
    CONF_CLIENT_AUTHORITY,
    CONF_CLIENT_CERTIFICATE,
    CONF_CONFIGURE,
    CONF_CREDENTIAL,
    CONF_DATA_TRANSFER_VENDORS,
    CONF_FALLBACK_CURRENT,
    CONF_FIRMWARE,
    CONF_ID_TAG,
    CONF_ID_TAG_POLICY,
    CONF_KEEP_LIMIT,
    CONF_LOCAL_LIST,
    CONF_MAXIMUM_CURRENT,
    CONF_MEASURANDS,
    CONF_METER_INTERVAL,
    CONF_NEXT_CREDENTIAL,
    CONF_PHASE_ROTATION,
    CONF_PHASES,
    CONF_QUIRKS,
    CONF_SUPPLY_VOLTAGE,
    CONF_TLS,
    CONF_VALIDATION,
    CONF_VERSION,
    DOMAIN,
)
from custom_components.ocpp_csms.csms.cards.authorization import Policy
from custom_components.ocpp_csms.csms.charge_point import ChargePoint, ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CommandError, RefusedError
from custom_components.ocpp_csms.csms.measuring.measurands import MEASURANDS
from custom_components.ocpp_csms.csms.model import ValidationMode
from custom_components.ocpp_csms.csms.quirks import InvalidOverrideError, parse_overrides
from custom_components.ocpp_csms.csms.security.credentials import generate_password, hash_password
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.identity import is_identity
from custom_components.ocpp_csms.listener import IDENTITY_PLACEHOLDER, async_listener_url
from custom_components.ocpp_csms.security.passwords import PASSWORD_SELECTOR, password_error
from custom_components.ocpp_csms.settings import PHASE_ROTATIONS, charge_point_settings, charge_point_subentries

from .firmware import FirmwareFlow

SECTION_ADVANCED = "advanced"
CONF_GENERATE_PASSWORD = "generate_password"  # noqa: S105 a field's name
CONF_REMOVE_PASSWORD = "remove_password"  # noqa: S105 a field's name

POLICY_OF_ALL = "central_system"  # in the form; nothing is kept for it
HIGHEST_VERSION = "automatic"  # likewise
MAXIMUM_ID_TAG_LENGTH = 20
MOST_VENDORS = 20
LONGEST_VENDOR_ID = 255
DEFAULT_FALLBACK_CURRENT = ChargePointSettings().fallback_current


class _InputError(Exception):
    """What was typed cannot be used. `field` is the form's field at fault or `base`, `reason` a key for translation."""

    def __init__(self, field: str, reason: str, **placeholders: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.placeholders = placeholders


def identity_in_use(hass: HomeAssistant, identity: str) -> bool:
    """Tell whether a charge point belongs to one of our central systems already."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return any(identity in charge_point_subentries(entry) for entry in entries)


class ChargePointFlow(FirmwareFlow):
    """Adds and changes a charge point."""

    def __init__(self) -> None:
        """Start with nothing entered."""
        self._title = ""
        self._data: dict[str, Any] = {}
        self._password = ""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a charge point that has not dialled in yet."""
        error: _InputError | None = None
        if user_input is not None:
            try:
                identity = _parse_identity(self.hass, user_input[CONF_CHARGE_POINT_ID])
                data = {CONF_CHARGE_POINT_ID: identity, **_parse_settings(user_input)}
                password = _parse_password(user_input)
            except _InputError as err:
                error = err
            else:
                self._title = user_input.get(CONF_NAME, "").strip() or identity
                self._data = data
                if user_input[CONF_GENERATE_PASSWORD]:
                    self._password = password = generate_password()
                if password:
                    self._data[CONF_CREDENTIAL] = await self.hass.async_add_executor_job(hash_password, password)
                return await self.async_step_generated_password() if self._password else await self._async_create()
        schema = vol.Schema({vol.Required(CONF_CHARGE_POINT_ID): TextSelector()}).extend(
            _settings_schema(ChargePointSettings(), removable=False).schema
        )
        return self._show("user", schema, user_input, error)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what it is about."""
        return self.async_show_menu(step_id="reconfigure", menu_options=["settings", "firmware"])

    async def async_step_settings(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what is to change."""
        subentry = self._get_reconfigure_subentry()
        error: _InputError | None = None
        if user_input is not None:
            try:
                data = {CONF_CHARGE_POINT_ID: subentry.data[CONF_CHARGE_POINT_ID], **_parse_settings(user_input)}
                data |= self._parse_client_certificate(user_input)
                data |= await self._async_parse_credential(user_input)
            except _InputError as err:
                error = err
            else:
                data |= {name: subentry.data[name] for name in (CONF_FIRMWARE,) if name in subentry.data}
                title = user_input.get(CONF_NAME, "").strip() or subentry.data[CONF_CHARGE_POINT_ID]
                # Saved before the password is shown: closing the dialog then must not lock the charger out.
                self.hass.config_entries.async_update_subentry(self._get_entry(), subentry, data=data, title=title)
                return await self.async_step_generated_password() if self._password else self._done()
        settings = charge_point_settings(subentry)
        certifiable = settings.client_certificate or CONF_TLS in self._get_entry().data
        schema = _settings_schema(settings, removable=settings.credential is not None, certifiable=certifiable)
        advanced = {
            CONF_DATA_TRANSFER_VENDORS: list(settings.data_transfer_vendors),
            CONF_QUIRKS: dict(settings.quirks),
        }
        suggested = user_input or {CONF_NAME: subentry.title, SECTION_ADVANCED: advanced}
        return self._show("settings", schema, suggested, error)

    async def async_step_generated_password(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show a generated password, once."""
        if user_input is None:
            return self.async_show_form(
                step_id="generated_password", description_placeholders={"password": self._password}
            )
        return await self._async_create() if self.source == "user" else self._done()

    async def _async_parse_credential(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Return the credential to keep, if any, after telling the charge point a generated password. Raises `_InputError`."""
        subentry = self._get_reconfigure_subentry()
        password = _parse_password(user_input)
        if user_input[CONF_GENERATE_PASSWORD]:
            self._password = ""
            password = generate_password()
            status = await self._async_push_password(subentry.data[CONF_CHARGE_POINT_ID], password)
            self._password = password
            if status == "RebootRequired":
                # Until the charger has restarted it uses the present one; both hold until it first uses the new one.
                present = {name: subentry.data[name] for name in (CONF_CREDENTIAL,) if name in subentry.data}
                next_credential = await self.hass.async_add_executor_job(hash_password, password)
                return {**present, CONF_NEXT_CREDENTIAL: next_credential}
        if password:
            return {CONF_CREDENTIAL: await self.hass.async_add_executor_job(hash_password, password)}
        if user_input.get(CONF_REMOVE_PASSWORD):
            return {}
        return {name: subentry.data[name] for name in (CONF_CREDENTIAL, CONF_NEXT_CREDENTIAL) if name in subentry.data}

    def _parse_client_certificate(self, user_input: Mapping[str, Any]) -> dict[str, bool]:
        """Return whether a client certificate is demanded from now on. Raises `_InputError` where that would lock the charge point out."""
        entry, data = self._get_entry(), self._get_reconfigure_subentry().data
        before = data.get(CONF_CLIENT_CERTIFICATE, False)
        if not user_input.get(CONF_CLIENT_CERTIFICATE, before):
            return {}
        ours_alone = CONF_CLIENT_AUTHORITY not in entry.data.get(CONF_TLS, {})
        if not before and ours_alone and entry.state is ConfigEntryState.LOADED:
            charge_point: ChargePoint = entry.runtime_data.central.charge_points[data[CONF_CHARGE_POINT_ID]]
            if not charge_point.certificates.is_valid:
                raise _InputError(CONF_CLIENT_CERTIFICATE, "client_certificate_unknown")
        return {CONF_CLIENT_CERTIFICATE: True}

    async def _async_push_password(self, identity: str, password: str) -> str:
        """Make the charge point use a new password from its next connection or restart on; return which, as it answered.

        Raises `_InputError`.
        """
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            raise _InputError(CONF_GENERATE_PASSWORD, "charge_point_offline")
        charge_point: ChargePoint = entry.runtime_data.central.charge_points[identity]
        if not charge_point.connected:
            raise _InputError(CONF_GENERATE_PASSWORD, "charge_point_offline")
        try:
            return await charge_point.set_password(password)
        except RefusedError as err:
            raise _InputError(CONF_GENERATE_PASSWORD, "password_refused", answer=err.status) from err
        except CommandError as err:
            # It may have been carried out all the same: some drop the connection before they answer.
            await self._async_expect_password(password)
            raise _InputError(
                CONF_GENERATE_PASSWORD, "password_not_confirmed", answer=str(err), password=password
            ) from err

    async def _async_expect_password(self, password: str) -> None:
        """Let the charge point in by a password beside the present one, until it first uses it."""
        credential = await self.hass.async_add_executor_job(hash_password, password)
        subentry = self._get_reconfigure_subentry()
        data = {**subentry.data, CONF_NEXT_CREDENTIAL: credential}
        self.hass.config_entries.async_update_subentry(self._get_entry(), subentry, data=data)

    async def _async_create(self) -> SubentryFlowResult:
        identity = self._data[CONF_CHARGE_POINT_ID]
        data = self._get_entry().data
        url = await async_listener_url(self.hass, data[CONF_HOST], data[CONF_PORT], tls=CONF_TLS in data)
        return self.async_create_entry(
            title=self._title,
            data=self._data,
            unique_id=identity,
            description_placeholders={"url": url.replace(IDENTITY_PLACEHOLDER, quote(identity))},
        )

    def _done(self) -> SubentryFlowResult:
        return self.async_update_and_abort(self._get_entry(), self._get_reconfigure_subentry())

    def _show(
        self, step_id: str, schema: vol.Schema, suggested: Mapping[str, Any] | None, error: _InputError | None
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors={error.field: error.reason} if error else {},
            description_placeholders=error.placeholders if error else {},
        )


def _settings_schema(settings: ChargePointSettings, *, removable: bool, certifiable: bool = False) -> vol.Schema:
    fields: dict[vol.Marker, Any] = {
        vol.Optional(CONF_NAME): TextSelector(),
        vol.Optional(CONF_PASSWORD): PASSWORD_SELECTOR,
        vol.Required(CONF_GENERATE_PASSWORD, default=False): BooleanSelector(),
    }
    if removable:
        fields[vol.Required(CONF_REMOVE_PASSWORD, default=False)] = BooleanSelector()
    if certifiable:
        fields[vol.Required(CONF_CLIENT_CERTIFICATE, default=settings.client_certificate)] = BooleanSelector()
    fields |= installation_schema(settings).schema
    fields[vol.Required(SECTION_ADVANCED)] = section(_advanced_schema(settings), {"collapsed": True})
    return vol.Schema(fields)


def installation_schema(settings: ChargePointSettings) -> vol.Schema:
    """Return the questions that nobody but the user can answer: what the installation of a charge point allows."""
    return vol.Schema(
        {
            vol.Required(CONF_MAXIMUM_CURRENT, default=settings.maximum_current): NumberSelector(
                NumberSelectorConfig(min=6, max=500, step=0.1, unit_of_measurement="A", mode=NumberSelectorMode.BOX)
            ),
            vol.Required(CONF_PHASES, default=str(settings.phases)): SelectSelector(
                SelectSelectorConfig(
                    options=["1", "2", "3"], mode=SelectSelectorMode.DROPDOWN, translation_key=CONF_PHASES
                )
            ),
        }
    )


def parse_installation(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subentry keeps of the answers to `installation_schema`."""
    return {
        CONF_MAXIMUM_CURRENT: user_input[CONF_MAXIMUM_CURRENT],
        CONF_PHASES: int(user_input[CONF_PHASES]),
    }


def _advanced_schema(settings: ChargePointSettings) -> vol.Schema:
    keeps = settings.fallback_current is None
    rotation = next(key for key, order in PHASE_ROTATIONS.items() if order == settings.grid_phases)
    return vol.Schema(
        {
            vol.Required(
                CONF_FALLBACK_CURRENT, default=DEFAULT_FALLBACK_CURRENT if keeps else settings.fallback_current
            ): NumberSelector(
                NumberSelectorConfig(min=0, max=63, step=1, unit_of_measurement="A", mode=NumberSelectorMode.BOX)
            ),
            vol.Required(CONF_KEEP_LIMIT, default=keeps): BooleanSelector(),
            vol.Required(CONF_PHASE_ROTATION, default=rotation): SelectSelector(
                SelectSelectorConfig(
                    options=list(PHASE_ROTATIONS),
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key=CONF_PHASE_ROTATION,
                )
            ),
            vol.Required(CONF_SUPPLY_VOLTAGE, default=settings.voltage): NumberSelector(
                NumberSelectorConfig(min=90, max=420, step=1, unit_of_measurement="V", mode=NumberSelectorMode.BOX)
            ),
            vol.Required(CONF_VERSION, default=_option(settings.version)): SelectSelector(
                SelectSelectorConfig(
                    options=[HIGHEST_VERSION, *map(_option, Version)],
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key="ocpp_version",
                )
            ),
            vol.Required(CONF_CONFIGURE, default=settings.configure): BooleanSelector(),
            vol.Optional(CONF_MEASURANDS, default=list(settings.measurands)): SelectSelector(
                SelectSelectorConfig(
                    options=list(MEASURANDS), multiple=True, custom_value=True, mode=SelectSelectorMode.DROPDOWN
                )
            ),
            vol.Required(CONF_METER_INTERVAL, default=settings.meter_interval): NumberSelector(
                NumberSelectorConfig(min=1, max=3600, step=1, unit_of_measurement="s", mode=NumberSelectorMode.BOX)
            ),
            vol.Required(CONF_VALIDATION, default=settings.validation.value): SelectSelector(
                SelectSelectorConfig(
                    options=[mode.value for mode in ValidationMode],
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key=CONF_VALIDATION,
                )
            ),
            vol.Required(CONF_ID_TAG, default=settings.id_tag): TextSelector(),
            vol.Required(CONF_ID_TAG_POLICY, default=settings.id_tag_policy or POLICY_OF_ALL): SelectSelector(
                SelectSelectorConfig(
                    options=[POLICY_OF_ALL, *(policy.value for policy in Policy)],
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key="charge_point_id_tag_policy",
                )
            ),
            vol.Required(CONF_LOCAL_LIST, default=settings.local_list): BooleanSelector(),
            vol.Optional(CONF_DATA_TRANSFER_VENDORS): TextSelector(TextSelectorConfig(multiple=True)),
            vol.Optional(CONF_QUIRKS): ObjectSelector(),
        }
    )


def _parse_identity(hass: HomeAssistant, text: str) -> str:
    """Return the identity. Raises `_InputError` for what cannot be one, and for one that is taken."""
    identity = text.strip()
    if not is_identity(identity):
        raise _InputError(CONF_CHARGE_POINT_ID, "charge_point_id_invalid")
    if identity_in_use(hass, identity):
        raise _InputError(CONF_CHARGE_POINT_ID, "charge_point_id_in_use")
    return identity


def _parse_settings(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subentry keeps of the form, but for identity and credential. Raises `_InputError`."""
    advanced = user_input[SECTION_ADVANCED]
    id_tag = advanced[CONF_ID_TAG].strip()
    # A field in a section cannot show an error of its own.
    if not 0 < len(id_tag) <= MAXIMUM_ID_TAG_LENGTH:
        raise _InputError("base", "id_tag_invalid")
    if not advanced[CONF_KEEP_LIMIT] and advanced[CONF_FALLBACK_CURRENT] > user_input[CONF_MAXIMUM_CURRENT]:
        raise _InputError("base", "fallback_current_too_high")
    return {
        **parse_installation(user_input),
        CONF_FALLBACK_CURRENT: advanced[CONF_FALLBACK_CURRENT],
        CONF_KEEP_LIMIT: advanced[CONF_KEEP_LIMIT],
        CONF_PHASE_ROTATION: advanced[CONF_PHASE_ROTATION],
        CONF_SUPPLY_VOLTAGE: advanced[CONF_SUPPLY_VOLTAGE],
        **_parse_version(advanced[CONF_VERSION]),
        CONF_CONFIGURE: advanced[CONF_CONFIGURE],
        CONF_MEASURANDS: advanced[CONF_MEASURANDS],
        CONF_METER_INTERVAL: int(advanced[CONF_METER_INTERVAL]),
        CONF_VALIDATION: advanced[CONF_VALIDATION],
        CONF_ID_TAG: id_tag,
        **_parse_id_tag_policy(advanced[CONF_ID_TAG_POLICY]),
        CONF_LOCAL_LIST: advanced[CONF_LOCAL_LIST],
        CONF_DATA_TRANSFER_VENDORS: _parse_vendors(advanced.get(CONF_DATA_TRANSFER_VENDORS, [])),
        CONF_QUIRKS: _parse_quirks(advanced.get(CONF_QUIRKS)),
    }


def _parse_vendors(entered: list[str]) -> list[str]:
    """Return the vendor ids without blanks and repetitions. Raises `_InputError`."""
    vendors = list(dict.fromkeys(vendor.strip() for vendor in entered if vendor.strip()))
    if len(vendors) > MOST_VENDORS or any(len(vendor) > LONGEST_VENDOR_ID for vendor in vendors):
        raise _InputError("base", "vendor_ids_invalid")
    return vendors


def _parse_id_tag_policy(policy: str) -> dict[str, str]:
    return {} if policy == POLICY_OF_ALL else {CONF_ID_TAG_POLICY: policy}


def _option(version: Version | None) -> str:
    """Return how the form calls a version: keys of translations have no dots."""
    return HIGHEST_VERSION if version is None else version.name.lower()


def _parse_version(option: str) -> dict[str, str]:
    pinned = next((version for version in Version if _option(version) == option), None)
    return {} if pinned is None else {CONF_VERSION: pinned.value}


def _parse_quirks(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _InputError("base", "quirks_not_a_mapping")
    try:
        parse_overrides(value)
    except InvalidOverrideError as err:
        raise _InputError("base", "quirk_invalid", quirk=err.name) from err
    return value


def _parse_password(user_input: Mapping[str, Any]) -> str:
    """Return the password that was typed, or an empty text. Raises `_InputError`."""
    password: str = user_input.get(CONF_PASSWORD, "")
    wishes = [password, user_input[CONF_GENERATE_PASSWORD], user_input.get(CONF_REMOVE_PASSWORD)]
    if sum(map(bool, wishes)) > 1:
        raise _InputError(CONF_PASSWORD, "password_ambiguous")
    if password and (reason := password_error(password)):
        raise _InputError(CONF_PASSWORD, reason)
    return password
