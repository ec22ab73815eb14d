"""What the control of a site is told and what it says: plain data, made by whoever has sensors and chargers, used by `site.step`.

Times are s of any monotonic clock, currents A per phase, powers W (import and discharge positive), energies kWh.
"""

from dataclasses import dataclass
import math

from .fuse import FuseConfig, PhaseCurrents
from .modes import ChargingMode, Reason
from .wakeup import CarReport
from .wiring import MINIMUM_CURRENT, NOMINAL_VOLTAGE

ALL_PHASES = (0, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """What the house has. `fuse` None: neither a main fuse nor a circuit of the chargers is to be watched."""

    fuse: FuseConfig | None = None
    fuse_power: float | None = None  # W, what the main fuse allows on all phases
    priority_soc: float = 0.0  # %, below it the battery is charged before the cars
    dimmed_power: float = 4200.0  # W of each charger while the grid operator dims


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorConfig:
    """What the user wants of a connector, and how it is wired. A minimum above the maximum is lowered to it."""

    mode: ChargingMode = ChargingMode.MANUAL
    minimum: float = MINIMUM_CURRENT
    maximum: float = 16.0
    manual_limit: float | None = None  # what the user has set in manual mode; None: nothing
    share: float = 0.75  # least share of sun in what is charged
    grid_allowance: float = 0.0  # W of the grid that count as sun
    priority: int = 5  # 10 goes first
    energy_limit: float | None = None  # kWh a session
    phase_counts: tuple[int, ...] = (3,)  # numbers of phases it can charge with
    grid_phases: tuple[int, ...] = ALL_PHASES  # which phase of the grid connection each of its phases is, 0..2
    step: float = 0.1  # A, what its limit resolves
    # A, what the charge point falls back to by itself when it is alone; None: it keeps its limit.
    fallback: float | None = 6.0
    held_back: float | None = None  # A, of the last decision before a restart

    def __post_init__(self) -> None:
        """Lower a minimum that no current could keep."""
        object.__setattr__(self, "minimum", min(self.minimum, self.maximum))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorObservation:
    """One connector now."""

    key: str
    config: ConnectorConfig
    online: bool = True
    plugged_in: bool = True
    plug_known: bool = True  # else nobody knows yet whether there is a car, and it does not count as away
    limit: float = 0.0  # that the charge point has confirmed, 0: paused
    previous_limit: float = 0.0  # before the last write
    phases: int = 3  # in force
    voltage: float = NOMINAL_VOLTAGE  # V of each
    written_at: float = -math.inf  # last write
    began: bool = False  # that write ended a pause or changed phases
    measured: float | None = None  # highest current of a phase
    measured_at: float | None = None
    phases_used: int = 0  # that carry current, 0: not known
    declined: bool = False  # the car does not want to charge (SuspendedEV)
    closed: bool = False  # no transaction runs: no current can flow yet
    session_energy: float = 0.0
    due: bool = False  # plan or price say: charge now
    rejected: bool = False  # the charge point has refused our last limit

    @property
    def energy_reached(self) -> bool:
        """Whether the car has what it may have in this session."""
        most = self.config.energy_limit
        return most is not None and self.session_energy >= most > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteObservation:
    """The house now. A value whose time has not changed is the same sample; None: there is none."""

    now: float
    grid: float | None = None
    grid_at: float | None = None
    solar: float | None = None
    battery: float | None = None
    battery_soc: float | None = None
    currents: PhaseCurrents | None = None  # at the grid connection
    currents_at: float | None = None
    dimmed: bool = False
    connectors: tuple[ConnectorObservation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorDecision:
    """What a connector is to be limited to: A on so many phases, 0: paused. Written only if `write`."""

    key: str
    current: float
    phases: int
    reason: Reason
    write: bool = False
    fuse_limited: bool = False
    failsafe: bool = False
    report: CarReport | None = None
    held_back: float | None = None  # A that manual mode is to get back; to be kept over a restart


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDecision:
    """What all connectors are to do, and what there is to share."""

    connectors: tuple[ConnectorDecision, ...] = ()
    surplus: float | None = None  # W that all of them may take; None: not known
    headroom: PhaseCurrents | None = None  # A per phase that may flow in addition
