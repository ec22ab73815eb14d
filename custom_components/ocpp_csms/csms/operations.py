"""How a version says the requests of `requests`: one `Operation` for each, in the tables of the dialects; what several spell alike. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .requests import GetLog, LogKind, Request, UpdateFirmware, UpdateSignedFirmware
from .wire.fields import time_text

ACCEPTED = ("Accepted",)
NO_STATUS: tuple[str, ...] = ()
"""The answer carries no status: that it came is all."""

_LOGS = {LogKind.DIAGNOSTICS: "DiagnosticsLog", LogKind.SECURITY: "SecurityLog"}

type Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation[RequestT: Request]:
    """How a request is said: the action, what makes its payload, and the statuses that mean yes.

    `report` is the message by which the charge point gives its real answer afterwards, in parts. `items` reads what the answer and its
    parts list: it becomes `Answer.items`.
    """

    action: str
    payload: Callable[[RequestT], Payload]
    good: tuple[str, ...] = ACCEPTED
    report: str | None = None
    items: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], tuple[Any, ...]] | None = None


def nothing(_request: Request) -> Payload:
    """Return the payload of a message that has none."""
    return {}


def said(**members: Any) -> Payload:
    """Return the members that say something."""
    return {name: value for name, value in members.items() if value is not None}


def time_of(at: datetime | None) -> str | None:
    """Write a time, if there is one."""
    return None if at is None else time_text(at)


def get_log(request: GetLog) -> Payload:
    """Return the payload of GetLog (security whitepaper of 1.6; 2.x, N01)."""
    log = said(
        remoteLocation=request.location,
        oldestTimestamp=time_of(request.oldest),
        latestTimestamp=time_of(request.latest),
    )
    return said(
        logType=_LOGS[request.kind],
        requestId=request.request_id,
        retries=request.retries,
        retryInterval=request.retry_interval,
        log=log,
    )


def update_firmware(request: UpdateFirmware | UpdateSignedFirmware) -> Payload:
    """Return the payload of SignedUpdateFirmware (security whitepaper of 1.6), or of UpdateFirmware of 2.x: signed (L01) or not (L02)."""
    firmware = said(
        location=request.location,
        retrieveDateTime=time_of(request.retrieve_at),
        installDateTime=time_of(request.install_at),
    )
    if isinstance(request, UpdateSignedFirmware):
        firmware |= {"signingCertificate": request.certificate, "signature": request.signature}
    return said(
        requestId=request.request_id,
        retries=request.retries,
        retryInterval=request.retry_interval,
        firmware=firmware,
    )
