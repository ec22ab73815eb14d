"""What the variables of a charging station say about its local authorization list. Pure. Source: OCPP 2.0.1 part 2 §2.5 (LocalAuthListCtrlr)."""

from collections.abc import Mapping

from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.model import ConfigurationKey

from .device_model import Told

KEY_AVAILABLE = "LocalAuthListCtrlr.Available"
KEY_ENABLED = "LocalAuthListCtrlr.Enabled"
KEY_ENTRIES = "LocalAuthListCtrlr.Entries"  # its highest value is the most entries
KEY_ITEMS = "LocalAuthListCtrlr.ItemsPerMessage"
KEY_BYTES = "LocalAuthListCtrlr.BytesPerMessage"

DECIDING_KEYS = (KEY_AVAILABLE, KEY_ENABLED, KEY_ENTRIES, KEY_ITEMS, KEY_BYTES)

_FRAME = 150  # bytes of a SendLocalList without entries
_ENTRY = 300  # bytes of an entry at the most: two tags of 36 characters, a time, the names of all that


def list_support(configuration: Mapping[str, ConfigurationKey]) -> ListSupport:
    """Return what the variables say. One that is not said to be off is on; who does not say that there is one has one if it says how long."""
    told = Told(configuration)
    available, items, entries = told.says(KEY_AVAILABLE), told.positive(KEY_ITEMS), told.item(KEY_ENTRIES)
    longest = None if entries is None or entries.maximum is None else int(entries.maximum)
    return ListSupport(
        supported=items is not None or longest is not None if available is None else available,
        enabled=told.says(KEY_ENABLED) is not False,
        longest=longest if longest is not None and longest > 0 else None,
        longest_message=_longest_message(items, told.positive(KEY_BYTES)),
    )


def _longest_message(items: int | None, size: int | None) -> int | None:
    """Return the most entries of a message that neither has too many nor is too long."""
    if size is None:
        return items
    fitting = max((size - _FRAME) // _ENTRY, 1)
    return fitting if items is None else min(items, fitting)
