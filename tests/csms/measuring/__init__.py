"""Tests of csms/measuring."""
