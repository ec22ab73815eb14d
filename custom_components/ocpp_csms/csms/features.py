"""What a charge point says of itself that it can do, in no version's words: dialects read it from what they know of its configuration.

Plain data. What a charge point has not said is None, or what one can do that says nothing.
"""

from dataclasses import dataclass
from enum import Enum, auto

from .model import ConfigurationKey


class CostDisplay(Enum):
    """How a charge point is told what charging costs."""

    NONE = auto()
    DATA_TRANSFER = auto()  # the messages of the California pricing requirements
    COST_UPDATED = auto()  # OCPP 2.x


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a charge point says that it can do. The keys are those of its configuration that may be asked for, or written."""

    reservations: bool = False  # its connectors can be reserved
    any_connector: bool | None = None  # and any of them, without saying which
    any_connector_key: str = ""
    phase_switching: bool = False  # it charges with one or three phases at will
    file_protocols: tuple[str, ...] = ()  # that files travel by; empty: not told
    variable_events: bool = False  # it tells of its variables unasked
    charging_needs: bool = False  # it tells what a car needs (ISO 15118)
    cost_display: CostDisplay = CostDisplay.NONE
    cost_decimals: int | None = None  # of the costs that it shows
    get_log: bool = False  # it knows GetLog
    get_diagnostics: bool = True  # it may know GetDiagnostics
    longest_id_tag: int = 20  # characters
    operator: ConfigurationKey | None = None  # who operates it, for its certificate request
    operator_key: str = ""
    longest_chain: int | None = None  # characters of a certificate chain that it takes
    security_profile: int | None = None


NOTHING_TOLD = Features()
"""What is known of a charge point that has never been connected."""
