"""Limits and modes: no clock, no socket, no Home Assistant."""
