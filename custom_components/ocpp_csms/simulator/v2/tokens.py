"""Id tokens: how they are written, and who may charge as far as the station can find out (OCPP 2.0.1, C01 to C16)."""

from typing import Any

from ocpp.v201 import call
from ocpp.v201.datatypes import IdTokenType
from ocpp.v201.enums import AuthorizationStatusEnumType, IdTokenEnumType

from ..authorization import TagInfo
from ..connector import Grant
from ..messages import Payload
from ..station import Station
from ..transport import CallError, NoAnswer, Offline
from .device_model import DeviceModel
from .reporter import Reporter

CARD = IdTokenEnumType.iso14443.value
"""The type of what is held to the reader."""

_ACCEPTED = AuthorizationStatusEnumType.accepted.value
_INVALID = TagInfo(AuthorizationStatusEnumType.invalid)


def token(grant: Grant) -> IdTokenType:
    """Return the token of a grant as it goes into messages."""
    kind: Any = grant.kind  # Any: 2.1 knows more types.
    return IdTokenType(grant.id_tag, kind)


def read_info(info: object) -> TagInfo:
    """Read an `idTokenInfo`; one that is not there, or without status, counts as invalid."""
    if not isinstance(info, dict):
        return _INVALID
    group = info.get("groupIdToken") or {}
    status = info.get("status", AuthorizationStatusEnumType.invalid)
    return TagInfo(status, group.get("idToken"), info.get("cacheExpiryDateTime"))


class Authorizer:
    """Finds out whether a token may charge: from the list, the central system or, offline, from memory."""

    def __init__(self, station: Station, model: DeviceModel, reporter: Reporter) -> None:
        """Ask by way of `reporter`."""
        self._station = station
        self._model = model
        self._reporter = reporter

    @property
    def enabled(self) -> bool:
        """Whether anybody has to be authorized at all (C15: AuthCtrlr.Enabled)."""
        return self._model.flag("AuthCtrlr.Enabled")

    def is_master_pass(self, info: TagInfo) -> bool:
        """Tell whether the token may stop any transaction, and start none (C16)."""
        group = self._model.text("AuthCtrlr.MasterPassGroupId")
        return bool(group) and info.parent_id_tag == group

    async def authorize(self, id_tag: str, kind: str) -> TagInfo:
        """Return what is known of a token, after asking if it must be asked for."""
        if kind == IdTokenEnumType.no_authorization:
            return TagInfo(_ACCEPTED)
        local = self._station.authorization.lookup(
            id_tag,
            listed=self._model.flag("LocalAuthListCtrlr.Enabled"),
            cached=self._model.flag("AuthCacheCtrlr.Enabled"),
        )
        now = self._station.clock.now()
        if self._model.flag("AuthCtrlr.LocalPreAuthorize") and local and local.accepted(now):
            return local
        if self._model.flag("AuthCtrlr.DisableRemoteAuthorization"):
            return local or _INVALID
        try:
            answer = await self._reporter.post(call.Authorize(token(Grant(id_tag, kind)))).answered
        except Offline:
            return self._authorize_offline(local)
        except CallError, NoAnswer:
            return _INVALID
        return self.learn(id_tag, answer)

    def learn(self, id_tag: str, answer: Payload) -> TagInfo:
        """Read the `idTokenInfo` of an answer, and keep it if there is a cache."""
        info = read_info(answer.get("idTokenInfo"))
        if self._model.flag("AuthCacheCtrlr.Enabled"):
            self._station.authorization.learn(id_tag, info)
        return info

    def _authorize_offline(self, local: TagInfo | None) -> TagInfo:
        if local is not None:
            return local if self._model.flag("AuthCtrlr.LocalAuthorizeOffline") else _INVALID
        unknown_allowed = self._model.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled")
        return TagInfo(_ACCEPTED) if unknown_allowed else _INVALID
