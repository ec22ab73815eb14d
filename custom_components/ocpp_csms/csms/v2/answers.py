"""What charging stations list in answers and reports, read into types of `requests` and `extended_requests`.

Pure, and tolerant: what is left out or makes no sense is None, an entry without what makes it one is left out, and of absurdly many the
first are read. Words of the specification become snake case. Source: OCPP 2.0.1 part 2, data types as named at the functions.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
import math
import re
from typing import Any, Final

from custom_components.ocpp_csms.csms.extended_requests import (
    DisplayMessage,
    InstalledProfile,
    Monitor,
    MonitorAnswer,
    TransactionState,
)
from custom_components.ocpp_csms.csms.limiting.composite_schedules import read_schedule
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.requests import CertificateKind, CompositeSchedule, InstalledCertificate
from custom_components.ocpp_csms.csms.security.installed_certificates import certificates_of
from custom_components.ocpp_csms.csms.wire.fields import connector_number, folded, nested, number, text
from custom_components.ocpp_csms.csms.wire.timestamps import read_timestamp

from .device_model import MOST_VARIABLES, VariableAddress, read_variables

_MOST = 1000  # entries of one kind that are read, but for variables
_LONGEST_CONTENT = 1024  # characters of a message to be shown
_LONGEST_INFORMATION = 100_000  # characters about a customer
CERTIFICATE_TYPES: Final = {
    CertificateKind.CENTRAL_SYSTEM_ROOT: "CSMSRootCertificate",
    CertificateKind.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
    CertificateKind.V2G_ROOT: "V2GRootCertificate",
    CertificateKind.MOBILITY_OPERATOR_ROOT: "MORootCertificate",
    CertificateKind.V2G_CHAIN: "V2GCertificateChain",
}
"""What each kind of certificate is called (GetCertificateIdUseEnumType)."""

_CERTIFICATE_KINDS = {folded(name): kind for kind, name in CERTIFICATE_TYPES.items()}
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

type _Object = Mapping[str, Any]


def snake(value: object) -> str | None:
    """Return a word of the specification in snake case: `AlwaysFront` is `always_front`."""
    word = text(value)
    return None if word is None else _CAPITAL.sub("_", word).casefold()


def installed_certificates(payload: _Object, _parts: Sequence[_Object]) -> tuple[InstalledCertificate, ...]:
    """Return the certificates of a GetInstalledCertificateIdsResponse, without those below each."""
    return tuple(islice(_certificates(_listed([payload], "certificateHashDataChain")), _MOST))


def _certificates(entries: Iterator[_Object]) -> Iterator[InstalledCertificate]:
    for entry in entries:
        kind = _CERTIFICATE_KINDS.get(folded(entry.get("certificateType")))
        for hashes in certificates_of(entry.get("certificateHashData")):
            yield InstalledCertificate(hashes=hashes, kind=kind)


def list_version(payload: _Object, _parts: Sequence[_Object]) -> tuple[int | None]:
    """Return the version of a GetLocalListVersionResponse."""
    return (number(payload.get("versionNumber")),)


def reported_variables(_payload: _Object, parts: Sequence[_Object]) -> tuple[ConfigurationKey, ...]:
    """Return the variables of NotifyReport messages, without the values that are secret."""
    variables = (variable for part in parts for variable in read_variables(part))
    return tuple(islice(variables, MOST_VARIABLES))


def monitor_answers(payload: _Object, _parts: Sequence[_Object]) -> tuple[MonitorAnswer, ...]:
    """Return the results of a SetVariableMonitoringResponse or ClearVariableMonitoringResponse."""
    results = (*_listed([payload], "setMonitoringResult"), *_listed([payload], "clearMonitoringResult"))
    return tuple(
        MonitorAnswer(status=text(entry.get("status")) or "", monitor_id=number(entry.get("id"))) for entry in results
    )


def monitors(_payload: _Object, parts: Sequence[_Object]) -> tuple[Monitor, ...]:
    """Return the monitors of NotifyMonitoringReport messages (MonitoringDataType, VariableMonitoringType)."""
    return tuple(_monitors(_listed(parts, "monitor")))


def _monitors(entries: Iterator[_Object]) -> Iterator[Monitor]:
    for entry in entries:
        address = VariableAddress.from_payload(entry)
        for item in _objects(entry.get("variableMonitoring")):
            monitor_id, kind = number(item.get("id")), snake(item.get("type"))
            if address is not None and monitor_id is not None and kind is not None:
                yield Monitor(
                    monitor_id=monitor_id,
                    variable=str(address),
                    kind=kind,
                    value=_finite(item.get("value")),
                    severity=number(item.get("severity")),
                    transaction=item.get("transaction") is True,
                )


def display_messages(_payload: _Object, parts: Sequence[_Object]) -> tuple[DisplayMessage, ...]:
    """Return the messages of NotifyDisplayMessages (MessageInfoType)."""
    found = (_display_message(entry) for entry in _listed(parts, "messageInfo"))
    return tuple(message for message in found if message is not None)


def _display_message(entry: _Object) -> DisplayMessage | None:
    message_id, message = number(entry.get("id")), nested(entry.get("message"))
    if message_id is None:
        return None
    return DisplayMessage(
        message_id=message_id,
        content=str(message.get("content", ""))[:_LONGEST_CONTENT],
        format=snake(message.get("format")),
        language=text(message.get("language")),
        priority=snake(entry.get("priority")),
        state=snake(entry.get("state")),
        start=read_timestamp(entry.get("startDateTime")),
        end=read_timestamp(entry.get("endDateTime")),
        transaction_id=text(entry.get("transactionId")),
    )


def customer_information(_payload: _Object, parts: Sequence[_Object]) -> tuple[str]:
    """Return what NotifyCustomerInformation messages say, put together."""
    told = "".join(part["data"] for part in parts if isinstance(part.get("data"), str))
    return (told[:_LONGEST_INFORMATION],)


def installed_profiles(_payload: _Object, parts: Sequence[_Object]) -> tuple[InstalledProfile, ...]:
    """Return the charging profiles of ReportChargingProfiles messages (ChargingProfileType)."""
    found = (_profile(part, entry) for part in parts for entry in _objects(part.get("chargingProfile")))
    return tuple(islice((profile for profile in found if profile is not None), _MOST))


def _profile(part: _Object, entry: _Object) -> InstalledProfile | None:
    profile_id, connector = number(entry.get("id")), connector_number(part.get("evseId"))
    if profile_id is None or connector is None:
        return None
    return InstalledProfile(
        profile_id=profile_id,
        connector=connector,
        source=snake(part.get("chargingLimitSource")),
        purpose=snake(entry.get("chargingProfilePurpose")),
        kind=snake(entry.get("chargingProfileKind")),
        recurrency=snake(entry.get("recurrencyKind")),
        stack_level=number(entry.get("stackLevel")),
        valid_from=read_timestamp(entry.get("validFrom")),
        valid_to=read_timestamp(entry.get("validTo")),
        transaction_id=text(entry.get("transactionId")),
        schedules=tuple(_schedule(item, connector) for item in _objects(entry.get("chargingSchedule"))[:_MOST]),
    )


def _schedule(schedule: _Object, connector: int) -> CompositeSchedule:
    start = read_timestamp(schedule.get("startSchedule"))
    return read_schedule(schedule, connector, start, duration=schedule.get("duration"))


def transaction_state(payload: _Object, _parts: Sequence[_Object]) -> tuple[TransactionState]:
    """Return what a GetTransactionStatusResponse says."""
    ongoing = payload.get("ongoingIndicator")
    return (TransactionState(ongoing if isinstance(ongoing, bool) else None, payload.get("messagesInQueue") is True),)


def _listed(parts: Sequence[_Object], name: str) -> Iterator[_Object]:
    """Yield the entries of a list that goes on from part to part."""
    return islice((entry for part in parts for entry in _objects(part.get(name))), _MOST)


def _objects(value: object) -> list[_Object]:
    """Return the objects of a list, also of one that is left out around a single one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None
