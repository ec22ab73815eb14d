"""Tests of csms/v16."""
