"""Tests of the simulated charge point, against a scripted central system of their own."""
