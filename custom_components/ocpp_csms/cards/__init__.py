"""CARDS on the side of Home Assistant: ID tags as entries, scans and issues."""
