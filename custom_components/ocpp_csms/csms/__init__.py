"""The central system: OCPP over websockets, charge points, transactions. Pure asyncio; imports nothing of Home Assistant."""
