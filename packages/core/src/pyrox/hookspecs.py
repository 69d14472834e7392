"""Every hook that a plugin can implement.

A plugin is a module (or any object) with functions marked ``@pyrox.hookimpl``, named by an entry
point in the group ``pyrox``::

    [project.entry-points.pyrox]
    vsock = "pyrox_vsock"

Hooks that register something are called once, when something of their kind is first needed.
None but ``pyrox_authorize`` is called for each call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from .access.identity import Identity
    from .contracts.command import Command
    from .contracts.converters import Converters
    from .contracts.resolver import Resolver
    from .contracts.serializer import Serializer
    from .contracts.storage import Storage
    from .contracts.transport import Transport
    from .values.context import CallContext, Peer

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("pyrox")
hookimpl = pluggy.HookimplMarker("pyrox")
"""Marks a plugin's function as the implementation of the hook of the same name."""


@hookspec
def pyrox_register_transport() -> Transport | list[Transport]:
    """Return the transport, or transports, that this plugin offers (see pyrox.Transport)."""


@hookspec
def pyrox_register_serializer() -> Serializer | list[Serializer]:
    """Return the serializer, or serializers, that this plugin offers (see pyrox.Serializer)."""


@hookspec
def pyrox_register_resolver() -> Resolver | list[Resolver]:
    """Return the resolver, or resolvers, that this plugin offers (see pyrox.Resolver)."""


@hookspec
def pyrox_register_storage() -> Storage | list[Storage]:
    """Return the storage, or storages, that this plugin offers to the name server.

    See pyrox.Storage.
    """


@hookspec
def pyrox_register_command() -> Command | list[Command]:
    """Return the subcommands that this plugin adds to ``pyrox`` (see pyrox.Command).

    Called by the command-line program alone. The functions behind the commands are imported
    when they are used, so that this costs nothing.
    """


@hookspec
def pyrox_register_converters(converters: Converters) -> None:
    """Register classes that may travel (``converters.register(TheClass)``).

    Called once, with the converters that all daemons and proxies of the process share.
    """


@hookspec
def pyrox_wrap_invoke(
    invoke: Callable[[CallContext, Callable[..., Any], Any, Any], Any],
) -> Callable[[CallContext, Callable[..., Any], Any, Any], Any] | None:
    """Return a callable around ``invoke``, or None: for auditing, limits, tracing.

    Called once for each daemon made. What it returns is called for each remote call as
    ``invoke(context, method, args, kwargs)``, and calls the ``invoke`` it was given, or raises.
    """


@hookspec(firstresult=True)
def pyrox_authenticate(peer: Peer) -> Identity | None:
    """Return who a client is, or None to leave that to others; the first answer counts.

    Called for each new connection, before its handshake data is looked at. ``peer.identity`` is
    what a token has proved, ``peer.certificate`` and ``peer.credentials`` what the transport
    vouches for, ``peer.address`` where it comes from. What this returns goes before all of them.
    Raise SecurityError to refuse the client; the text of the exception is sent to it.
    """


@hookspec(firstresult=True)
def pyrox_authorize(peer: Peer, object_id: str, method: str | None) -> bool | None:
    """Return whether a client may call a method, or None to leave that to others.

    Called for each call (attributes count as methods, and each call of a batch by itself), and
    with None for a method where a client asks what an object has. The first answer that is not
    None goes before the policy; roles that the method requires are needed in any case.
    """


@hookspec(firstresult=True)
def pyrox_validate_handshake(peer: Peer, data: Any) -> Any:
    """Return the answer to a client's handshake data; the first answer that is not None counts.

    Called for each new connection, after the daemon's own ``validate_handshake`` gave no answer.
    Raise to refuse the client; the text of the exception is sent to it.
    """


@hookspec
def pyrox_client_connected(peer: Peer) -> None:
    """Take note of a client that finished its handshake."""


@hookspec
def pyrox_client_disconnected(peer: Peer) -> None:
    """Take note that a client's connection ended."""
