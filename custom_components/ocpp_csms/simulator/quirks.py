"""What real charge points get wrong, as data: one field per oddity, and named sets of them.

The rest of the simulator asks these fields at the one place where the oddity shows. No behaviour lives here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ocpp.v16.enums import ChargingProfilePurposeType as Purpose, ChargingProfileStatus


class ValueStyle(StrEnum):
    """How sampled values are written; the specification asks for text."""

    text = "text"
    number = "number"
    leading_blank = "leading_blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """The oddities of one charge point; the defaults describe one that follows the specification.

    `offers_subprotocol`: names `ocpp1.6` in the handshake.
    `offers_compression`: offers permessage-deflate.
    `sends_boot`: sends BootNotification by itself; otherwise it takes itself for accepted.
    `boot_after_reconnect`: sends it again after each lost connection, not only after a start.
    `disconnects_on_pending`: gives up the connection when the registration is Pending.
    `meter_value_as_object`: `meterValue` is an object instead of a list.
    `value_style`: how sampled values are written.
    `register_glitch_every`: every n-th report of the energy register says 0 (0 = never).
    `session_register`: the register in MeterValues starts at 0 with each transaction.
    `finishing_until_unplug`: refuses a remote start until the cable was pulled after a transaction.
    `late_meter_values`: so many MeterValues follow each StopTransaction.
    `repeated_start`, `repeated_stop`: how often StartTransaction and StopTransaction are sent, with the same data.
    `zoneless_timestamps`: timestamps without zone.
    `status_timestamps`: StatusNotification carries a timestamp.
    `units`: unit to report by measurand, right or wrong, instead of the proper one.
    `transaction_id`: reported in MeterValues and StopTransaction instead of the central system's.
    `pretty_json`: frames with line breaks and indentation.
    `lower_case_status`: `status` of every answer in lower case.
    `refused_measurands`: a list of measurands with any of these is rejected.
    `max_measurands`: longer lists of measurands are rejected.
    `refused_purposes`: answer to SetChargingProfile by purpose.
    `rate_units`: ChargingScheduleAllowedChargingRateUnit; other units are rejected.
    `ignores_limits`: accepts charging profiles and charges on.
    `unlock_supported`: has a cable lock.
    `resumes_after_power_loss`: goes on with the transaction when power returns, instead of stopping it.
    `text_authorization_key`: AuthorizationKey is the password itself, not its hexadecimal form.
    """

    offers_subprotocol: bool = True
    offers_compression: bool = False
    sends_boot: bool = True
    boot_after_reconnect: bool = True
    disconnects_on_pending: bool = False
    meter_value_as_object: bool = False
    value_style: ValueStyle = ValueStyle.text
    register_glitch_every: int = 0
    session_register: bool = False
    finishing_until_unplug: bool = False
    late_meter_values: int = 0
    repeated_start: int = 1
    repeated_stop: int = 1
    zoneless_timestamps: bool = False
    status_timestamps: bool = True
    units: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    transaction_id: int | None = None
    pretty_json: bool = False
    lower_case_status: bool = False
    refused_measurands: frozenset[str] = frozenset()
    max_measurands: int | None = None
    refused_purposes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rate_units: tuple[str, ...] = ("Current", "Power")
    ignores_limits: bool = False
    unlock_supported: bool = True
    resumes_after_power_loss: bool = False
    text_authorization_key: bool = False


PRESETS: Mapping[str, Quirks] = MappingProxyType(
    {
        "none": Quirks(),
        "no_subprotocol": Quirks(offers_subprotocol=False),
        "compression": Quirks(offers_compression=True),
        "no_boot": Quirks(sends_boot=False),
        "no_boot_after_reconnect": Quirks(boot_after_reconnect=False),
        "hates_pending": Quirks(disconnects_on_pending=True),
        "meter_value_object": Quirks(meter_value_as_object=True),
        "numeric_values": Quirks(value_style=ValueStyle.number),
        "blank_values": Quirks(value_style=ValueStyle.leading_blank),
        "register_glitch": Quirks(register_glitch_every=3),
        "session_register": Quirks(session_register=True),
        "finishing_until_unplug": Quirks(finishing_until_unplug=True),
        "late_meter_values": Quirks(late_meter_values=2),
        "stop_twice": Quirks(repeated_stop=2),
        "start_twice": Quirks(repeated_start=2),
        "zoneless_timestamps": Quirks(zoneless_timestamps=True),
        "no_status_timestamps": Quirks(status_timestamps=False),
        "wrong_units": Quirks(units=MappingProxyType({"Power.Active.Import": "Wh"})),
        "misspelt_units": Quirks(units=MappingProxyType({"Current.Import": "Amp", "Voltage": "Volt"})),
        "kilo_units": Quirks(
            units=MappingProxyType({"Energy.Active.Import.Register": "kWh", "Power.Active.Import": "kW"})
        ),
        "transaction_minus_one": Quirks(transaction_id=-1),
        "pretty_json": Quirks(pretty_json=True),
        "lower_case_status": Quirks(lower_case_status=True),
        "picky_measurands": Quirks(
            refused_measurands=frozenset({"Current.Offered", "Power.Offered", "SoC"}), max_measurands=4
        ),
        "no_max_profile": Quirks(
            refused_purposes=MappingProxyType({Purpose.charge_point_max_profile: ChargingProfileStatus.rejected})
        ),
        "amperes_only": Quirks(rate_units=("Current",)),
        "watts_only": Quirks(rate_units=("Power",)),
        "ignores_limits": Quirks(ignores_limits=True),
        "no_unlock": Quirks(unlock_supported=False),
        "resumes_after_power_loss": Quirks(resumes_after_power_loss=True),
    }
)
"""Sets of oddities by name, for the command line and for tests."""
