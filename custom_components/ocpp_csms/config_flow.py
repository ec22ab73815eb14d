"""The flow of the entry: set up and move a central system, set its options, and confirm a charge point that dialled in unknown.

Each step tries what it is told (binds the port, loads the certificate) before it says yes. The flows of subentries are in `flows`.
"""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    FileSelector,
    FileSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.helpers.typing import DiscoveryInfoType
import voluptuous as vol

from .const import (
    CONF_ALLOWED_NETWORKS,
    CONF_CALL_TIMEOUT,
    CONF_CERTIFICATE,
    CONF_CHARGE_POINT_ID,
    CONF_CLIENT_AUTHORITY,
    CONF_FIXED_PRICE,
    CONF_HEARTBEAT_INTERVAL,
    CONF_ID_TAG_POLICY,
    CONF_PRICE,
    CONF_PRIVATE_KEY,
    CONF_TLS,
    CONF_UNKNOWN_CHARGE_POINTS,
    DEFAULT_HOST,
    DEFAULT_PORT,
    DOMAIN,
    NAME,
    SUBENTRY_CHARGE_POINT,
    SUBENTRY_ID_TAG,
    SUBENTRY_SITE,
    UNKNOWN_DISCOVER,
    UNKNOWN_REJECT,
)
from .csms.cards.authorization import Policy
from .csms.charge_point import ChargePointSettings
from .discovery import discovery_unique_id
from .flows.charge_point import ChargePointFlow, identity_in_use, installation_schema, parse_installation
from .flows.id_tag import IdTagFlow
from .flows.site import PRICE_ENTITY, SiteFlow
from .listener import ListenError, async_check_address, async_listener_url
from .security.certificates import (
    CertificateError,
    check_client_authority,
    check_files,
    check_pem,
    forget_upload,
    is_upload,
    keep_client_authority,
    keep_upload,
    read_upload,
)
from .settings import central_system_settings

POLICY_AUTOMATIC = "automatic"  # in the form; nothing is kept for it
SECTION_NETWORK = "network"
SECTION_SECURITY = "security"
SECTION_TARIFF = "tariff"

TLS_OFF = "off"
TLS_PATH = "path"
TLS_UPLOAD = "upload"
CONF_REMOVE_CLIENT_AUTHORITY = "remove_client_authority"

_PEM = FileSelector(FileSelectorConfig(accept=".pem,.crt,.cer,.key"))


class OcppConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a central system, or moves it to another address."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Start with nothing entered."""
        self._data: dict[str, Any] = {}
        self._discovered: DiscoveryInfoType = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow of the options."""
        return OcppOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows of the subentries."""
        return {SUBENTRY_CHARGE_POINT: ChargePointFlow, SUBENTRY_ID_TAG: IdTagFlow, SUBENTRY_SITE: SiteFlow}

    # Address and TLS

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where to listen."""
        return await self._async_step_address("user", user_input, {CONF_HOST: DEFAULT_HOST, CONF_PORT: DEFAULT_PORT})

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where to listen from now on."""
        return await self._async_step_address("reconfigure", user_input, self._get_reconfigure_entry().data)

    async def _async_step_address(
        self, step_id: str, user_input: dict[str, Any] | None, current: Mapping[str, Any]
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        mode = _tls_mode(current.get(CONF_TLS))
        host, port = current[CONF_HOST], current[CONF_PORT]
        if user_input is not None:
            host, port = user_input[SECTION_NETWORK][CONF_HOST].strip(), int(user_input[CONF_PORT])
            mode = user_input[SECTION_SECURITY][CONF_TLS]
            self._async_abort_entries_match({CONF_PORT: port})
            if not (errors := await self._async_address_errors(host, port)):
                self._data = {CONF_HOST: host, CONF_PORT: port}
                if mode == TLS_PATH:
                    return await self.async_step_tls_path()
                if mode == TLS_UPLOAD:
                    return await self.async_step_tls_upload()
                return await self._async_finish()
        return self.async_show_form(
            step_id=step_id,
            data_schema=_address_schema(host, port, mode),
            errors=errors,
            description_placeholders={"url": await self._async_url(current)},
        )

    async def _async_address_errors(self, host: str, port: int) -> dict[str, str]:
        """Try the address. Our own listener on the same port does not stand in the way."""
        try:
            ip_address(host)
        except ValueError:
            return {"base": "host_invalid"}
        try:
            await async_check_address(host, 0 if self._is_own_port(port) else port)
        except ListenError as err:
            # A field in a section cannot show an error of its own.
            return {CONF_PORT if err.field == CONF_PORT else "base": err.reason}
        return {}

    def _is_own_port(self, port: int) -> bool:
        if self.source != SOURCE_RECONFIGURE:
            return False
        entry = self._get_reconfigure_entry()
        return entry.state is ConfigEntryState.LOADED and entry.data[CONF_PORT] == port

    async def async_step_tls_path(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where certificate and key are."""
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input = {field: path for field, path in user_input.items() if path.strip()}
            try:
                await self.hass.async_add_executor_job(check_files, self.hass, user_input)
            except CertificateError as err:
                errors[err.field] = err.reason
            else:
                self._data[CONF_TLS] = user_input
                return await self._async_finish()
        current = self._current_tls()
        suggested = user_input or (current if _tls_mode(current) == TLS_PATH else None)
        schema = vol.Schema(
            {
                vol.Required(CONF_CERTIFICATE): TextSelector(),
                vol.Required(CONF_PRIVATE_KEY): TextSelector(),
                vol.Optional(CONF_CLIENT_AUTHORITY): TextSelector(),
            }
        )
        return self.async_show_form(
            step_id="tls_path", data_schema=self.add_suggested_values_to_schema(schema, suggested), errors=errors
        )

    async def async_step_tls_upload(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take certificate and key as files; what was uploaded before may stay."""
        errors: dict[str, str] = {}
        current = self._current_tls()
        kept: Mapping[str, Any] = current if current is not None and _tls_mode(current) == TLS_UPLOAD else {}
        if user_input is not None:
            try:
                self._data[CONF_TLS] = await self._async_keep_upload(user_input, kept)
            except CertificateError as err:
                errors[err.field] = err.reason
            else:
                return await self._async_finish()
        marker = vol.Optional if kept else vol.Required
        fields: dict[vol.Marker, Any] = {
            marker(CONF_CERTIFICATE): _PEM,
            marker(CONF_PRIVATE_KEY): _PEM,
            vol.Optional(CONF_CLIENT_AUTHORITY): _PEM,
        }
        if CONF_CLIENT_AUTHORITY in kept:
            fields[vol.Required(CONF_REMOVE_CLIENT_AUTHORITY, default=False)] = BooleanSelector()
        return self.async_show_form(step_id="tls_upload", data_schema=vol.Schema(fields), errors=errors)

    async def _async_keep_upload(self, user_input: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
        """Check and keep uploaded files; return what the entry's data keeps. What is not uploaded stays. Raises `CertificateError`."""
        fields = (CONF_CERTIFICATE, CONF_PRIVATE_KEY, CONF_CLIENT_AUTHORITY)
        uploads = {field: user_input[field] for field in fields if field in user_input}
        pair = uploads.keys() & {CONF_CERTIFICATE, CONF_PRIVATE_KEY}
        if missing := [field for field in fields[:2] if field not in uploads and (pair or not kept)]:
            raise CertificateError(missing[0], "upload_both")

        def keep() -> dict[str, Any]:
            # All are read before any is judged: an upload can be read once only.
            files = {field: read_upload(self.hass, file_id, field) for field, file_id in uploads.items()}
            if pair:
                check_pem(files[CONF_CERTIFICATE], files[CONF_PRIVATE_KEY])
            if CONF_CLIENT_AUTHORITY in files:
                check_client_authority(files[CONF_CLIENT_AUTHORITY])
            tls = dict(kept)
            if user_input.get(CONF_REMOVE_CLIENT_AUTHORITY):
                tls.pop(CONF_CLIENT_AUTHORITY)
            if pair:
                tls |= keep_upload(self.hass, files[CONF_CERTIFICATE], files[CONF_PRIVATE_KEY])
            if CONF_CLIENT_AUTHORITY in files:
                tls |= keep_client_authority(self.hass, files[CONF_CLIENT_AUTHORITY])
            return tls

        return await self.hass.async_add_executor_job(keep)

    def _current_tls(self) -> Mapping[str, Any] | None:
        return self._get_reconfigure_entry().data.get(CONF_TLS) if self.source == SOURCE_RECONFIGURE else None

    async def _async_url(self, data: Mapping[str, Any]) -> str:
        return await async_listener_url(self.hass, data[CONF_HOST], data[CONF_PORT], tls=CONF_TLS in data)

    async def _async_finish(self) -> ConfigFlowResult:
        url = await self._async_url(self._data)
        if self.source != SOURCE_RECONFIGURE:
            first = not self._async_current_entries(include_ignore=False)
            return self.async_create_entry(
                title=NAME if first else f"{NAME} ({self._data[CONF_PORT]})",
                data=self._data,
                description_placeholders={"url": url},
            )
        entry = self._get_reconfigure_entry()
        old_tls = entry.data.get(CONF_TLS)
        if old_tls is not None and old_tls != self._data.get(CONF_TLS):
            await self.hass.async_add_executor_job(forget_upload, self.hass, old_tls, self._data.get(CONF_TLS))
        changed = self.hass.config_entries.async_update_entry(entry, data=self._data)
        # A loaded entry notices by itself that something changed, but not that a certificate was renewed under the same path.
        renewed = not changed and _tls_mode(self._data.get(CONF_TLS)) == TLS_PATH
        if renewed or entry.state is not ConfigEntryState.LOADED:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_abort(reason="address_changed", description_placeholders={"url": url})

    # A charge point that dialled in unknown

    @override
    async def async_step_integration_discovery(self, discovery_info: DiscoveryInfoType) -> ConfigFlowResult:
        """Offer a charge point that is waiting at one of our central systems."""
        identity = discovery_info[CONF_CHARGE_POINT_ID]
        await self.async_set_unique_id(discovery_unique_id(discovery_info["entry_id"], identity))
        self._abort_if_unique_id_configured()
        if identity_in_use(self.hass, identity):
            return self.async_abort(reason="already_configured")
        self._discovered = discovery_info
        self.context["title_placeholders"] = {"name": _discovered_name(discovery_info)}
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add the charge point when the user says so, and what its installation allows."""
        info = self._discovered
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=installation_schema(ChargePointSettings()),
                description_placeholders={
                    CONF_CHARGE_POINT_ID: info[CONF_CHARGE_POINT_ID],
                    "vendor": info["vendor"] or "?",
                    "model": info["model"] or "?",
                },
            )
        identity = info[CONF_CHARGE_POINT_ID]
        entry = self.hass.config_entries.async_get_entry(info["entry_id"])
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="central_system_not_loaded")
        if identity_in_use(self.hass, identity):
            return self.async_abort(reason="already_configured")
        # The offer is taken: adding the charge point must not withdraw this very flow.
        entry.runtime_data.discovery.forget(identity)
        self.hass.config_entries.async_add_subentry(
            entry,
            ConfigSubentry(
                data=MappingProxyType({CONF_CHARGE_POINT_ID: identity, **parse_installation(user_input)}),
                subentry_type=SUBENTRY_CHARGE_POINT,
                title=_discovered_name(info),
                unique_id=identity,
            ),
        )
        return self.async_abort(reason="charge_point_added", description_placeholders={"name": _discovered_name(info)})


class OcppOptionsFlow(OptionsFlow):
    """Sets how a central system treats its charge points. All of it applies at once, no connection is lost."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            try:
                return self.async_create_entry(data=_parse_options(user_input))
            except _InvalidNetworkError as err:
                errors[CONF_ALLOWED_NETWORKS] = "network_invalid"
                placeholders["network"] = err.text
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _options_schema(self.hass.config.currency, self.config_entry),
                user_input or _current_options(self.config_entry),
            ),
            errors=errors,
            description_placeholders=placeholders,
        )


def _address_schema(host: str, port: int, mode: str) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_PORT, default=port): NumberSelector(
                NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
            ),
            vol.Required(SECTION_NETWORK): section(
                vol.Schema({vol.Required(CONF_HOST, default=host): TextSelector()}), {"collapsed": True}
            ),
            vol.Required(SECTION_SECURITY): section(
                vol.Schema(
                    {
                        vol.Required(CONF_TLS, default=mode): SelectSelector(
                            SelectSelectorConfig(
                                options=[TLS_OFF, TLS_PATH, TLS_UPLOAD],
                                mode=SelectSelectorMode.LIST,
                                translation_key=CONF_TLS,
                            )
                        )
                    }
                ),
                {"collapsed": mode == TLS_OFF},
            ),
        }
    )


