"""Charging control in a real Home Assistant, with simulated chargers on real sockets and a simulated house."""
