"""Drives the integration's own law on the plant: what Home Assistant would feed it, and what it would write.

The law is the code of `custom_components/ocpp_csms/charging/`, unchanged; here are only the observations of it.
"""

from dataclasses import replace

from custom_components.ocpp_csms.charging import law, surplus

from .plant import Draw, Plant

LONG_AGO = -1e9


class OurLaw:
    """One connector in the mode "solar", asked at each new reading of the grid. Nothing is known of the car at first."""

    def __init__(self, config: law.LawConfig) -> None:
        """Begin paused."""
        self._config = config
        self._law = law.LawState()
        self._surplus = surplus.SurplusState()
        self._seen: int | None = None  # when the last reading of the grid was taken
        self._limit, self._phases = 0.0, 0  # as written: a charger that accepts a limit has it
        self._written = LONG_AGO
        self._offset = 0.0

    def act(self, now: int, plant: Plant) -> None:
        """Take a new reading of the grid, if there is one, and write what the law decides.

        It counts from when it arrived: nobody tells Home Assistant when it was measured.
        """
        grid = plant.grid.latest
        if grid is None or grid.time == self._seen:
            return
        self._seen = grid.time
        charger = self._observed(plant)
        self._offset = surplus.learned_offset(charger)
        charger = replace(charger, offset=self._offset)
        self._surplus = surplus.estimate_surplus(self._surplus, now, grid.value, 0.0, [charger])
        sample = law.LawSample(
            now=now,
            surplus=self._surplus.surplus,
            settled=self._surplus.settled,
            limit=self._limit,
            phases=self._phases,
            offset=self._offset,
            solar=plant.solar.latest.value if plant.solar.latest else None,
        )
        self._law, setpoint = law.step(self._law, sample, self._config)
        if setpoint is not None:
            self._write(now, setpoint, plant)

    def _observed(self, plant: Plant) -> surplus.ChargerDraw:
        """Return what the central system knows of the charger; a car is taken to draw until its meter says otherwise."""
        meter = plant.meter.latest
        draw = meter.value if meter else Draw(0.0, 0.0)
        settled = meter is not None and meter.time >= self._written + surplus.SETTLE
        return surplus.ChargerDraw(
            limit=self._limit,
            phases=self._phases or plant.phases,
            measured=draw.current if meter else None,
            measured_at=meter.time if meter else None,
            written_at=self._written,
            drawing=self._limit > 0 and (draw.current > 0 or not settled),
            offset=self._offset,
            voltage=self._config.voltage,
        )

    def _write(self, now: int, setpoint: law.Setpoint, plant: Plant) -> None:
        """Write a limit; after a start or a change of phases it takes longer until the car follows."""
        begins = setpoint.phases > 0 and (setpoint.phases != self._phases or self._limit == 0)
        self._written = now + (surplus.SETTLE_AFTER_START if begins else 0.0)
        self._limit, self._phases = setpoint.current, setpoint.phases
        plant.write(now, setpoint.current, setpoint.phases or None)
