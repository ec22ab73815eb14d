"""OCPP 2.0.1 and 2.1: its messages and commands, and what a charging station's variables and charging profiles mean."""
