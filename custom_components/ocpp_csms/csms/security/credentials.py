"""Passwords of charge points: salted hashes, comparison in constant time, and the forms a password takes on the wire.

Pure; hashing takes tens of milliseconds on purpose: run it in an executor. Sources: OCPP 1.6 security whitepaper ed. 3 (security
profile 1: the AuthorizationKey is set as hex digits and sent as raw bytes), OCPP-J 1.6 §6.2.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_N, _R, _P = 2**13, 8, 1
_SCHEME = "scrypt"


def generate_password() -> str:
    """Return a random password of 20 printable characters: it fits security profile 1 of 1.6 (16 to 20 bytes) and all of 2.x."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(20))


def hash_password(password: str) -> str:
    """Return a salted hash to keep instead of the password: `scrypt$<salt>$<hash>`, both base64. Slow: run it in an executor."""
    salt = secrets.token_bytes(16)
    return f"{_SCHEME}${_encode(salt)}${_encode(_derive(_canonical(password.encode()), salt))}"


def verify_password(presented: bytes, stored: str) -> bool:
    """Tell whether the bytes of a Basic authorization header match the stored hash, in each form that chargers send.

    A password of hex digits matches as text in either case and as the bytes it stands for; any other as its UTF-8 text and as the hex
    digits of that. Slow: run it in an executor. A hash that cannot be read matches nothing.
    """
    try:
        scheme, salt, expected = stored.split("$")
        salt_bytes, expected_bytes = base64.b64decode(salt), base64.b64decode(expected)
    except ValueError:
        return False
    if scheme != _SCHEME:
        return False
    forms = {_canonical(presented), _canonical(presented.hex().encode())}
    unhexed = _unhex(presented)
    if unhexed is not None:
        forms.add(_canonical(unhexed))
    matches = [hmac.compare_digest(_derive(form, salt_bytes), expected_bytes) for form in forms]
    return any(matches)


def parse_basic_authorization(header: str) -> bytes | None:
    """Return the decoded `user:password` bytes of an Authorization header, or None if it is none of the scheme Basic."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip() + "=" * (-len(value.strip()) % 4), validate=True)
    except binascii.Error, ValueError:
        return None


def authorization_key(password: str) -> str:
    """Return the value for the configuration key AuthorizationKey: the password's bytes as hex digits (whitepaper, A.5.2)."""
    unhexed = _unhex(password.encode())
    return password.upper() if unhexed is not None else password.encode().hex().upper()


def _canonical(password: bytes) -> bytes:
    """Hex digits count in either case."""
    return password.lower() if _unhex(password) is not None else password


def _unhex(text: bytes) -> bytes | None:
    """Return the bytes that hex digits stand for: at least 16 bytes, shorter texts are words."""
    if len(text) < 32:
        return None
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return None


def _derive(password: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=_N, r=_R, p=_P, dklen=32)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
