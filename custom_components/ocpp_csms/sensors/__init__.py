"""SENSORS: their tables, one module a subject; their platform is `sensor`."""
