"""Whether a text can be the value of a variable: its type, limits and choices (OCPP 2.0.1, part 2, 2.46 and 3.23)."""

from datetime import datetime
import re

from ocpp.v201.enums import DataEnumType

from .variables import Definition

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_PASSWORD = re.compile(r"[A-Za-z0-9*\-_=:+|@.]*")


def fits(definition: Definition, text: str) -> bool:
    """Tell whether a variable can have this value."""
    match definition.data_type:
        case DataEnumType.boolean:
            return text in {"true", "false"}
        case DataEnumType.integer:
            return _INTEGER.fullmatch(text) is not None and _within(definition, int(text))
        case DataEnumType.decimal:
            return _DECIMAL.fullmatch(text) is not None and _within(definition, float(text))
        case DataEnumType.date_time:
            return _is_moment(text)
        case DataEnumType.option_list:
            return text in definition.choices
        case DataEnumType.member_list | DataEnumType.sequence_list:
            return _are_members(definition, text)
        case DataEnumType.password_string:
            return _PASSWORD.fullmatch(text) is not None and _within(definition, len(text))
        case _:
            return _within(definition, len(text))


def _within(definition: Definition, number: float) -> bool:
    return (definition.low is None or definition.low <= number) and (
        definition.high is None or number <= definition.high
    )


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text


def _are_members(definition: Definition, text: str) -> bool:
    members = [member.strip() for member in text.split(",")] if text else []
    return (
        len(set(members)) == len(members)
        and all(member in definition.choices for member in members)
        and _within(definition, len(text))
    )
