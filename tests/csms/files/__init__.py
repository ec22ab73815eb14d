"""Tests of csms/files."""
