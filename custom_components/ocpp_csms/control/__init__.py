"""Charging control: modes, sun, fuse, prices and plans of one house. The only room where `charging` decides and charge points obey.

Nothing is decided here and no message is known: `charging` says what to do, `csms` does it. Entities and flows are outside.
"""
