"""The lines of frames.jsonl: one oddity each, with what comes before it and what is expected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from custom_components.ocpp_csms.csms.wire.validation import decode


@dataclass(frozen=True, slots=True)
class Line:
    """One line, its fields as the file has them."""

    id: str
    version: str
    now: datetime
    given: str
    before: list[list[Any]]
    frame: list[Any] | None
    raw: str | None
    answers: str | None
    call_id: str | None
    tx_placeholder: int | None
    expect: dict[str, Any]

    @property
    def text(self) -> str:
        """The frame as it goes over the wire."""
        return self.raw if self.raw is not None else json.dumps(self.frame)

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of a call, decoded as the central system does it."""
        payload = decode(self.text)[3]
        assert isinstance(payload, dict)
        return payload

    @property
    def meter_value(self) -> Any:
        """Where the samples of a call are."""
        return self.payload.get("meterValue", self.payload.get("transactionData"))


def moment(text: str) -> datetime:
    """Return a timestamp of the file in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def lines(wanted: Callable[[Line], object] = bool) -> Iterator[Line]:
    """Yield the lines that are wanted, all by default."""
    text = Path(__file__).with_name("frames.jsonl").read_text(encoding="utf-8")
    for item in map(json.loads, text.splitlines()):
        line = Line(
            id=item["id"],
            version=item["version"],
            now=moment(item["now"]),
            given=item.get("given", ""),
            before=item.get("before", []),
            frame=item.get("frame"),
            raw=item.get("raw"),
            answers=item.get("answers"),
            call_id=item.get("call_id"),
            tx_placeholder=item.get("tx_placeholder"),
            expect=item["expect"],
        )
        if wanted(line):
            yield line
