"""The cases for OCPP 2.0.1."""
