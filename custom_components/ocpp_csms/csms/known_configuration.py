"""What is known of the configuration of one charge point: what it has told, what it refuses, and what that says it can do.

Plain data; the charge point changes it, the dialects read and write the charge point's.
"""

from dataclasses import dataclass, field

from .features import NOTHING_TOLD, Features
from .model import ConfigurationKey


@dataclass(slots=True)
class KnownConfiguration:
    """The keys that it has told, whether they are all there are, its features, and the values that it refuses, by key."""

    keys: dict[str, ConfigurationKey] = field(default_factory=dict)
    is_whole: bool = False
    features: Features = NOTHING_TOLD
    refused: dict[str, list[str]] = field(default_factory=dict)
