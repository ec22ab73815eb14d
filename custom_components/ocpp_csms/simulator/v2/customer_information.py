"""What the station knows of a customer: CustomerInformation, told in parts by NotifyCustomerInformation, and forgotten.

OCPP 2.0.1, part 2, N09 and N10. The local list stays: the central system changes that one itself (N10.FR.02).
"""

from collections.abc import Callable
from typing import Any, Protocol

from ocpp.v201 import call, call_result
from ocpp.v201.enums import CustomerInformationStatusEnumType as Status

from ..answering import Answer, Handler
from .inventory import Speaker
from .report_parts import parts

_LONGEST_PART = 512  # characters
_NOTHING = "no data found"


class Memory(Protocol):
    """What the station knows of people."""

    def told_of(self, id_token: str) -> list[str]:
        """Return a line for each thing that is known of a token."""

    def forget(self, id_token: str) -> None:
        """Forget the token, but for the local list."""


class CustomerInformation:
    """The handler over the station's memory. Customers are known by token, and by nothing else."""

    def __init__(self, memory: Memory, speaker: Speaker, timestamp: Callable[[], str]) -> None:
        """Set up the table; `timestamp` is asked for the present time as it goes into messages."""
        self._memory = memory
        self._speaker = speaker
        self._timestamp = timestamp
        self.handlers: dict[str, Handler] = {"CustomerInformation": self._customer_information}

    def _customer_information(self, request: call.CustomerInformation) -> Answer:
        references = (request.id_token, request.customer_certificate, request.customer_identifier)
        if sum(reference is not None for reference in references) != 1:  # N09.FR.09
            return Answer(call_result.CustomerInformation(Status.invalid))
        if not request.report and not request.clear:
            return Answer(call_result.CustomerInformation(Status.rejected))
        text = self._text(request)
        return Answer(call_result.CustomerInformation(Status.accepted), lambda: self._notify(request.request_id, text))

    def _text(self, request: call.CustomerInformation) -> str:
        token: Any = request.id_token
        lines = [] if token is None else self._memory.told_of(token["idToken"])
        if token is not None and request.clear:
            self._memory.forget(token["idToken"])
        if not lines:
            return _NOTHING
        return "\n".join(lines) if request.report else "cleared"

    async def _notify(self, request_id: int, text: str) -> None:
        generated_at = self._timestamp()
        for part in parts(text, _LONGEST_PART):
            await self._speaker.say(
                call.NotifyCustomerInformation(
                    data="".join(part.items or []),
                    seq_no=part.number,
                    generated_at=generated_at,
                    request_id=request_id,
                    tbc=part.more,
                )
            )
