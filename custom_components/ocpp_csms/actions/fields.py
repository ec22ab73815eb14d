"""What fields of several subjects have in common: what is taken, what it becomes, and the error for what makes no sense."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN

DEVICES: Final = vol.All(cv.ensure_list, [cv.string], vol.Length(min=1))
"""One device or more: a device arrives alone or, from an automation's target, in a list."""

ONE_DEVICE: Final = vol.All(DEVICES, vol.Length(max=1))
"""The same, for an action that is about one."""


def moment(data: Mapping[str, Any], name: str) -> datetime | None:
    """Return the time that a field holds, in UTC; without a zone it is local."""
    value: datetime | None = data.get(name)
    return None if value is None else dt_util.as_utc(value)


def written(at: datetime | None) -> str | None:
    """Return a time as answers have it: local, in ISO 8601."""
    return None if at is None else dt_util.as_local(at).isoformat()


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the translated error for a field that makes no sense. A charge point's own are `csms.errors.InvalidRequestError`."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)
