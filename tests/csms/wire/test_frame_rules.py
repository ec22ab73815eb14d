"""What the versions of OCPP-J differ in: the codes of their errors, as they are spelled."""

import pytest

from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.frame_rules import RULES
from custom_components.ocpp_csms.csms.wire.validation import BreachKind

# OCPP-J 1.6 §4.2.3, as it was published; OCPP-J 2.0.1 (part 4) §4.3.
CODES_1_6 = {
    "FormationViolation",
    "OccurenceConstraintViolation",
    "PropertyConstraintViolation",
    "TypeConstraintViolation",
}
CODES_2 = {
    "FormatViolation",
    "MessageTypeNotSupported",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "RpcFrameworkError",
    "TypeConstraintViolation",
}


@pytest.mark.parametrize(
    ("version", "codes"), [(Version.V1_6, CODES_1_6), (Version.V2_0_1, CODES_2), (Version.V2_1, CODES_2)]
)
def test_each_version_has_its_own_words(version: Version, codes: set[str]) -> None:
    """1.6 has misspelt one, and knows no frame of an unknown type."""
    rules = RULES[version]
    assert {*rules.breaches.values(), rules.malformed, rules.unknown_type} - {None} == codes


@pytest.mark.parametrize("version", Version)
def test_each_kind_of_breach_has_a_word(version: Version) -> None:
    """No payload breaks its schema in a way that cannot be said."""
    assert set(RULES[version].breaches) == set(BreachKind)
