"""Custom integrations of Home Assistant; here, one."""
