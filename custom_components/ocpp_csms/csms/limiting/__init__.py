"""LIMITING: the limits and charging profiles of one charge point, written and watched."""
