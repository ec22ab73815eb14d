"""What is known of particular charge points: data, one row for each finding, applied in one place.

A row names whom it concerns (vendor, model, firmware patterns as in a shell, without regard to case), what to do differently, and where
the knowledge comes from. The user's own overrides come last and win. No protocol code lives here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any, get_type_hints

from custom_components.ocpp_csms.charging.profiles import Expiry, Unit

from .files.file_transfer import TransferProtocol
from .model import StationInfo
from .wire.fields import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How a charge point differs from the specification. The defaults describe one that does not."""

    accept_at_boot: bool = False  # cannot stand Pending: answer its first BootNotification Accepted
    configure: bool = True  # bears ChangeConfiguration during set-up
    trigger: bool = True  # bears TriggerMessage
    expects_trigger_boot: bool = False  # sends no BootNotification of its own accord on a new connection
    measurands: tuple[str, ...] = ()  # ask for exactly these; empty: ask for what we show
    without_measurands: tuple[str, ...] = ()  # break the charge point or its answer
    measurands_key: str | None = None  # vendor key that lists the supported measurands
    meter_interval: int | None = None  # least sample interval it bears, in s
    profile_purpose: str = "TxDefaultProfile"  # that its limit obeys, in the words of 1.6 or of 2.x
    profile_kind: str = "Absolute"  # ChargingProfileKindType that it understands
    stack_level: int | None = None  # instead of the highest one that it says it takes
    rate_unit: str | None = None  # A or W, instead of those that it says it takes
    number_phases: bool = False  # wants numberPhases in each period
    limit_expiry: str | None = None  # how a limit ends by itself: periods, valid_to, duration or none
    pause_current: float = 0.0  # A that pause it: some refuse 0
    phase_switching: bool | None = None  # charges with one or three phases at will, whatever it says of itself
    id_tag_key: str | None = None  # configuration key that holds the only tag it starts with
    id_tag_length: int = 36  # spoils longer tags; OCPP 1.6 has none of more than 20
    ends_without_stop: bool = False  # never sends StopTransaction: Available ends the transaction
    change_availability: bool = True  # ChangeAvailability does no harm
    file_transfer: str | None = None  # http or ftp, whatever it says itself
    accepted_data_transfers: tuple[str, ...] = ()  # messageIds of its vendor that we understand


@dataclass(frozen=True, slots=True)
class QuirkRow:
    """One finding. Patterns are those of a shell, matched without regard to case; an empty one means that nothing was said.

    `effects` are fields of `Quirks`.
    """

    vendor: str | tuple[str, ...]  # one pattern, or one for each name that it goes by
    source: str
    model: str = "*"
    firmware: str = "*"
    effects: Mapping[str, Any] = field(default_factory=dict)

    @property
    def vendors(self) -> tuple[str, ...]:
        """The patterns of the vendor's names."""
        return (self.vendor,) if isinstance(self.vendor, str) else self.vendor


