"""Tests of csms/limiting."""
