"""What an action is made of. The actions themselves are in the tables of the other modules."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .fields import ONE_DEVICE
from .target import Target

ACCEPTED: Final = "Accepted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One action about one charge point.

    The handler may raise the exceptions of `csms.errors`; InvalidRequestError for what makes no sense, before anything is sent.
    `refusal_is_answer` marks those that ask rather than promise; `admin` those for administrators only.
    """

    handler: Callable[[Target, ServiceCall], Awaitable[JsonObjectType]]
    fields: Mapping[vol.Marker, object]
    refusal_is_answer: bool = False
    admin: bool = False

    @property
    def schema(self) -> vol.Schema:
        """The schema of the action's data."""
        return vol.Schema({vol.Required(ATTR_DEVICE_ID): ONE_DEVICE, **self.fields})


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneralAction:
    """One action about no charge point, or about any number of them, which its handler finds with `find_target`.

    The handler raises translated errors of Home Assistant, and reaches a charge point only within `commands.command_errors`.
    """

    handler: Callable[[HomeAssistant, ServiceCall], Awaitable[JsonObjectType]]
    fields: Mapping[vol.Marker, object]
    admin: bool = False

    @property
    def schema(self) -> vol.Schema:
        """The schema of the action's data."""
        return vol.Schema(dict(self.fields))
