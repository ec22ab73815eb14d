"""What the simulated charge point says and understands in OCPP 1.6-J. Nothing of the other versions is known here."""
