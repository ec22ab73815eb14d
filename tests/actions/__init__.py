"""Tests of what the actions do."""
