"""What charge points get wrong before meaning begins: broken JSON text, and payloads that break the schema.

Pure, but for `SchemaChecker`, which reads the schemas once. Nothing is mended here but text: what stands in a field of the wrong
type is told by `fields` and `metering`, where it is read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from importlib.util import find_spec
import json
from pathlib import Path
import re
from typing import Any

import jsonschema_rs
import orjson

_LONGEST_REPAIR = 65_536  # characters: what is repaired is scanned by Python, and real breaks are in short frames
_DEEPEST_REPAIR = 64

# A string (group 1: its closing quote), a bracket, a comma or colon, or a run of anything else. Never backtracks.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+(")?|[\[\]{},:]|[^\s\[\]{},:"]++', re.DOTALL)
# An escape sequence of JSON; those of half a character (a surrogate without its other half) are six characters long.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL
)
_CLOSERS = {"[": "]", "{": "}"}
_OPENERS = {closer: opener for opener, closer in _CLOSERS.items()}

_FRAME_START = re.compile(r'[\s\ufeff]*\[\s*([0-9])\s*,\s*(?:"([^"\\]{0,100})")?')


class UndecodableError(Exception):
    """The text is no JSON, and what was meant cannot be told for certain."""


def decode(text: str | bytes) -> Any:
    """Return what a frame's text holds.

    Takes more than JSON: NaN and infinities (as floats), a byte order mark, line ends within strings, text behind the frame,
    brackets too many or too few, stray commas, and missing values (as None). Takes no frame that ends within a value: what was
    cut off cannot be told. Raises `UndecodableError`, and nothing else.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _decode_broken(_as_text(text).lstrip("\ufeff \t\r\n\0"))


def find_message_id(text: str | bytes) -> tuple[int | None, str | None]:
    """Return message type and message id of an undecodable frame; each is None where it cannot be read (OCPP-J 1.6 §4.2)."""
    match = _FRAME_START.match(_as_text(text[:1000]))
    return (int(match[1]), match[2]) if match else (None, None)


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


def _decode_broken(text: str) -> Any:
    # Half a character can be neither stored nor shown.
    text = _ESCAPE.sub(lambda match: "\\ufffd" if len(match[0]) == 6 else match[0], text)
    try:
        value = json.loads(text, strict=False)
    except RecursionError, MemoryError:
        raise UndecodableError("nested too deeply") from None
    except ValueError as error:
        problem = str(error)
    else:
        if _is_deeper_than(_DEEPEST_REPAIR, value):
            raise UndecodableError("nested too deeply")
        return value
    if len(text) > _LONGEST_REPAIR or not text.startswith("["):
        raise UndecodableError(problem)
    try:
        return json.loads(_mend(text), strict=False)
    except ValueError as error:
        raise UndecodableError(str(error)) from None


def _is_deeper_than(depth: int, value: Any) -> bool:
    """Whether lists and objects lie within each other deeper than this: json reads more than others can write, compare or show."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            if isinstance(outer, (list, dict))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(outer, (list, dict)) for outer in level)


def _mend(text: str) -> str:
    """Return a frame's text with its brackets balanced and its commas and colons followed by what they need.

    Linear in the text. Raises `UndecodableError` for text that ends within a value and for deep nesting.
    """
    parts: list[str] = []
    open_brackets: list[str] = []
    previous = ""
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece[0] == '"' and match[1] is None:
            raise UndecodableError("the text ends within a string")
        if piece in _OPENERS and _OPENERS[piece] not in open_brackets:
            continue
        if piece in {",", "]", "}"} and previous == ":":
            parts.append("null")
        if piece in _CLOSERS:
            open_brackets.append(piece)
            if len(open_brackets) > _DEEPEST_REPAIR:
                raise UndecodableError("nested too deeply")
        elif piece in _OPENERS:
            if previous == ",":
                parts.pop()
            while open_brackets[-1] != _OPENERS[piece]:
                parts.append(_CLOSERS[open_brackets.pop()])
            open_brackets.pop()
        elif piece == "," and previous in {",", "[", "{"}:
            continue
        parts.append(piece)
        previous = piece
        if not open_brackets:
            return "".join(parts)
    if previous not in _OPENERS and previous[-1:] != '"':
        raise UndecodableError("the text ends within a value")
    return "".join(parts) + "".join(_CLOSERS[bracket] for bracket in reversed(open_brackets))


_TRACE = 6  # decimals: what is behind them is left by arithmetic (16.1 * 3), and breaks the steps of 0.1 that some schemas want


def rounded(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload whose numbers are free of what arithmetic has left."""
    rounded_payload: dict[str, Any] = _rounded(payload)
    return rounded_payload


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, _TRACE)
        case dict():
            return {key: _rounded(inner) for key, inner in value.items()}
        case list():
            return [_rounded(inner) for inner in value]
    return value