def _options_schema(currency: str, entry: ConfigEntry) -> vol.Schema:
    price = NumberSelectorConfig(step="any", unit_of_measurement=f"{currency}/kWh", mode=NumberSelectorMode.BOX)
    return vol.Schema(
        {
            vol.Required(CONF_UNKNOWN_CHARGE_POINTS): SelectSelector(
                SelectSelectorConfig(
                    options=[UNKNOWN_DISCOVER, UNKNOWN_REJECT],
                    mode=SelectSelectorMode.LIST,
                    translation_key=CONF_UNKNOWN_CHARGE_POINTS,
                )
            ),
            vol.Required(CONF_ID_TAG_POLICY): SelectSelector(
                SelectSelectorConfig(
                    options=[POLICY_AUTOMATIC, *(policy.value for policy in Policy)],
                    mode=SelectSelectorMode.LIST,
                    translation_key=CONF_ID_TAG_POLICY,
                )
            ),
            vol.Optional(CONF_ALLOWED_NETWORKS): TextSelector(TextSelectorConfig(multiple=True)),
            vol.Required(CONF_HEARTBEAT_INTERVAL): _seconds(10, 86400),
            vol.Required(CONF_CALL_TIMEOUT): _seconds(5, 300),
            # No default: the frontend would take it for what is set.
            vol.Optional(SECTION_TARIFF): section(
                vol.Schema(
                    {vol.Optional(CONF_PRICE): PRICE_ENTITY, vol.Optional(CONF_FIXED_PRICE): NumberSelector(price)}
                ),
                {"collapsed": not entry.options.keys() & {CONF_PRICE, CONF_FIXED_PRICE}},
            ),
        }
    )


