"""BOOKING: transactions and sessions, what each has taken, and what survives."""
