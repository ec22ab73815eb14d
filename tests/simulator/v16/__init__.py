"""Tests of the simulated charge point of OCPP 1.6."""
