"""Tests of csms/security."""
