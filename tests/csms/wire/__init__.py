"""Tests of csms/wire."""
