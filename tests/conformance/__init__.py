"""The test cases that the Open Charge Alliance has for central systems, through Home Assistant's actions and entities.

One test for each case, or several where a case has variants; the id of the case is in the name. A room for each version of OCPP; the house
is the same for all. The table of outcomes is docs/conformance.md.
"""
