"""Where the maker of a charger offers firmware: a web server on the loopback."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer


@asynccontextmanager
async def firmware_offered() -> AsyncGenerator[str]:
    """Offer firmware; yields its address."""

    async def firmware(_request: web.Request) -> web.Response:
        return web.Response(body=b"firmware 2.0.0")

    maker = web.Application()
    maker.router.add_get("/firmware.bin", firmware)
    async with TestServer(maker, host="127.0.0.1") as server:
        yield str(server.make_url("/firmware.bin"))
