"""SECURITY: passwords, certificates and security profiles."""
