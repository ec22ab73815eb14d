"""How much of what a session took was sun, and of each of its transactions."""

from collections.abc import Iterable
from dataclasses import dataclass

from custom_components.ocpp_csms.charging.observation import ConnectorObservation
from custom_components.ocpp_csms.csms.booking.transactions import Transaction

_DIGITS = 6  # of a kWh
_WATCHED = 900.0  # s: what was taken longer ago, or took longer, had another sun


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

    def count(
        self,
        energy: float | None,
        connectors: Iterable[ConnectorObservation],
        surplus: float | None,
        transaction: Transaction | None = None,
        age: float = 0.0,
    ) -> None:
        """Add what was taken since the last step, as far as the surplus (W) covers what all cars draw. `energy`: of the session, kWh.

        It is added to its `transaction`, too; of one that has taken nothing while the sun was watched nobody knows how much was sun.
        Nor does what is told late count: the newest was taken `age` s ago.
        """
        if energy is not None and self.register is None and transaction is not None and transaction.solar_energy:
            # A restart of Home Assistant: what is kept goes on.
            self.counted, self.solar = transaction.energy, transaction.solar_energy
        elif energy is None or self.register is None or energy < self.register:
            self.counted = self.solar = 0.0
        elif energy > self.register:
            taken = energy - self.register
            drawn = sum(
                (item.measured or 0.0) * item.voltage * (item.phases_used or item.phases) for item in connectors
            )
            if age <= _WATCHED and (drawn <= 0 or taken <= drawn / 1000 * _WATCHED / 3600):
                self.counted += taken
                if surplus is not None and drawn > 0:
                    self._shine(taken * min(max(surplus / drawn, 0.0), 1.0), transaction)
        self.register = energy

    def _shine(self, solar: float, transaction: Transaction | None) -> None:
        self.solar += solar
        if transaction is not None:
            transaction.solar_energy = round((transaction.solar_energy or 0.0) + solar, _DIGITS)
