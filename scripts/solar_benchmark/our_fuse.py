"""Drives the integration's own fuse protection and sharing on the fuse scenario.

Headroom, allocation and cap are the code of `custom_components/ocpp_csms/charging/`, unchanged; here are only the
observations of it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
import math

from custom_components.ocpp_csms.charging import allocation, fuse

from .fuse_plant import PHASES, RATING, FusePlant, Sample
from .plant import MAXIMUM, MINIMUM, VOLTAGE, Reading

ALL_PHASES = tuple(range(PHASES))
PRIORITY = 5
STEP = 0.1  # A, resolution of a limit
RISE = 0.5  # A, the least rise that is worth a write
LONG_AGO = -1e9


class Knowledge(StrEnum):
    """What is known of the currents of the chargers at the time of a sample of the grid."""

    METERED = "meter values every 10 s"
    EXACT = "exact currents"  # as in published figures, and as the model of evcc has it


@dataclass
class _Connector:
    """What the central system remembers of one connector."""

    key: str
    previous: float  # A, the limit before the one in force
    cap: fuse.CapState = field(default_factory=fuse.CapState)
    written_at: float = LONG_AGO
    served_since: float | None = None
    energy: float = 0.0  # kWh


class OurFuse:
    """All chargers of a site at full power, asked at each new sample of the phase currents."""

    def __init__(self, limits: list[float], knowledge: Knowledge = Knowledge.METERED) -> None:
        """Begin with the limits in force, A."""
        self._config = fuse.FuseConfig(rating=RATING)
        self._knowledge = knowledge
        self._connectors = [_Connector(f"charger {number}", limit) for number, limit in enumerate(limits)]
        self._house: fuse.PhaseCurrents | None = None
        self._seen: int | None = None

    def act(self, now: int, plant: FusePlant) -> None:
        """Take a new sample, if there is one, and write the limits that have to move."""
        sample = plant.sensor.latest
        if sample is None or sample.time == self._seen:
            return
        self._meter(plant, sample.time - (sample.time if self._seen is None else self._seen))
        self._seen = sample.time
        taken = self._taken(plant, sample)
        room = fuse.headroom(sample.value.grid, taken, self._config)
        shares = allocation.allocate(room, [self._claim(connector) for connector in self._connectors], now)
        for charger, connector in enumerate(self._connectors):
            available = shares[connector.key]
            connector.cap, cap = fuse.cap_step(connector.cap, now, plant.written[charger], available)
            self._write(now, plant, charger, cap)

    def _meter(self, plant: FusePlant, seconds: float) -> None:
        """Count the energy of the sessions."""
        if meter := plant.meter.latest:
            for connector, current in zip(self._connectors, meter.value, strict=True):
                connector.energy += current * PHASES * VOLTAGE * seconds / 3.6e6

    def _taken(self, plant: FusePlant, sample: Reading[Sample]) -> fuse.PhaseCurrents:
        """Return what all chargers took of the sample, A per phase."""
        if self._knowledge is Knowledge.EXACT:
            together = sum(sample.value.chargers)
            return together, together, together
        flows = [self._flow(plant, charger) for charger in range(len(self._connectors))]
        taken = fuse.likely_flow(sample.value.grid, self._house, flows, sample.time)
        one, two, three = (total - own for total, own in zip(sample.value.grid, taken, strict=True))
        self._house = one, two, three
        return taken

    def _flow(self, plant: FusePlant, charger: int) -> fuse.Flow:
        """Return what is known of the current of one charger."""
        connector, meter = self._connectors[charger], plant.meter.latest
        return fuse.Flow(
            phases=ALL_PHASES,
            limit=plant.written[charger],
            previous=connector.previous,
            written_at=connector.written_at,
            measured=meter.value[charger] if meter else None,
            measured_at=meter.time if meter else None,
        )

    def _claim(self, connector: _Connector) -> allocation.PhaseClaim:
        """Return what one connector asks for."""
        return allocation.PhaseClaim(
            key=connector.key,
            priority=PRIORITY,
            minimum=MINIMUM,
            maximum=MAXIMUM,
            session_energy=connector.energy,
            served_since=connector.served_since,
            phases=ALL_PHASES,
        )

    def _write(self, now: int, plant: FusePlant, charger: int, cap: float) -> None:
        """Write the limit of one connector, if its cap asks for another."""
        written = plant.written[charger]
        limit = math.floor(min(cap, MAXIMUM) / STEP + 1e-9) * STEP
        if not fuse.needs_lowering(written, cap) and limit < written + RISE:
            return
        connector = self._connectors[charger]
        connector.previous, connector.written_at = written, now
        if limit == 0:
            connector.served_since = None
        elif written == 0:
            connector.served_since = now
        plant.write(now, charger, limit)
