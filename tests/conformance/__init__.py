"""The test cases that the Open Charge Alliance has for central systems of OCPP 1.6, through Home Assistant's actions and entities.

One test for each case, or several where a case has variants; the id of the case is in the name. The table of outcomes is docs/conformance.md.
"""
