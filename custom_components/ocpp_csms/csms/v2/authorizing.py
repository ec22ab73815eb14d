"""Id tokens as a charging station presents them, and how a verdict is written for it. How tags are written to it is in `id_tokens`.

Source: OCPP 2.0.1 part 2, C01…C16, IdTokenType, IdTokenInfoType.
"""

from typing import Any, NamedTuple

from custom_components.ocpp_csms.csms.cards.authorization import TagInfo, TagStatus
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.model import Registration
from custom_components.ocpp_csms.csms.wire.fields import folded, text, time_text

from .id_tokens import group_token

_NO_AUTHORIZATION = "noauthorization"


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
