"""Tests with real processes: a Home Assistant that can be killed, and chargers that lose power."""
