"""Who wants to know what changed: direct addressing from one changed key to the few that show it.

Changes are marked while a message is worked on and told in one batch afterwards, so that an answer never waits for a listener.
"""

from collections.abc import Callable, Iterable
import logging

from .model import Event

_LOGGER = logging.getLogger(__name__)

type Callback = Callable[[], None]
type EventCallback = Callable[[Event], None]


class Observers:
    """Listeners of one charge point by (connector, key), and what is to be told to them."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: dict[tuple[int, str], list[Callback]] = {}
        self._event_listeners: list[EventCallback] = []
        self._changed: set[tuple[int, str]] = set()
        self._events: list[Event] = []

    def listen(self, connector: int, keys: Iterable[str], callback: Callback) -> Callback:
        """Call `callback` once for each batch of changes that touches one of the keys. Returns what ends it."""
        addresses = [(connector, str(key)) for key in keys]
        for address in addresses:
            self._listeners.setdefault(address, []).append(callback)

        def remove() -> None:
            for address in addresses:
                listeners = self._listeners.get(address, [])
                if callback in listeners:
                    listeners.remove(callback)
                if not listeners:
                    self._listeners.pop(address, None)

        return remove

    def listen_events(self, callback: EventCallback) -> Callback:
        """Call `callback` with each event. Returns what ends it."""
        self._event_listeners.append(callback)
        return lambda: self._event_listeners.remove(callback)

    def mark(self, connector: int, key: str) -> None:
        """Note that a key has changed."""
        address = (connector, key)
        if address in self._listeners:
            self._changed.add(address)

    def emit(self, event: Event) -> None:
        """Note that something happened."""
        self._events.append(event)

    def flush(self) -> None:
        """Tell everybody concerned, each once. A listener that fails does not keep the others from being told."""
        if self._changed:
            changed, self._changed = self._changed, set()
            listeners = self._listeners
            for callback in {callback: None for address in changed for callback in listeners.get(address, ())}:
                try:
                    callback()
                # What a charge point sends must never leave a traceback, whatever our mistake.
                except Exception as error:
                    _LOGGER.error("A listener failed: %r", error)
                    _LOGGER.debug("Traceback of the listener that failed", exc_info=True)
        if self._events:
            events, self._events = self._events, []
            for event in events:
                for listener in tuple(self._event_listeners):
                    try:
                        listener(event)
                    except Exception as error:
                        _LOGGER.error("A listener failed: %r", error)
                        _LOGGER.debug("Traceback of the listener that failed", exc_info=True)
