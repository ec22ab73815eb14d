"""The local authorization list and the cache, as the central system keeps them (OCPP 2.0.1, C11, D01 and D02)."""

from typing import Any

from ocpp.v16.enums import UpdateStatus, UpdateType
from ocpp.v201 import call, call_result
from ocpp.v201.enums import ClearCacheStatusEnumType, SendLocalListStatusEnumType

from ..answering import Answer, Handler, parsed
from ..authorization import Authorization, TagInfo
from ..transport import CallError
from .device_model import DeviceModel
from .tokens import read_info


class LocalList:
    """Handlers over what the station knows of tokens."""

    def __init__(self, known: Authorization, model: DeviceModel) -> None:
        """Set up the table, and have the device model tell how long the list is."""
        self._known = known
        self._model = model
        model.provide("LocalAuthListCtrlr.Entries", lambda: str(len(known.listed)))
        self.handlers: dict[str, Handler] = {
            "ClearCache": self._clear_cache,
            "GetLocalListVersion": self._version,
            "SendLocalList": self._send,
        }

    def told_of(self, id_token: str) -> list[str]:
        """Return what is kept of a token outside of the list, in lines for people (N09)."""
        info = self._known.cache.get(id_token)
        return [] if info is None else [f"authorization cache: {info.status}"]

    def forget(self, id_token: str) -> None:
        """Forget what is kept of a token outside of the list (N10)."""
        self._known.cache.pop(id_token, None)

    def _clear_cache(self, _request: call.ClearCache) -> Answer:
        if not self._model.flag("AuthCacheCtrlr.Enabled"):
            return Answer(call_result.ClearCache(ClearCacheStatusEnumType.rejected))
        self._known.cache.clear()
        return Answer(call_result.ClearCache(ClearCacheStatusEnumType.accepted))

    def _version(self, _request: call.GetLocalListVersion) -> Answer:
        enabled = self._model.flag("LocalAuthListCtrlr.Enabled")
        return Answer(call_result.GetLocalListVersion(self._known.version if enabled else 0))

    def _send(self, request: call.SendLocalList) -> Answer:
        wire: list[Any] = request.local_authorization_list or []
        if len(wire) > (most := self._model.integer("LocalAuthListCtrlr.ItemsPerMessage")):
            raise CallError("OccurrenceConstraintViolation", f"SendLocalList takes at most {most} items")
        kind = parsed(UpdateType, request.update_type)
        if not self._model.flag("LocalAuthListCtrlr.Enabled") or request.version_number <= 0:
            return Answer(call_result.SendLocalList(SendLocalListStatusEnumType.failed))
        longest = int(self._model.most("LocalAuthListCtrlr.Entries"))
        status = self._known.update(request.version_number, kind, [_entry(each) for each in wire], longest)
        if status is UpdateStatus.accepted and kind is UpdateType.full and not wire:
            self._known.version = 0  # An empty list has no version (D01.FR.04).
        return Answer(call_result.SendLocalList(SendLocalListStatusEnumType(status.value)))


def _entry(wire: Any) -> dict[str, Any]:
    """Return an entry of the list in the words that the memory of the station knows."""
    entry: dict[str, Any] = {"idTag": wire["idToken"]["idToken"]}
    if (told := wire.get("idTokenInfo")) is not None:
        info: TagInfo = read_info(told)
        entry["idTagInfo"] = {"status": info.status, "parentIdTag": info.parent_id_tag, "expiryDate": info.expiry}
    return entry
