"""How a charge point is wired: its phases and their voltage, and so what a current in each of them is in watts.

Also the two currents that say whether a car charges, for there is one home for each figure of the field.
"""

from dataclasses import dataclass

NOMINAL_VOLTAGE = 230.0  # V between a phase and neutral (EN 50160)
MINIMUM_CURRENT = 6.0  # A, the least that a car can be offered (IEC 61851-1)
STANDBY_CURRENT = 1.0  # A, a car that takes less does not charge


@dataclass(frozen=True, slots=True)
class Wiring:
    """Phases (1 to 3) and what each of them gives a car, in V."""

    phases: int = 3
    voltage: float = NOMINAL_VOLTAGE

    def watts(self, amperes: float, phases: int | None = None) -> float:
        """Return the power over all phases (or so many of them) that a current in each of them is."""
        return amperes * self.voltage * (phases or self.phases)

    def amperes(self, watts: float, phases: int | None = None) -> float:
        """Return the current in each phase (or in each of so many) that a power over all of them is."""
        return watts / (self.voltage * (phases or self.phases))
