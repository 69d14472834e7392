"""pyrox: call Python objects on other machines as if they were here.

This is the face for ordinary, blocking programs.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from .access.identity import Credentials, Identity
from .access.policy import Policy, Rule
from .access.tokens import Token
from .contracts.blob import SerializedBlob
from .contracts.command import Argument, Command, Option, Table
from .contracts.connecting import Candidate, ConnectFirst, Connecting, InThread, LookUp, Until
from .contracts.converters import Converters, default_converters
from .contracts.flow import Broadcast, Call, Flow, Now, Sleep, Step
from .contracts.layer import ByteQueue, Layer
from .contracts.resolver import Resolver
from .contracts.serializer import Codec, Serializer
from .contracts.storage import NameEntry, NameTable, Storage
from .contracts.transport import (
    Listener,
    SocketListener,
    SocketStream,
    SocketTransport,
    Stream,
    Transport,
)
from .errors import (
    AccessDeniedError,
    CommunicationError,
    ConfigError,
    ConnectError,
    ConnectionClosedError,
    DaemonError,
    LocalProtocolError,
    MessageTooLargeError,
    NamingError,
    NoNameServerError,
    Outcome,
    OverloadedError,
    PluginError,
    ProtocolError,
    PyroxError,
    RemoteError,
    RemoteProtocolError,
    SecurityError,
    SerializeError,
    TimeoutError,
    URIError,
    UsageError,
    remote_traceback,
)
from .hookspecs import hookimpl
from .logic.daemon_object import DaemonObject
from .logic.lending import by_reference
from .objects.exposure import behavior, callback, expose, oneway
from .plugins import PluginInfo, Plugins, installed_plugins
from .sync.background import background_daemon
from .sync.calls import Batch, ItemStream, RemoteMethod
from .sync.client import RemoteObject
from .sync.daemon import Daemon
from .sync.layered import LayeredStream
from .sync.layering import LayeredListener, LayeredTransport
from .sync.proxy import Proxy, connect, locate_ns, resolve, wait_for
from .sync.racing import connect_first
from .sync.serving import serve
from .values.config import Config, configure, current_config, load_config
from .values.context import (
    CallContext,
    Peer,
    call_options,
    current_call,
    current_context,
    timeout,
)
from .values.reference import Members, ObjectReference
from .values.uri import DAEMON_ID, NAMESERVER_ID, URI, join_host_port, split_host_port
from .values.watched import WatchedFiles
from .version import __version__
from .wire.buffers import Buffer, Payload, Pieces
from .wire.message import PROTOCOL_VERSION, Flags, Message, MessageType

if _TYPE_CHECKING:
    from . import aio as aio
    from .contracts import plain as plain

register_class = default_converters.register
unregister_class = default_converters.unregister
register_class_to_dict = default_converters.register_class_to_dict
register_dict_to_class = default_converters.register_dict_to_class
unregister_class_to_dict = default_converters.unregister_class_to_dict
unregister_dict_to_class = default_converters.unregister_dict_to_class

__all__ = [
    "AccessDeniedError",
    "Argument",
    "Batch",
    "Broadcast",
    "Buffer",
    "ByteQueue",
    "Call",
    "CallContext",
    "Candidate",
    "Codec",
    "Command",
    "CommunicationError",
    "Config",
    "ConfigError",
    "ConnectError",
    "ConnectFirst",
    "Connecting",
    "ConnectionClosedError",
    "Converters",
    "Credentials",
    "DAEMON_ID",
    "Daemon",
    "DaemonError",
    "DaemonObject",
    "Flags",
    "Flow",
    "InThread",
    "ItemStream",
    "Identity",
    "Layer",
    "LayeredListener",
    "LayeredStream",
    "LayeredTransport",
    "Listener",
    "LocalProtocolError",
    "LookUp",
    "Members",
    "Message",
    "MessageTooLargeError",
    "MessageType",
    "NAMESERVER_ID",
    "NameEntry",
    "NameTable",
    "NamingError",
    "NoNameServerError",
    "Now",
    "ObjectReference",
    "Option",
    "Outcome",
    "OverloadedError",
    "PROTOCOL_VERSION",
    "Payload",
    "Peer",
    "Pieces",
    "PluginError",
    "PluginInfo",
    "Plugins",
    "Policy",
    "ProtocolError",
    "Proxy",
    "PyroxError",
    "RemoteError",
    "RemoteMethod",
    "RemoteObject",
    "RemoteProtocolError",
    "Resolver",
    "Rule",
    "SecurityError",
    "SerializeError",
    "SerializedBlob",
    "Serializer",
    "Sleep",
    "SocketListener",
    "SocketStream",
    "SocketTransport",
    "Step",
    "Storage",
    "Stream",
    "Table",
    "TimeoutError",
    "Token",
    "Transport",
    "URI",
    "URIError",
    "Until",
    "UsageError",
    "WatchedFiles",
    "__version__",
    "behavior",
    "background_daemon",
    "by_reference",
    "call_options",
    "callback",
    "configure",
    "connect",
    "connect_first",
    "current_call",
    "current_config",
    "current_context",
    "default_converters",
    "expose",
    "hookimpl",
    "installed_plugins",
    "join_host_port",
    "load_config",
    "locate_ns",
    "oneway",
    "plain",
    "register_class",
    "register_class_to_dict",
    "register_dict_to_class",
    "remote_traceback",
    "resolve",
    "serve",
    "split_host_port",
    "timeout",
    "unregister_class",
    "unregister_class_to_dict",
    "unregister_dict_to_class",
    "wait_for",
]


# A program does not pay for what it may never need: asyncio is dearer than all of pyrox.
_LATE = {"aio": "aio", "plain": "contracts.plain"}


def __getattr__(name: str) -> _Any:
    if name in _LATE:
        from importlib import import_module

        module = import_module(f"{__name__}.{_LATE[name]}")
        globals()[name] = module
        return module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
