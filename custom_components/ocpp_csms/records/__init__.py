"""RECORDS: what has been charged, kept for years, and what is made of it: pages, totals, files, costs, statistics. Nothing of OCPP's messages."""