def _seconds(minimum: int, maximum: int) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(min=minimum, max=maximum, step=1, unit_of_measurement="s", mode=NumberSelectorMode.BOX)
    )


def _current_options(entry: ConfigEntry) -> dict[str, Any]:
    settings = central_system_settings(entry, None)
    return {
        CONF_UNKNOWN_CHARGE_POINTS: UNKNOWN_DISCOVER if settings.discover else UNKNOWN_REJECT,
        CONF_ID_TAG_POLICY: entry.options.get(CONF_ID_TAG_POLICY, POLICY_AUTOMATIC),
        CONF_ALLOWED_NETWORKS: list(settings.allowed_networks),
        CONF_HEARTBEAT_INTERVAL: settings.heartbeat_interval,
        CONF_CALL_TIMEOUT: settings.call_timeout,
        SECTION_TARIFF: {name: entry.options[name] for name in (CONF_PRICE, CONF_FIXED_PRICE) if name in entry.options},
    }


def _parse_options(user_input: Mapping[str, Any]) -> dict[str, Any]:
    texts = filter(None, map(str.strip, user_input.get(CONF_ALLOWED_NETWORKS, ())))
    automatic = user_input[CONF_ID_TAG_POLICY] == POLICY_AUTOMATIC
    left_out = {SECTION_TARIFF, *((CONF_ID_TAG_POLICY,) if automatic else ())}
    return {
        **{name: value for name, value in user_input.items() if name not in left_out},
        **user_input.get(SECTION_TARIFF, {}),
        CONF_ALLOWED_NETWORKS: [_parse_network(text) for text in texts],
        CONF_HEARTBEAT_INTERVAL: int(user_input[CONF_HEARTBEAT_INTERVAL]),
    }


class _InvalidNetworkError(ValueError):
    """A text is no network."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _parse_network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError as err:
        raise _InvalidNetworkError(text) from err


def _tls_mode(tls: Mapping[str, Any] | None) -> str:
    if tls is None:
        return TLS_OFF
    return TLS_UPLOAD if is_upload(tls) else TLS_PATH


def _discovered_name(info: DiscoveryInfoType) -> str:
    """Return `Vendor Model (identity)`, as far as the charge point has told."""
    product = " ".join(filter(None, (info["vendor"], info["model"])))
    identity: str = info[CONF_CHARGE_POINT_ID]
    return f"{product} ({identity})" if product else identity
