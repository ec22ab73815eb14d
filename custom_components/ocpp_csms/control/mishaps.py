"""Going on whatever goes wrong: an end of the control would leave all limits as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
import logging
from traceback import walk_tb
from types import CodeType

_LOGGER = logging.getLogger(__name__)


class Mishaps:
    """What has gone wrong so far. The same mistake is logged once."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._logged: set[tuple[type[Exception], CodeType, int]] = set()

    @contextmanager
    def survived(self) -> Iterator[None]:
        """Go on whatever goes wrong inside."""
        try:
            yield
        except Exception as error:
            place = _place_of(error)
            level = logging.DEBUG if place in self._logged else logging.ERROR
            self._logged.add(place)
            _LOGGER.log(level, "Charging control has failed; it goes on", exc_info=True)


def _place_of(error: Exception) -> tuple[type[Exception], CodeType, int]:
    """Return what tells one mistake from another: its kind, and where it happened."""
    frame, line = list(walk_tb(error.__traceback__))[-1]
    return type(error), frame.f_code, line
