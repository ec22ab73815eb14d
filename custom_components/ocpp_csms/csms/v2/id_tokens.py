"""Id tokens in the words of OCPP 2.x: as a charging station presents them, the verdict on one, and a tag with the type that it has by its looks.

1.6 and the user know a tag as a text; a station of 2.x compares text and type. Source: OCPP 2.0.1 part 2, C01…C16, IdTokenType,
IdTokenEnumType, IdTokenInfoType; ISO/IEC 14443-3 (UIDs of 4, 7 or 10 bytes), ISO/IEC 15693-3 (UIDs of 8 bytes that begin with E0).
"""

import re
from typing import Any, NamedTuple

from custom_components.ocpp_csms.csms.cards.authorization import TagInfo, TagStatus
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Registration
from custom_components.ocpp_csms.csms.wire.fields import folded, text, time_text

_TYPES = (
    (re.compile(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20}"), "ISO14443"),
    (re.compile(r"[Ee]0[0-9A-Fa-f]{14}"), "ISO15693"),
    (re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"), "MacAddress"),
    (re.compile(r"[A-Za-z]{2}(-?)[A-Za-z0-9]{3}\1[Cc][A-Za-z0-9]{8}(\1[A-Za-z0-9])?"), "eMAID"),
)
CENTRAL = "Central"
"""The type of a token that a central system has made up, such as ours for remote starts, or a group."""

_NO_AUTHORIZATION = "noauthorization"


def id_token(id_tag: str) -> dict[str, str]:
    """Return a tag as an IdTokenType: a card, a car or a contract where it looks like one, else a token of the central system."""
    return {"idToken": id_tag, "type": next((kind for looks, kind in _TYPES if looks.fullmatch(id_tag)), CENTRAL)}


def group_token(parent: str) -> dict[str, str]:
    """Return the group of a tag as an IdTokenType."""
    return {"idToken": parent, "type": CENTRAL}


class Token(NamedTuple):
    """An IdTokenType: its text, and its type in lower case."""

    id: str = ""
    kind: str = ""


def read_token(value: Any) -> Token | None:
    """Return an idToken, also from the bare text of one; None if there is none."""
    if value is None:
        return None
    if isinstance(value, dict):
        return Token(text(value.get("idToken")) or "", folded(value.get("type")))
    return Token(text(value) or "")


def token_info(token: Token, verdict: TagInfo, charge_point: ChargePoint) -> dict[str, Any]:
    """Write an IdTokenInfoType. Who needs no authorization has it (C02), once the station may take part."""
    if token.kind == _NO_AUTHORIZATION and charge_point.registration is Registration.ACCEPTED:
        verdict = TagInfo(TagStatus.ACCEPTED)
    info: dict[str, Any] = {"status": verdict.status.value}
    if verdict.parent:
        info["groupIdToken"] = group_token(verdict.parent)
    if verdict.expiry is not None:
        info["cacheExpiryDateTime"] = time_text(verdict.expiry)
    return info
