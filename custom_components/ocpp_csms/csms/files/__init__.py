"""FILES: firmware for a charge point and logs from it, and the ways they travel."""
