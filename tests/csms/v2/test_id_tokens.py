"""The type of an id token is told by its looks."""

import pytest

from custom_components.ocpp_csms.csms.v2.id_tokens import group_token, id_token


@pytest.mark.parametrize(
    ("id_tag", "kind"),
    [
        ("04A2B3C4", "ISO14443"),
        ("04a2b3c4d5e6f7", "ISO14443"),
        ("04A2B3C4D5E6F708090A", "ISO14443"),
        ("E0040150A1B2C3D4", "ISO15693"),
        ("10040150A1B2C3D4", "Central"),
        ("00:1A:2B:3C:4D:5E", "MacAddress"),
        ("DE-8AA-CA2B3C4D5-1", "eMAID"),
        ("NL8AACZ2B3C4D5", "eMAID"),
        ("DE-8AACA2B3C4D5", "Central"),
        ("HomeAssistant", "Central"),
        ("1234", "Central"),
        ("", "Central"),
    ],
)
def test_a_tag_has_the_type_that_it_looks_like(id_tag: str, kind: str) -> None:
    """Cards by the length of their number; what looks like nothing was made up by a central system."""
    assert id_token(id_tag) == {"idToken": id_tag, "type": kind}


def test_a_group_was_made_up_by_a_central_system() -> None:
    """However it looks."""
    assert group_token("04A2B3C4") == {"idToken": "04A2B3C4", "type": "Central"}
