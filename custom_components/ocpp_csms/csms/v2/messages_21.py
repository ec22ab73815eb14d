"""What OCPP 2.1 adds to the messages of 2.0.1: streams of values, tariffs and taxes, control of the grid.

What needs a service that nobody runs in a house is refused or acknowledged; swapping batteries is not claimed. Source: OCPP 2.1 part 2, use
cases as named at the methods.
"""

from typing import Any, override

from custom_components.ocpp_csms.csms.message_handler import MessageHandler, Payload
from custom_components.ocpp_csms.csms.model import Registration
from custom_components.ocpp_csms.csms.versions import Version
from custom_components.ocpp_csms.csms.wire.fields import folded, nested, text, time_text
from custom_components.ocpp_csms.csms.wire.frames import CallError

from .messages import V2Messages, part_of

_STREAM = "NotifyPeriodicEventStream"
_MOST_CHAIN = 4  # certificates whose status is asked for at a time (GetCertificateChainStatusRequest)
_LONGEST_VAT_NUMBER = 20
_ALGORITHMS = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
_HASHES = {"issuerNameHash": 128, "issuerKeyHash": 128, "serialNumber": 40}  # and how long they can be
# What a station may send, and we do not do.
_NOT_SUPPORTED = frozenset({"BatterySwap"})


class V21Messages(V2Messages):
    """Answers what a charging station sends that speaks OCPP 2.1."""

    version = Version.V2_1
    no_schedule = "NoChargingProfile"

    @override
    def code_of_unknown(self, action: str) -> str:
        return "NotSupported" if action in _NOT_SUPPORTED else super().code_of_unknown(action)

    @override
    def handle_send(self, action: str, payload: Any) -> None:
        """Take the values of a stream (N13), the only message that wants no answer."""
        point = self._charge_point
        if action != _STREAM:
            super().handle_send(action, payload)
            return
        point.message_received()
        if point.registration is Registration.ACCEPTED:
            self.noted(action, self._variables.streamed(nested(payload)), payload)

    def _stream_opened(self, payload: Payload) -> dict[str, Any]:
        """N11."""
        return {"status": "Accepted" if self._variables.stream_opened(payload) else "Rejected"}

    def _stream_closed(self, payload: Payload) -> dict[str, Any]:
        """N12."""
        self._variables.stream_closed(payload)
        return {}

    def _certificate_chain(self, payload: Payload) -> dict[str, Any]:
        """M06: nobody is asked about certificates, so that each status has failed. Raises `CallError` if none is named."""
        asked, now = payload.get("certificateStatusRequests"), time_text(self._clock())
        requests = [nested(item) for item in (asked if isinstance(asked, list) else [])[:_MOST_CHAIN]]
        statuses = [
            {
                "certificateHashData": hashes,
                "source": "CRL" if folded(item.get("source")) == "crl" else "OCSP",
                "status": "Failed",
                "nextUpdate": now,
            }
            for item in requests
            if (hashes := _hashes(item.get("certificateHashData"))) is not None
        ]
        if not statuses:
            raise CallError("OccurrenceConstraintViolation", "no certificate is named")
        return {"certificateStatus": statuses}

    def _dynamic_schedule(self, _payload: Payload) -> dict[str, Any]:
        """K28: our profiles are not dynamic."""
        return {"status": "Rejected"}

    def _vat_number(self, payload: Payload) -> dict[str, Any]:
        """I12: nobody can say whether it is one."""
        return {"status": "Rejected", "vatNumber": (text(payload.get("vatNumber")) or "")[:_LONGEST_VAT_NUMBER]}

    handlers = {
        **V2Messages.handlers,
        "ClosePeriodicEventStream": _stream_closed,
        "GetCertificateChainStatus": _certificate_chain,
        "NotifyDERAlarm": MessageHandler.acknowledge,
        "NotifyDERStartStop": MessageHandler.acknowledge,
        "NotifyPriorityCharging": MessageHandler.acknowledge,
        "NotifySettlement": MessageHandler.acknowledge,
        "OpenPeriodicEventStream": _stream_opened,
        "PullDynamicScheduleUpdate": _dynamic_schedule,
        "ReportDERControl": part_of("ReportDERControl"),
        "VatNumberValidation": _vat_number,
    }


def _hashes(value: Any) -> dict[str, str] | None:
    """Return a CertificateHashDataType as it can be repeated; None if it names no certificate."""
    said = nested(value)
    algorithm = _ALGORITHMS.get(folded(said.get("hashAlgorithm")))
    texts = {name: text(said.get(name)) for name in _HASHES}
    named = {name: found for name, found in texts.items() if found is not None and len(found) <= _HASHES[name]}
    return {"hashAlgorithm": algorithm, **named} if algorithm is not None and len(named) == len(_HASHES) else None
