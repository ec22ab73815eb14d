"""How much of what a session took was sun."""

from collections.abc import Iterable
from dataclasses import dataclass

from custom_components.ocpp_csms.charging.observation import ConnectorObservation


@dataclass(slots=True)
class SolarEnergy:
    """What was counted of a session, in kWh."""

    register: float | None = None  # of the session at the last step
    counted: float = 0.0  # that was seen to be taken
    solar: float = 0.0  # of this

    @property
    def share(self) -> int | None:
        """The share of sun in %; None before anything was taken."""
        return round(100 * self.solar / self.counted) if self.counted else None

    def count(self, energy: float | None, connectors: Iterable[ConnectorObservation], surplus: float | None) -> None:
        """Add what was taken since the last step, as far as the surplus (W) covers what all cars draw. `energy`: of the session, kWh."""
        if energy is None or self.register is None or energy < self.register:
            self.counted = self.solar = 0.0
        elif energy > self.register:
            drawn = sum(
                (item.measured or 0.0) * item.voltage * (item.phases_used or item.phases) for item in connectors
            )
            self.counted += energy - self.register
            if surplus is not None and drawn > 0:
                self.solar += (energy - self.register) * min(max(surplus / drawn, 0.0), 1.0)
        self.register = energy
