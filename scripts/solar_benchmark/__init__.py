"""Benchmark of charging by the sun: simulated days in steps of one second, on which controllers compete.

Our own law runs here as it is, from `custom_components/ocpp_csms/charging/`; what it competes with is modelled. Nothing in
here is part of the integration, and nothing in here is imported by it.
"""
