"""Benchmark of the integration in a real Home Assistant core, beside the bare `ocpp` library and a bare floor.

One process (`host`) runs the core with one of the systems; this one's `__main__` starts it, plays the charge points over
raw sockets and prints the table. Nothing in here is part of the integration, and nothing in here is imported by it.
"""
