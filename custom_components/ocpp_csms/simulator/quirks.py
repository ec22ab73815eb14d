"""What real charge points get wrong, as data: one field per oddity.

The rest of the simulator asks these fields at the one place where the oddity shows. No behaviour lives here; named sets
of oddities live in `presets`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class ValueStyle(StrEnum):
    """How sampled values are written; the specification asks for text."""

    text = "text"
    number = "number"
    leading_blank = "leading_blank"


class OfferedReading(StrEnum):
    """What Current.Offered and Power.Offered say.

    The truth; the accepted limit, obeyed or not; the hardware's maximum, always; or nothing: they are left out.
    """

    truth = "truth"
    promise = "promise"
    hardware = "hardware"
    missing = "missing"


class UploadStyle(StrEnum):
    """How files are uploaded by HTTP: PUT, POST, or POST as a form with the file in it."""

    put = "put"
    post = "post"
    form = "form"


class AvailabilityStyle(StrEnum):
    """How a station of OCPP 2.x tells what a connector does: StatusNotification, NotifyEvent, or both."""

    status = "status"
    event = "event"
    both = "both"


class EvseStyle(StrEnum):
    """In which events of a transaction the EVSE is named: the first one, as it should be, all of them, or none."""

    first = "first"
    always = "always"
    never = "never"


class ConnectorStyle(StrEnum):
    """How the connector is named beside its EVSE: by its number, as 0, or not at all."""

    number = "number"
    zero = "zero"
    missing = "missing"


class CompositeAnswer(StrEnum):
    """What GetCompositeSchedule is answered with.

    The limits that hold; the accepted ones, obeyed or not; the status Rejected; or the CALLERROR NotSupported.
    """

    truth = "truth"
    promise = "promise"
    rejected = "rejected"
    not_supported = "not_supported"


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """The oddities of one charge point; the defaults describe one that follows the specification.

    Connection, registration and messages:

    `offers_subprotocol`: names `ocpp1.6` in the handshake.
    `offers_compression`: offers permessage-deflate.
    `vendor`, `model`, `firmware_version`: what BootNotification says, unless the charge point is built with others.
    `sends_boot`: sends BootNotification by itself; otherwise it takes itself for accepted.
    `boot_after_reconnect`: sends it again after each lost connection, not only after a start; None: as is usual in the
    version, again with 1.6 and not since 2.0.1.
    `disconnects_on_pending`: gives up the connection when the registration is Pending.
    `zoneless_timestamps`: timestamps without zone.
    `status_timestamps`: StatusNotification carries a timestamp.
    `pretty_json`: frames with line breaks and indentation.
    `lower_case_status`: `status` of every answer in lower case.
    `text_authorization_key`: AuthorizationKey is the password itself, not its hexadecimal form.
    `configuration`: values of configuration keys instead of the usual ones, or of keys of its own, all read-only unless
    known.
    `hidden_keys`: configuration keys that it does not know when asked.
    `unlisted_features`: feature profiles that work though SupportedFeatureProfiles does not name them.
    `security_whitepaper`: knows the messages and keys of the security whitepaper.
    `rsa_keys`: makes RSA keys for its certificates instead of elliptic curves.
    `upload_style`: how it uploads files by HTTP.
    `corrects_clock`: a clock that is wrong is put right when BootNotification or Heartbeat is answered.

    Meter values:

    `meter_value_as_object`: `meterValue` is an object instead of a list.
    `value_style`: how sampled values are written.
    `register_glitch_every`: every n-th report of the energy register says 0 (0 = never).
    `session_register`: the register in MeterValues starts at 0 with each transaction.
    `units`: unit to report by measurand, right or wrong, instead of the proper one.
    `refused_measurands`: a list of measurands with any of these is rejected.
    `max_measurands`: longer lists of measurands are rejected.
    `offered_reading`: what Current.Offered and Power.Offered say.

    Transactions:

    `finishing_until_unplug`: refuses a remote start until the cable was pulled after a transaction.
    `late_meter_values`: so many MeterValues follow each StopTransaction.
    `repeated_start`, `repeated_stop`: how often StartTransaction and StopTransaction are sent, with the same data.
    `transaction_id`: reported in MeterValues and StopTransaction instead of the central system's.
    `unlock_supported`: has a cable lock.
    `full_stop_data`: StopTransaction carries what was sampled all along (StopTxnSampledData, StopTxnAlignedData) and
    not only the registers of begin and end.
    `resumes_after_power_loss`: goes on with the transaction when power returns, instead of stopping it.

    Only since OCPP 2.0.1:

    `availability`: how it tells what a connector does.
    `evse_in_events`, `connector_in_events`: how TransactionEvent names EVSE and connector.
    `sequence_stays_zero`: seqNo is always 0.
    `omits_started`: no TransactionEvent Started is sent.
    `repeated_updates`: how often each TransactionEvent Updated is sent, with the same data.
    `transaction_meter_values`: TransactionEvent carries meter values.
    `multipliers`: power of ten of the unit by measurand.
    `refused_reports`: report bases that GetBaseReport answers with NotSupported.
    `reports_nothing`: GetBaseReport is accepted, and the report empty.
    `extra_variables`: so many more variables in the device model.

    Charging profiles that it refuses, or hangs on:

    `refused_purposes`, `refused_kinds`: answer to SetChargingProfile by purpose and by kind.
    `unanswered_kinds`: kinds to which SetChargingProfile gets no answer at all.
    `refused_fields`: a profile with any of these is rejected: validFrom, validTo, transactionId, duration,
    startSchedule, numberPhases.
    `max_stack_level`, `max_periods`: what exceeds them is rejected, whatever the configuration keys say.
    `rate_units`: ChargingScheduleAllowedChargingRateUnit; other units are rejected.
    `needs_transaction_id`: a TxProfile without transactionId is rejected.
    `refuses_decimals`: limits that are no whole numbers are rejected.
    `refuses_zero`: limits of 0 are rejected; anything between 0 and 6 A still pauses.

    Charging profiles that it accepts and does not obey:

    `ignores_limits`: all of them.
    `ignored_purposes`, `ignored_kinds`: those of these purposes and kinds.
    `ignored_from_stack_level`: those of this stack level and above.
    `ignores_phases`: numberPhases.
    `defaults_wait`: a TxDefaultProfile does not hold in the running transaction, only from the next one on.
    `forgets_profiles_offline`, `forgets_profiles_at_reboot`: drops them when the connection is lost, or at a restart.
    `composite_answer`: what GetCompositeSchedule is answered with.

    What it does with a limit:

    `current_cap`: never offers more A per phase than this, whatever its hardware is said to be.
    `current_steps`: offers only these currents in A, the next lower one; none for any current.
    `pause_ends_transaction`: a limit below 6 A ends the transaction.
    `resumes_by_remote_start`: after a limit below 6 A nothing flows until a remote start, whatever the limit says.
    `phase_switch_pause`: s without current while it switches phases.
    """

    offers_subprotocol: bool = True
    offers_compression: bool = False
    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    sends_boot: bool = True
    boot_after_reconnect: bool | None = None
    disconnects_on_pending: bool = False
    zoneless_timestamps: bool = False
    status_timestamps: bool = True
    pretty_json: bool = False
    lower_case_status: bool = False
    text_authorization_key: bool = False
    configuration: Mapping[str, str] = field(default_factory=_nothing)
    hidden_keys: frozenset[str] = frozenset()
    unlisted_features: frozenset[str] = frozenset()
    security_whitepaper: bool = True
    rsa_keys: bool = False
    upload_style: UploadStyle = UploadStyle.put
    corrects_clock: bool = False

    meter_value_as_object: bool = False
    value_style: ValueStyle = ValueStyle.text
    register_glitch_every: int = 0
    session_register: bool = False
    units: Mapping[str, str] = field(default_factory=_nothing)
    refused_measurands: frozenset[str] = frozenset()
    max_measurands: int | None = None
    offered_reading: OfferedReading = OfferedReading.truth

    finishing_until_unplug: bool = False
    late_meter_values: int = 0
    repeated_start: int = 1
    repeated_stop: int = 1
    transaction_id: int | None = None
    unlock_supported: bool = True
    full_stop_data: bool = False
    resumes_after_power_loss: bool = False

    availability: AvailabilityStyle = AvailabilityStyle.status
    evse_in_events: EvseStyle = EvseStyle.first
    connector_in_events: ConnectorStyle = ConnectorStyle.number
    sequence_stays_zero: bool = False
    omits_started: bool = False
    repeated_updates: int = 1
    transaction_meter_values: bool = True
    multipliers: Mapping[str, int] = field(default_factory=dict)
    refused_reports: frozenset[str] = frozenset()
    reports_nothing: bool = False
    extra_variables: int = 0

    refused_purposes: Mapping[str, str] = field(default_factory=_nothing)
    refused_kinds: Mapping[str, str] = field(default_factory=_nothing)
    unanswered_kinds: frozenset[str] = frozenset()
    refused_fields: frozenset[str] = frozenset()
    max_stack_level: int | None = None
    max_periods: int | None = None
    rate_units: tuple[str, ...] = ("Current", "Power")
    needs_transaction_id: bool = False
    refuses_decimals: bool = False
    refuses_zero: bool = False

    ignores_limits: bool = False
    ignored_purposes: frozenset[str] = frozenset()
    ignored_kinds: frozenset[str] = frozenset()
    ignored_from_stack_level: int | None = None
    ignores_phases: bool = False
    defaults_wait: bool = False
    forgets_profiles_offline: bool = False
    forgets_profiles_at_reboot: bool = False
    composite_answer: CompositeAnswer = CompositeAnswer.truth

    current_cap: float | None = None
    current_steps: tuple[float, ...] = ()
    pause_ends_transaction: bool = False
    resumes_by_remote_start: bool = False
    phase_switch_pause: float = 0.0
