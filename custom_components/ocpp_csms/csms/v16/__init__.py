"""OCPP 1.6-J: the only place that knows its messages. `messages` reads, `commands` speaks."""
