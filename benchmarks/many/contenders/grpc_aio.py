"""grpc.aio with generic handlers and msgpack: no protoc, and the same bytes as the others.

A channel has a connection of its own only if told so; else channels of a process share one.
"""

from __future__ import annotations

import importlib
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

from .base import Announce, AsyncContender, Options

__all__ = ["contender"]

_SERVICE, _METHOD = "benchmark.Echo", "echo"
_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)


class GrpcClient:
    """A channel, and the call that it offers."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel  # kept: a channel that nobody holds is closed
        self.echo = channel.unary_unary(
            f"/{_SERVICE}/{_METHOD}",
            request_serializer=msgpack.packb,
            response_deserializer=msgpack.unpackb,
        )


class GrpcAsync:
    """grpcio's asyncio API."""

    async def serve(self, options: Options, announce: Announce) -> None:
        grpc: Any = importlib.import_module("grpc")
        aio: Any = importlib.import_module("grpc.aio")

        async def echo(request: Any, context: Any) -> Any:
            return request

        handler = grpc.unary_unary_rpc_method_handler(
            echo, request_deserializer=msgpack.unpackb, response_serializer=msgpack.packb
        )
        server = aio.server()
        handlers = grpc.method_handlers_generic_handler(_SERVICE, {_METHOD: handler})
        server.add_generic_rpc_handlers((handlers,))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        announce(f"127.0.0.1:{port}")
        await server.wait_for_termination()

    async def connect(self, address: str, options: Options) -> Any:
        aio: Any = importlib.import_module("grpc.aio")
        channel = aio.insecure_channel(address, options=_OWN_CONNECTION)
        await channel.channel_ready()
        return GrpcClient(channel)


contender: AsyncContender = GrpcAsync()