# Where the `ocpp` package keeps the schemas of a version, and what it calls a request's.
_SCHEMA_FOLDERS = {"1.6": ("v16", ""), "2.0.1": ("v201", "Request"), "2.1": ("v21", "Request")}


class BreachKind(Enum):
    """How a payload breaks its schema (OCPP-J 1.6 §4.2.3, 2.0.1 §4.3)."""

    FORMAT = auto()  # in a way that is none of the others: a field that nobody knows
    OCCURRENCE = auto()  # a field is missing, or there are too few or too many of it
    PROPERTY = auto()  # a value that the field cannot have
    TYPE = auto()  # a value of another type


@dataclass(frozen=True, slots=True)
class Breach:
    """What breaks a schema, in words and in kind."""

    problem: str
    kind: BreachKind


# By the word of the schema that is not kept; what is not here is a matter of form.
_BREACHES = {
    "enum": BreachKind.PROPERTY,
    "exclusiveMaximum": BreachKind.PROPERTY,
    "exclusiveMinimum": BreachKind.PROPERTY,
    "maxItems": BreachKind.OCCURRENCE,
    "maxLength": BreachKind.PROPERTY,
    "maximum": BreachKind.PROPERTY,
    "minItems": BreachKind.OCCURRENCE,
    "minLength": BreachKind.PROPERTY,
    "minimum": BreachKind.PROPERTY,
    "multipleOf": BreachKind.PROPERTY,
    "required": BreachKind.OCCURRENCE,
    "type": BreachKind.TYPE,
}


class SchemaChecker:
    """The JSON schemas of OCPP, compiled.

    Formats are not checked (charge points write timestamps in many ways, `timestamps` reads them), and 3.0 is an integer: all
    schemas are read as draft 6, which differs from the draft 4 that some declare in nothing else that they use.
    """

    def __init__(self) -> None:
        """Know no schema yet: everything is sound."""
        self._validators: dict[tuple[str, str], jsonschema_rs.Draft6Validator] = {}
        self._loading: dict[str, asyncio.Future[None]] = {}

    async def ready(self, version: str) -> None:
        """Return once the schemas of a version's requests are known: they are read when the first connection speaks it.

        Those of all versions take some 50 ms and 9 MiB. Raises `OSError` if one cannot be read.
        """
        await asyncio.shield(self.begin(version))

    def begin(self, version: str) -> asyncio.Future[None]:
        """Begin to read the schemas of a version's requests, unless that has been done; until it is done everything is sound."""
        if version not in self._loading:
            loop = asyncio.get_running_loop()
            self._loading[version] = loop.run_in_executor(None, partial(self.load, (version,)))
        return self._loading[version]

    def load(self, versions: Sequence[str] = ("1.6",), *, responses: bool = False) -> None:
        """Read and compile the schemas of the requests of these versions, or of their answers.

        Blocks: run it in an executor. Raises `OSError` if one cannot be read.
        """
        spec = find_spec("ocpp")
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError("the ocpp package is not installed")
        for version in versions:
            folder, request = _SCHEMA_FOLDERS[version]
            for path in sorted(Path(spec.submodule_search_locations[0], folder, "schemas").glob("*.json")):
                if path.stem.endswith("Response") is not responses:
                    continue
                action = path.stem.removesuffix("Response" if responses else request)
                schema = json.loads(path.read_text(encoding="utf-8-sig"))
                schema.pop("$schema", None)
                # The value at fault may be an ID tag or a password: it has no place in a log or in diagnostics.
                self._validators[version, action] = jsonschema_rs.Draft6Validator(
                    schema, validate_formats=False, mask="the value"
                )

    def check(self, version: str, action: str, payload: object) -> str | None:
        """Return what breaks the schema first, without the value at fault; None for a sound payload and actions without a schema."""
        found = self.breach(version, action, payload)
        return None if found is None else found.problem

    def breach(self, version: str, action: str, payload: object) -> Breach | None:
        """Return what breaks the schema first, and how; None as above."""
        validator = self._validators.get((version, action))
        if validator is None:
            return None
        try:
            validator.validate(payload)
        except jsonschema_rs.ValidationError as error:
            path = ".".join(str(part) for part in error.instance_path)
            problem = error.message[:200]
            kind = _BREACHES.get(error.kind.name, BreachKind.FORMAT)
            return Breach(f"{path}: {problem}" if path else problem, kind)
        except ValueError as error:  # what no JSON holds: nesting without end, names that are no text
            return Breach(str(error)[:200], BreachKind.FORMAT)
        return None
