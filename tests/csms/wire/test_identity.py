"""Identities: found in any shape of URL, and only what can be one."""

import pytest

from custom_components.ocpp_csms.csms.wire.identity import identity_of, is_identity


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CP1", "CP1"),
        ("//CP1", "CP1"),
        ("///charger", "charger"),
        ("/CP1/", "CP1"),
        ("/any/prefix/CP1", "CP1"),
        ("/ocpp/CP1/?token=a/b", "CP1"),
        ("/CP1?x=1", "CP1"),
        ("/CP1#part", "CP1"),
        ("/CP%201%C3%A4", "CP 1ä"),
        ("/CP%2F1", "CP/1"),
        ("/%20CP1%20", "CP1"),
        ("/RDAM|123", "RDAM|123"),
        ("/", ""),
        ("", ""),
        ("/?id=CP1", ""),
    ],
)
def test_the_identity_is_the_last_segment_of_the_path(path: str, identity: str) -> None:
    """Percent-decoded, whatever stands before and after it."""
    assert identity_of(path) == identity


@pytest.mark.parametrize("text", ["CP1", "CP 1", "RDAM|123", "ä", "x" * 255])
def test_an_identity_is_a_printable_text(text: str) -> None:
    """Blanks within it are part of it."""
    assert is_identity(text)


@pytest.mark.parametrize("text", ["", " ", " CP1", "CP/1", "CP\x001", "bell\x07", "x" * 256])
def test_what_cannot_be_an_identity_is_none(text: str) -> None:
    """Empty, too long, with a slash or what cannot be printed."""
    assert not is_identity(text)
