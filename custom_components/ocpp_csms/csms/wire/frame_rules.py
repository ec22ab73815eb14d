"""What the versions of OCPP-J differ in: codes of errors, types of messages, and what is answered to what cannot be read.

Data, looked up once for a connection. Source: OCPP-J 1.6 §4, OCPP-J 2.0.1 (part 4) §4, OCPP-J 2.1 §4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from custom_components.ocpp_csms.csms.versions import Version

from .validation import BreachKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRules:
    """The rules of one version."""

    malformed: str  # the code for a call that is no sound frame
    breaches: Mapping[BreachKind, str]  # the codes for payloads that break their schema
    unknown_type: str | None = None  # the code for a type of message that the version does not have; None: ignored
    unreadable_id: str | None = None  # the id of the answer to what has none that can be read; None: not answered
    has_result_errors: bool = False  # CALLRESULTERROR, and with it SEND


_SAME = {BreachKind.PROPERTY: "PropertyConstraintViolation", BreachKind.TYPE: "TypeConstraintViolation"}
# As 1.6 was published: what its errata spell right, most central systems spell as it was.
_BREACHES_1_6 = _SAME | {BreachKind.FORMAT: "FormationViolation", BreachKind.OCCURRENCE: "OccurenceConstraintViolation"}
_BREACHES_2 = _SAME | {BreachKind.FORMAT: "FormatViolation", BreachKind.OCCURRENCE: "OccurrenceConstraintViolation"}

RULES: Mapping[Version, FrameRules] = {
    Version.V1_6: FrameRules(malformed="FormationViolation", breaches=_BREACHES_1_6),
    Version.V2_0_1: FrameRules(
        malformed="RpcFrameworkError",
        breaches=_BREACHES_2,
        unknown_type="MessageTypeNotSupported",
        unreadable_id="-1",
    ),
    Version.V2_1: FrameRules(
        malformed="RpcFrameworkError",
        breaches=_BREACHES_2,
        unknown_type="MessageTypeNotSupported",
        unreadable_id="-1",
        has_result_errors=True,
    ),
}
