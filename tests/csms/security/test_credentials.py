"""Passwords: kept as salted hashes, recognised in each form in which chargers send them."""

import string

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ocpp_csms.csms.security.credentials import (
    authorization_key,
    generate_password,
    hash_password,
    parse_basic_authorization,
    verify_password,
)

HEX = "0123456789abcdef0123456789ABCDEF01234567"


@pytest.mark.parametrize(
    ("password", "presented"),
    [
        ("secret", b"secret"),
        ("a long enough secret", b"a long enough secret".hex().encode()),
        ("ä secret with umlaut", "ä secret with umlaut".encode()),
        ("a passphrase of more than 32 characters", b"a passphrase of more than 32 characters"),
        (HEX, HEX.encode()),
        (HEX, HEX.upper().encode()),
        (HEX, HEX.lower().encode()),
        (HEX, bytes.fromhex(HEX)),
    ],
)
def test_the_password_is_recognised(password: str, presented: bytes) -> None:
    """As text, as hex digits in either case, and as the bytes that hex digits stand for."""
    assert verify_password(presented, hash_password(password))


@pytest.mark.parametrize("presented", [b"", b"Secret", b"secret ", b"secre", b"\xff", HEX.encode()], ids=str)
def test_any_other_is_not(presented: bytes) -> None:
    """Case counts in words."""
    assert not verify_password(presented, hash_password("secret"))


@pytest.mark.parametrize("stored", ["", "secret", "scrypt$", "scrypt$a$b$c", "scrypt$!$!", "md5$AAAA$AAAA", "$$"])
def test_a_hash_that_cannot_be_read_matches_nothing(stored: str) -> None:
    """And is no error."""
    assert not verify_password(b"", stored)


def test_hashes_are_salted() -> None:
    """The same password never looks the same, and is not in its hash."""
    first, second = hash_password("secret"), hash_password("secret")
    assert first != second
    assert "secret" not in first


def test_generated_passwords_fit_every_version() -> None:
    """20 printable characters (1.6: 16 to 20 bytes), never the same twice."""
    passwords = {generate_password() for _ in range(20)}
    assert len(passwords) == 20
    assert all(
        len(password) == 20 and set(password) <= set(string.ascii_letters + string.digits) for password in passwords
    )


@pytest.mark.parametrize(("password", "key"), [("secret", "736563726574"), (HEX, HEX.upper()), ("ä", "C3A4")])
def test_a_password_is_set_as_hex_digits(password: str, key: str) -> None:
    """The value of AuthorizationKey (security whitepaper, A.5.2)."""
    assert authorization_key(password) == key


@settings(max_examples=10, deadline=None)
@given(st.text(min_size=16, max_size=20, alphabet=st.characters(codec="ascii", categories=("L", "N", "P"))))
def test_what_a_charger_sends_after_its_key_was_set_is_recognised(password: str) -> None:
    """It decodes AuthorizationKey and sends the bytes."""
    assert verify_password(bytes.fromhex(authorization_key(password)), hash_password(password))


@pytest.mark.parametrize(
    ("header", "decoded"),
    [
        ("Basic Q1AxOnNlY3JldA==", b"CP1:secret"),
        ("basic Q1AxOnNlY3JldA==", b"CP1:secret"),
        ("  Basic   Q1AxOnNlY3JldA  ", b"CP1:secret"),
        ("Basic Q1AxOv/+AA==", b"CP1:\xff\xfe\x00"),
        ("Basic", b""),
        ("Basic ???", None),
        ("Basic Q1AxOnNlY3JldAä", None),
        ("Bearer Q1AxOnNlY3JldA==", None),
        ("", None),
    ],
)
def test_a_basic_authorization_is_decoded(header: str, decoded: bytes | None) -> None:
    """Raw bytes, padding or not; None for all else."""
    assert parse_basic_authorization(header) == decoded
