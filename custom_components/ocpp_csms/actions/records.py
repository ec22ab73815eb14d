"""Actions about what has been charged: pages of records, files for the employer, totals. They ask no charge point anything."""

from pathlib import Path
from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError, write_utf8_file_atomic
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.records.export import ExportFormat, as_csv, as_json, as_object, total_as_object
from custom_components.ocpp_csms.records.history import Span
from custom_components.ocpp_csms.records.queries import (
    MOST_ON_PAGE,
    Cursor,
    CursorError,
    Listing,
    Page,
    Query,
    Totals,
    Visitor,
)
from custom_components.ocpp_csms.records.record import Record
from custom_components.ocpp_csms.runtime import OcppConfigEntry

from .action import GeneralAction
from .fields import DEVICES, invalid, moment
from .target import find_target

ATTR_CURSOR: Final = "cursor"
ATTR_END: Final = "end"
ATTR_FORMAT: Final = "format"
ATTR_ID_TAG: Final = "id_tag"
ATTR_LIMIT: Final = "limit"
ATTR_PARENT: Final = "parent"
ATTR_PATH: Final = "path"
ATTR_RUNNING: Final = "running"
ATTR_START: Final = "start"

_DEFAULT_LIMIT = 50
_FORMATS = {ExportFormat.CSV: as_csv, ExportFormat.JSON: as_json}


async def _get_transactions(hass: HomeAssistant, call: ServiceCall) -> JsonObjectType:
    page = Page(_query(hass, call), call.data[ATTR_LIMIT], _cursor(call.data.get(ATTR_CURSOR)))
    await _async_scan(hass, page.span, page, running=call.data[ATTR_RUNNING])
    return {
        "transactions": [as_object(record, dt_util.get_default_time_zone()) for record in page.records],
        "next": None if page.following is None else str(page.following),
    }


async def _export_transactions(hass: HomeAssistant, call: ServiceCall) -> JsonObjectType:
    target, wanted = call.data.get(ATTR_PATH), call.data[ATTR_FORMAT]
    path = None if target is None else await hass.async_add_executor_job(_allowed, hass, target, wanted)
    listing = Listing(_query(hass, call))
    await _async_scan(hass, listing.query.span, listing, running=call.data[ATTR_RUNNING])
    count = len(listing.records)
    if path is None:
        text = await hass.async_add_executor_job(_text, listing.in_order(), wanted)
        return {"count": count, "content": text}
    await hass.async_add_executor_job(_write, path, listing.in_order(), wanted)
    return {"count": count, "path": str(path)}


async def _get_totals(hass: HomeAssistant, call: ServiceCall) -> JsonObjectType:
    totals = Totals(_query(hass, call), dt_util.get_default_time_zone(), dt_util.utcnow())
    await _async_scan(hass, totals.query.span, totals, running=call.data[ATTR_RUNNING])
    return {"totals": [total_as_object(total) for total in totals.in_order()]}


# What is asked


def _query(hass: HomeAssistant, call: ServiceCall) -> Query:
    """Return what an action asks for. Raises ServiceValidationError."""
    since, until = moment(call.data, ATTR_START), moment(call.data, ATTR_END)
    if since is not None and until is not None and until <= since:
        raise invalid("end_before_start")
    devices: list[str] | None = call.data.get(ATTR_DEVICE_ID)
    targets = [find_target(hass, device) for device in devices or ()]
    whole = frozenset(target.charge_point.identity for target in targets if target.named is None)
    return Query(
        span=Span(since, until),
        charge_points=None if devices is None else whole,
        connectors=frozenset((it.charge_point.identity, it.named) for it in targets if it.named is not None),
        id_tag=call.data.get(ATTR_ID_TAG),
        parent=call.data.get(ATTR_PARENT),
    )


def _cursor(text: str | None) -> Cursor | None:
    """Return where a page goes on. Raises ServiceValidationError."""
    try:
        return None if text is None else Cursor.parse(text)
    except CursorError as error:
        raise invalid("cursor_invalid", cursor=text or "") from error


async def _async_scan(hass: HomeAssistant, span: Span, visitor: Visitor, *, running: bool) -> None:
    """Let all central systems show their records. Raises ServiceValidationError if none is loaded."""
    entries: list[OcppConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        raise invalid("no_central_system")
    if len(entries) == 1:
        await entries[0].runtime_data.records.async_scan(span, visitor.visit, running=running)
        return
    everything = Listing(Query())
    for entry in entries:
        await entry.runtime_data.records.async_scan(span, everything.visit, running=running)
    visitor.visit(sorted(everything.records, key=lambda record: record.order, reverse=True))


# Files. They block: run them in the executor


def _allowed(hass: HomeAssistant, target: str, wanted: ExportFormat) -> Path:
    """Return the file to write. Raises ServiceValidationError where Home Assistant may not write, or a file would not be what it is called."""
    path = Path(hass.config.path(target))
    if path.suffix.lower() != f".{wanted}":
        raise invalid("export_wrong_ending", path=str(path), ending=f".{wanted}")
    if not target.isprintable() or not hass.config.is_allowed_path(str(path)):
        raise invalid("export_forbidden", path=str(path), folder=str(path.parent))
    if not path.parent.is_dir():
        raise invalid("export_no_folder", path=str(path), folder=str(path.parent))
    return path


def _text(records: list[Record], wanted: ExportFormat) -> str:
    return _FORMATS[wanted](records, dt_util.get_default_time_zone())


def _write(path: Path, records: list[Record], wanted: ExportFormat) -> None:
    """Write a file, all or nothing. Raises HomeAssistantError."""
    try:
        write_utf8_file_atomic(str(path), _text(records, wanted).encode(), mode="wb")
    except WriteError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="export_failed",
            translation_placeholders={"path": str(path), "error": str(error)},
        ) from error


_WHICH: Final[dict[vol.Marker, object]] = {
    vol.Optional(ATTR_START): cv.datetime,
    vol.Optional(ATTR_END): cv.datetime,
    vol.Optional(ATTR_DEVICE_ID): DEVICES,
    vol.Optional(ATTR_ID_TAG): cv.string,
    vol.Optional(ATTR_PARENT): cv.string,
    vol.Optional(ATTR_RUNNING, default=False): cv.boolean,
}

ACTIONS: Final = {
    "get_transactions": GeneralAction(
        handler=_get_transactions,
        fields={
            **_WHICH,
            vol.Optional(ATTR_LIMIT, default=_DEFAULT_LIMIT): vol.All(
                vol.Coerce(int), vol.Range(min=1, max=MOST_ON_PAGE)
            ),
            vol.Optional(ATTR_CURSOR): cv.string,
        },
    ),
    "export_transactions": GeneralAction(
        handler=_export_transactions,
        fields={
            **_WHICH,
            vol.Optional(ATTR_FORMAT, default=ExportFormat.CSV): vol.Coerce(ExportFormat),
            vol.Optional(ATTR_PATH): cv.string,
        },
    ),
    "get_totals": GeneralAction(handler=_get_totals, fields=_WHICH),
}
