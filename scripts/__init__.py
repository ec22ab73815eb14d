"""The project's own tools: shell scripts for people, and the Python checks that `scripts/test` runs."""