# Sources name the public project and thread where owners or developers reported it. A later row goes before an earlier one.
TABLE: tuple[QuirkRow, ...] = (
    QuirkRow(
        "ABB*",
        "lbbrhzn/ocpp #880, #1275, #1735, #1737, docs: reboots when many measurands are set, refuses high stack levels",
        effects={
            "stack_level": 0,
            "measurands": (
                "Energy.Active.Import.Register",
                "Power.Active.Import",
                "Current.Import",
                "Voltage",
                "Current.Offered",
            ),
        },
    ),
    QuirkRow(
        "Alfen*",
        "evcc-io/evcc #5021: starts only with the tag in its own key",
        effects={"id_tag_key": "PlugAndChargeIdentifier"},
    ),
    QuirkRow(
        "Easee*",
        "evcc-io/evcc, templates/definition/charger/ocpp-easee.yaml: samples no faster than every 30 s",
        effects={"meter_interval": 30},
    ),
    QuirkRow(
        ("EN+*", "EN-plus*"),
        "evcc-io/evcc #14673: ChangeAvailability breaks it",
        effects={"change_availability": False},
    ),
    QuirkRow(
        "EV*BOX*",
        "lbbrhzn/ocpp #221; evcc-io/evcc: measurands are listed under a key of its own; Offered ones break",
        effects={
            "measurands_key": "evb_SupportedMeasurands",
            "without_measurands": ("Current.Offered", "Power.Offered", "SoC"),
            "accepted_data_transfers": ("evbStatusNotification",),
        },
    ),
    QuirkRow(
        ("go-e*", "Fronius*"),
        "goecharger/go-eCharger-API-v2 #154, #190: amperes only, numberPhases understood",
        effects={"rate_unit": "A", "number_phases": True},
    ),
    QuirkRow("Huawei*", "lbbrhzn/ocpp #1810, #2084: limits in watts only", effects={"rate_unit": "W"}),
    QuirkRow(
        "",
        "evcc-io/evcc #32170: the BootNotification of Huawei's chargers names no maker",
        model="ACChargePoint",
        effects={"rate_unit": "W"},
    ),
    QuirkRow("Ocular*", "lbbrhzn/ocpp: spoils tags of more than 16 characters", effects={"id_tag_length": 16}),
    QuirkRow("BS*", "lbbrhzn/ocpp: spoils tags of more than 16 characters", model="EV*", effects={"id_tag_length": 16}),
    QuirkRow(
        "Starcharge*",
        "lbbrhzn/ocpp #1096: refuses measurands, dies after TriggerMessage",
        effects={"configure": False, "trigger": False},
    ),
    QuirkRow("Timxon*", "lbbrhzn/ocpp #2158: hangs on Absolute profiles", effects={"profile_kind": "Relative"}),
    QuirkRow(
        "Wall*Box*",
        "evcc-io/evcc #15492, #15581, #15864: the highest stack level is ignored; no BootNotification on connecting; "
        "Offered ones missing",
        effects={
            "stack_level": 0,
            "expects_trigger_boot": True,
            "without_measurands": ("Current.Offered", "Power.Offered"),
        },
    ),
    QuirkRow(
        "Wall*Box*",
        "evcc-io/evcc #15492, #15581, #15864: Absolute profiles are ignored before firmware 5",
        firmware="[0-4].*",
        effects={"profile_kind": "Relative"},
    ),
    QuirkRow(
        "Zaptec*",
        "reported for the Go 2 over its local connection: never sends StopTransaction",
        effects={"ends_without_stop": True},
    ),
)


# What some quirks may say; anything else would only show when a limit is written.
_WORDS: Mapping[str, frozenset[str]] = {
    "profile_purpose": frozenset(
        {"ChargePointMaxProfile", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"}
    ),
    "profile_kind": frozenset({"Absolute", "Relative"}),
    "rate_unit": frozenset(Unit),
    "limit_expiry": frozenset(Expiry) - {Expiry.OFFLINE},
    "file_transfer": frozenset(TransferProtocol),
}


class InvalidOverrideError(ValueError):
    """An override names no quirk, or has a value of the wrong type. `name` says which."""

    def __init__(self, name: str) -> None:
        """Keep the name of the override."""
        super().__init__(name)
        self.name = name


def matching_rows(info: StationInfo) -> list[QuirkRow]:
    """Return the rows of the table that concern this charge point."""
    return [
        row
        for row in TABLE
        if any(_matches(info.vendor, vendor) for vendor in row.vendors)
        and _matches(info.model, row.model)
        and _matches(info.firmware, row.firmware)
    ]


def quirks_for(info: StationInfo, overrides: Mapping[str, Any] | None = None) -> Quirks:
    """Return what is known of a charge point, the user's overrides on top. Raises `InvalidOverrideError`."""
    effects: dict[str, Any] = {}
    for row in matching_rows(info):
        effects |= row.effects
    return replace(Quirks(), **effects | parse_overrides(overrides or {}))


def parse_overrides(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Check overrides as a user types them (names and values of `Quirks`) and return them in the types of the fields.

    Raises `InvalidOverrideError` with the name of the first that does not fit.
    """
    types = get_type_hints(Quirks)
    known = {item.name for item in fields(Quirks)}
    parsed = {}
    for name, value in overrides.items():
        if name not in known:
            raise InvalidOverrideError(name)
        parsed[name] = _fit(name, value, types[name])
        if name in _WORDS and parsed[name] is not None and parsed[name] not in _WORDS[name]:
            raise InvalidOverrideError(name)
    return parsed


def _fit(name: str, value: Any, wanted: Any) -> Any:
    if wanted == tuple[str, ...]:
        if isinstance(value, str):
            value = names(value)
        if isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
            return tuple(value)
    elif wanted is bool:
        if isinstance(value, bool):
            return value
    elif wanted == bool | None and (value is None or isinstance(value, bool)):
        return value
    elif wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif isinstance(value, wanted) and not isinstance(value, bool):
        return value
    raise InvalidOverrideError(name)


def _matches(value: str | None, pattern: str) -> bool:
    return fnmatchcase((value or "").casefold(), pattern.casefold())
