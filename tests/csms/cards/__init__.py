"""Tests of csms/cards."""
