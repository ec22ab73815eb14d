"""A home with a recorder whose time passes as the test says: statistics are compiled as Home Assistant compiles them, every five minutes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.ocpp_csms.csms.booking.transactions import Transaction
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.measuring.metering import MeterSample
from custom_components.ocpp_csms.csms.model import ConnectorStatus, Reading, Start
from custom_components.ocpp_csms.records.records import SETTLING
from tests.scripted import ScriptedDialect, report

STEP = timedelta(minutes=5)


@dataclass(slots=True)
class RecordedHome:
    """A charge point CP1, a recorder, and a clock. `start` is when its first five minutes begin."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    charge_point: ChargePoint
    far_end: ScriptedDialect
    start: datetime
    connector: int = 1
    compiled: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing compiled."""
        self.compiled = self.start

    async def until(self, moment: datetime) -> None:
        """Let time pass; what is due is compiled ten seconds later, as Home Assistant does."""
        while self.compiled + STEP + timedelta(seconds=10) <= moment:
            self.freezer.move_to(self.compiled + STEP + timedelta(seconds=10))
            await async_wait_recording_done(self.hass)
            do_adhoc_statistics(self.hass, start=self.compiled)
            await async_wait_recording_done(self.hass)
            self.compiled += STEP
        self.freezer.move_to(moment)

    async def settled(self) -> None:
        """Let so much time pass that what was told late is put right."""
        await self.until(dt_util.utcnow() + timedelta(seconds=SETTLING + 5))
        async_fire_time_changed(self.hass, dt_util.utcnow())
        await self.counted()

    async def hour_is_over(self) -> None:
        """Let the clock strike: two minutes past the hour what runs is counted."""
        moment = dt_util.utcnow().replace(minute=2, second=0, microsecond=0)
        await self.until(moment if moment > dt_util.utcnow() else moment + timedelta(hours=1))
        async_fire_time_changed(self.hass, dt_util.utcnow())
        await self.counted()

    async def counted(self) -> None:
        """Wait until statistics are written."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        await async_wait_recording_done(self.hass)

    async def hours(self, statistic_id: str, **options: Any) -> dict[str, float]:
        """Return what the energy dashboard shows: what each hour has used, by its start in UTC."""
        await async_wait_recording_done(self.hass)
        found = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            self.start - timedelta(days=3),
            None,
            {statistic_id},
            options.get("period", "hour"),
            None,
            {"change"},
        )
        return {
            dt_util.utc_from_timestamp(row["start"]).strftime("%H:%M"): round(row["change"] or 0.0, 3)
            for row in found.get(statistic_id, [])
        }

    # What the charge point does

    def connect(self) -> None:
        """The charge point dials in."""
        self.charge_point.attach(self.far_end, "127.0.0.1")
        report(self.charge_point, self.connector, ConnectorStatus.CHARGING)

    def disconnect(self) -> None:
        """The connection is lost."""
        self.charge_point.detach(self.far_end)

    async def tell(self, register: float, at: datetime | None = None, transaction: Transaction | None = None) -> None:
        """The charge point tells its register in kWh, measured now or at a time; a moment later its sensor shows it."""
        sample = MeterSample(at, (Reading("Energy.Active.Import.Register", register, "kWh"),))
        self.charge_point.sampled(self.connector, [sample], None if transaction is None else transaction.transaction_id)
        self.charge_point.message_handled()
        self.freezer.tick(2)
        async_fire_time_changed(self.hass, dt_util.utcnow())
        await self.hass.async_block_till_done()

    def begin(self, register: float, at: datetime | None = None, *, id_tag: str = "04A2B3C4") -> Transaction:
        """A transaction begins, now or at a time."""
        moment = at or dt_util.utcnow()
        start = Start(
            connector=self.connector,
            at=moment,
            id_tag=id_tag,
            meter_start=register,
            fingerprint=f"{self.connector} {moment} {id_tag}",
        )
        begun, _ = self.charge_point.transaction_started(start)
        self.charge_point.message_handled()
        return begun

    def end(self, transaction: Transaction, register: float, at: datetime | None = None) -> None:
        """A transaction ends, now or at a time."""
        self.charge_point.transaction_stopped(
            transaction.transaction_id, at=at or dt_util.utcnow(), meter_stop=register, reason="Local"
        )
        self.charge_point.message_handled()
