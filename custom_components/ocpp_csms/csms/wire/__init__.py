"""THE WIRE: from a socket to frames and fields, and back. Nothing of what a message means."""
