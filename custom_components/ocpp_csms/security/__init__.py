"""SECURITY on the side of Home Assistant: keys and certificates as they are kept, watched and asked for."""
