"""The files of the history: one for each month, and an index. They block: call them in the executor.

They look like those of Home Assistant's `Store`, and are written as it writes private files: all or nothing. They are read and written
here because a `Store` goes on after a failed write, and moves a file away that it cannot read: a month would be lost by either.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import json_bytes
from homeassistant.util.file import write_utf8_file_atomic
from homeassistant.util.json import json_loads
import orjson

type Row = Any
"""What a file holds of one record: a mapping, if nobody has touched it."""

STORAGE_VERSION = 1
_MONTH = re.compile(r"\d{4}-\d{2}")

MIGRATIONS: Mapping[int, Callable[[Row], Row]] = {}
"""What makes a row of the next version out of one of this version."""


class HistoryFileError(Exception):
    """A file of the history can be read or written by nobody, or not by this version."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(f"{path} cannot be used")
        self.path = path


@dataclass(frozen=True, slots=True)
class HistoryFiles:
    """The files of one history: `folder` is Home Assistant's for such files, `key` what their names begin with."""

    folder: Path
    key: str

    def months(self) -> list[str]:
        """Return the months that there are files of, oldest first; none of them is opened."""
        names = (path.name.removeprefix(f"{self.key}.") for path in self.folder.glob(f"{self.key}.*"))
        return sorted(name for name in names if _MONTH.fullmatch(name))

    def path(self, month: str) -> Path:
        """Return the file of a month."""
        return self.folder / f"{self.key}.{month}"

    def read(self, month: str) -> list[Row]:
        """Return the rows of a month; none if it has no file. Raises HistoryFileError."""
        rows = _read(self.path(month))
        if rows is not None and not isinstance(rows, list):
            raise HistoryFileError(self.path(month))
        return rows or []

    def write(self, month: str, rows: Iterable[Row]) -> None:
        """Write the rows of a month. Raises HistoryFileError."""
        _write(self.path(month), list(rows))

    def read_index(self) -> Row:
        """Return the index; None if there is none that can be read: it can be made anew."""
        try:
            return _read(self.folder / self.key)
        except HistoryFileError:
            return None

    def write_index(self, index: Mapping[str, Any]) -> None:
        """Write the index. Raises HistoryFileError."""
        _write(self.folder / self.key, index)

    def remove(self) -> None:
        """Delete all files."""
        for path in (self.folder / self.key, *map(self.path, self.months())):
            path.unlink(missing_ok=True)


def _read(path: Path) -> Any:
    """Return what a file holds, in the shape of now; None if there is no file."""
    try:
        content = json_loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        raise HistoryFileError(path) from error
    match content:
        case {"version": int(version), "data": data} if 0 < version <= STORAGE_VERSION:
            return _migrated(data, version)
    raise HistoryFileError(path)


def _migrated(data: Any, version: int) -> Any:
    """Return the rows of an older version as those of now. The index needs no migration: it can be made anew."""
    if version < STORAGE_VERSION and not isinstance(data, list):
        return None
    for step in range(version, STORAGE_VERSION):
        data = [MIGRATIONS[step](row) for row in data]
    return data


def _write(path: Path, data: Any) -> None:
    content = {"version": STORAGE_VERSION, "minor_version": 1, "key": path.name, "data": data}
    try:
        path.parent.mkdir(exist_ok=True)
        write_utf8_file_atomic(str(path), json_bytes(content), private=True, mode="wb")
    except (HomeAssistantError, OSError) as error:
        raise HistoryFileError(path) from error
