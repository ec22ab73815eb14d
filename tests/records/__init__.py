"""Tests of the records: history, queries, exports, costs, statistics."""
