"""The part of a charge point's flow in which the user offers it firmware: an address or an uploaded file, and what signed firmware needs.

The offer becomes part of the subentry; installing it is the firmware entity's business.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.helpers.selector import (
    BooleanSelector,
    FileSelector,
    FileSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from custom_components.ocpp_csms.const import CONF_CHARGE_POINT_ID, CONF_FIRMWARE
from custom_components.ocpp_csms.files.firmware_offers import (
    FirmwareOffer,
    OfferError,
    async_check_location,
    check_signature,
)
from custom_components.ocpp_csms.files.kept import async_forget_firmware, async_keep_firmware

CONF_VERSION = "version"
CONF_LOCATION = "location"
CONF_FILE = "file"
CONF_SIGNING_CERTIFICATE = "certificate"
CONF_SIGNATURE = "signature"
CONF_WITHDRAW = "withdraw"

_LONGEST_VERSION = 50  # characters (OCPP 1.6 §6.5, firmwareVersion)


class FirmwareFlow(ConfigSubentryFlow):
    """Offers firmware to a charge point, or takes the offer back."""

    async def async_step_firmware(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the firmware."""
        subentry = self._get_reconfigure_subentry()
        present = FirmwareOffer.of(subentry.data)
        error: OfferError | None = None
        if user_input is not None:
            if user_input.get(CONF_WITHDRAW):
                return await self._async_offer(None)
            try:
                offer = await self._async_parse(user_input, present)
            except OfferError as err:
                error = err
            else:
                return await self._async_offer(offer)
        offered = {} if present is None else {key: value for key, value in asdict(present).items() if key != CONF_FILE}
        suggested = user_input or offered
        return self.async_show_form(
            step_id="firmware",
            data_schema=self.add_suggested_values_to_schema(_schema(withdrawable=present is not None), suggested),
            errors={error.field: error.reason} if error else {},
            description_placeholders={
                "file": (present.file if present is not None else None) or "-",
                **(error.placeholders if error else {}),
            },
        )

    async def _async_offer(self, offer: FirmwareOffer | None) -> SubentryFlowResult:
        """Keep an offer in the subentry, or none."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        if offer is None or offer.file is None:
            await async_forget_firmware(self.hass, entry.entry_id, subentry.data[CONF_CHARGE_POINT_ID])
        data = {key: value for key, value in subentry.data.items() if key != CONF_FIRMWARE}
        if offer is not None:
            data[CONF_FIRMWARE] = {key: value for key, value in asdict(offer).items() if value is not None}
        return self.async_update_and_abort(entry, subentry, data=data)

    async def _async_parse(self, user_input: Mapping[str, Any], present: FirmwareOffer | None) -> FirmwareOffer:
        """Return what was entered, its file kept. Without a new file the one that was uploaded before stays. Raises `OfferError`."""
        version = user_input[CONF_VERSION].strip()
        location = user_input.get(CONF_LOCATION, "").strip() or None
        upload = user_input.get(CONF_FILE)
        certificate = user_input.get(CONF_SIGNING_CERTIFICATE, "").strip() or None
        signature = "".join(user_input.get(CONF_SIGNATURE, "").split()) or None
        if not 0 < len(version) <= _LONGEST_VERSION:
            raise OfferError(CONF_VERSION, "version_invalid")
        if location and upload:
            raise OfferError(CONF_LOCATION, "firmware_ambiguous")
        check_signature(certificate, signature)
        file: str | None = None
        if location is not None:
            await async_check_location(self.hass, location)
        elif upload is not None:
            file = await self._async_keep(upload)
        elif (file := present.file if present is not None else None) is None:
            raise OfferError(CONF_LOCATION, "firmware_missing")
        return FirmwareOffer(
            version=version, location=location, file=file, certificate=certificate, signature=signature
        )

    async def _async_keep(self, upload: str) -> str:
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        try:
            return await async_keep_firmware(self.hass, entry.entry_id, subentry.data[CONF_CHARGE_POINT_ID], upload)
        except (OSError, ValueError) as err:
            raise OfferError(CONF_FILE, "upload_failed") from err


def _schema(*, withdrawable: bool) -> vol.Schema:
    text = TextSelector()
    long_text = TextSelector(TextSelectorConfig(multiline=True))
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_VERSION): text,
        vol.Optional(CONF_LOCATION): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)),
        vol.Optional(CONF_FILE): FileSelector(FileSelectorConfig(accept="*/*")),
        vol.Optional(CONF_SIGNING_CERTIFICATE): long_text,
        vol.Optional(CONF_SIGNATURE): long_text,
    }
    if withdrawable:
        fields[vol.Required(CONF_WITHDRAW, default=False)] = BooleanSelector()
    return vol.Schema(fields)
