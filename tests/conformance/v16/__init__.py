"""The cases for OCPP 1.6."""
