"""Limits and modes of charging: pure functions over plain data. No clock, no I/O, nothing of Home Assistant or of OCPP's messages."""
