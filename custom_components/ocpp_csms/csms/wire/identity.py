"""The charge point identity: where it stands in a URL, and what can be one. Pure. Source: OCPP-J 1.6 §3.1.1."""

from urllib.parse import unquote

_LONGEST = 255  # characters


def identity_of(path: str) -> str:
    """Return the identity in a path: its last segment, percent-decoded; empty if there is none."""
    segments = [segment for segment in path.partition("?")[0].partition("#")[0].split("/") if segment]
    return unquote(segments[-1]).strip() if segments else ""


def is_identity(text: str) -> bool:
    """Tell whether a text can be an identity. A slash is no part of one: it separates the identity from other things."""
    return 0 < len(text) <= _LONGEST and "/" not in text and text.isprintable() and text == text.strip()
