"""Repair issues of a charge point that does not bear limits: it refuses them, takes more, never ends them, or keeps the wrong time. They go away by themselves."""

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .csms.charge_point import ChargePoint
from .issue_set import IssueSet

_IGNORED = "limit_ignored"
_REFUSED = "limit_refused"
_CLOCK = "clock_wrong"
_DEAD_MAN = "limit_without_dead_man"


class LimitIssues:
    """The issues of one charge point."""

    def __init__(self, hass: HomeAssistant, charge_point: ChargePoint) -> None:
        """Raise what is wrong now, and follow what changes until `stop`."""
        self._charge_point = charge_point
        self._issues = IssueSet(hass, charge_point.identity, (_IGNORED, _REFUSED, _CLOCK, _DEAD_MAN))
        self._connectors: dict[int, CALLBACK_TYPE] = {}
        self._undo = charge_point.listen(0, ("limits", "connectors", "clock_skew", "settings"), self._update)
        self._update()

    @callback
    def stop(self) -> None:
        """Take all back: the charge point is gone, or the central system stops."""
        self._undo()
        for undo in self._connectors.values():
            undo()
        self._connectors.clear()
        self._issues.clear()

    @callback
    def _update(self) -> None:
        for number in self._charge_point.connectors.keys() - self._connectors.keys():
            self._connectors[number] = self._charge_point.listen(number, ("limit_ignored",), self._update)
        search = self._charge_point.limits.search
        wrong: set[str] = set()
        if search is not None and search.current is None:
            wrong.add(_REFUSED)
        elif any(connector.limit_ignored for connector in self._charge_point.connectors.values()):
            wrong.add(_IGNORED)
        elif self._charge_point.limits.lacks_dead_man:
            wrong.add(_DEAD_MAN)
        if self._charge_point.clock_skew.value:
            wrong.add(_CLOCK)
        self._issues.show({key: {"charge_point_id": self._charge_point.identity} for key in wrong})
