"""What the dialects of all connections share. Plain data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .wire.validation import SchemaChecker


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The clock, the intervals in s, and what checks payloads."""

    clock: Callable[[], datetime]
    heartbeat_interval: Callable[[], int]
    ping_interval: int
    checker: SchemaChecker
