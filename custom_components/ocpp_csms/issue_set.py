"""Repair issues that come and go together: what is wrong now is raised, what is not any more is taken back."""

from collections.abc import Collection, Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


class IssueSet:
    """The issues of one owner, all of them warnings. They are called `<key>_<owner>`, by keys of the translations."""

    def __init__(
        self,
        hass: HomeAssistant,
        owner: str,
        keys: Collection[str],
        *,
        fixable: Collection[str] = (),
        data: dict[str, str | int | float | None] | None = None,
    ) -> None:
        """Raise none yet. `keys` are all there can be, `fixable` those with a flow in `repairs`, which is given `data`."""
        self._hass = hass
        self._owner = owner
        self._keys = keys
        self._fixable = fixable
        self._data = data
        self._raised: set[str] = set()

    @callback
    def show(self, wrong: Mapping[str, dict[str, str]]) -> None:
        """Raise what is wrong now, with the placeholders of its text, and take back what is not any more."""
        for key in wrong.keys() - self._raised:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                self._issue_id(key),
                data=self._data,
                is_fixable=key in self._fixable,
                severity=ir.IssueSeverity.WARNING,
                translation_key=key,
                translation_placeholders=wrong[key],
            )
        self._take_back(self._raised - wrong.keys())
        self._raised = set(wrong)

    @callback
    def clear(self) -> None:
        """Take all back, also what another set of this owner has raised."""
        self._take_back(self._keys)
        self._raised.clear()

    def _take_back(self, keys: Collection[str]) -> None:
        for key in keys:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(key))

    def _issue_id(self, key: str) -> str:
        return f"{key}_{self._owner}"
