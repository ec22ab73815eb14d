"""Id tokens in the words of OCPP 2.x: the type that a tag has, told by its looks.

Pure. 1.6 and the user know a tag as a text; a station of 2.x compares text and type. Source: OCPP 2.0.1 part 2, IdTokenType, IdTokenEnumType;
ISO/IEC 14443-3 (UIDs of 4, 7 or 10 bytes), ISO/IEC 15693-3 (UIDs of 8 bytes that begin with E0).
"""

import re

_TYPES = (
    (re.compile(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20}"), "ISO14443"),
    (re.compile(r"[Ee]0[0-9A-Fa-f]{14}"), "ISO15693"),
    (re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"), "MacAddress"),
    (re.compile(r"[A-Za-z]{2}(-?)[A-Za-z0-9]{3}\1[Cc][A-Za-z0-9]{8}(\1[A-Za-z0-9])?"), "eMAID"),
)
CENTRAL = "Central"
"""The type of a token that a central system has made up, such as ours for remote starts, or a group."""


def id_token(id_tag: str) -> dict[str, str]:
    """Return a tag as an IdTokenType: a card, a car or a contract where it looks like one, else a token of the central system."""
    return {"idToken": id_tag, "type": next((kind for looks, kind in _TYPES if looks.fullmatch(id_tag)), CENTRAL)}


def group_token(parent: str) -> dict[str, str]:
    """Return the group of a tag as an IdTokenType."""
    return {"idToken": parent, "type": CENTRAL}
