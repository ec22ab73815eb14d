"""Tests of csms/booking."""
