"""What a person may type as a charge point's password."""

from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType

# Security profile 1 of OCPP 1.6 takes 16 to 20 bytes or 40 hex digits, 2.x 16 to 40 characters; chargers in the field take shorter ones.
MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 64

PASSWORD_SELECTOR = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password"))


def password_error(password: str) -> str | None:
    """Return the key of what is wrong with a password, or None."""
    if len(password) < MINIMUM_LENGTH:
        return "password_too_short"
    return "password_too_long" if len(password) > MAXIMUM_LENGTH else None
