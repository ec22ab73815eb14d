"""Tests of the benchmark of the integration: its charge points, what is run, and its verdicts."""
