"""Classes to plain dictionaries and back: which classes may travel, and how.

A :class:`Converters` belongs to a daemon or to a client. Serializers ask it about every value
that they have no form for (:meth:`Converters.to_plain`), and about every dictionary that arrives
with a ``__class__`` key (:meth:`Converters.from_plain`). Nothing arrives as an object of a class
that is not registered here; only exceptions of Python and of pyrox are known from the start.
The dictionaries' forms are those of Pyro 5: docs/reference/protocol.md, section "Classes".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from ..errors import (
    Outcome,
    PyroxError,
    SecurityError,
    SerializeError,
)
from ..values.reference import Members, ObjectReference
from ..values.uri import URI
from .exception_forms import (
    TRACEBACK_KEY,
    add_traceback,
    exception_from_plain,
    exception_to_plain,
    is_exception,
    wire_name_of,
)

__all__ = ["Converters", "default_converters", "exception_from_plain", "exception_to_plain"]

ToPlain: TypeAlias = Callable[[Any], Any]
FromPlain: TypeAlias = Callable[[str, dict[str, Any]], Any]

SLICE_CLASS = "builtins.slice"
"""Not in Pyro 5, whose peers refuse it: part of a remote sequence, as in ``proxy[1:3]``."""
URI_CLASS = "Pyro5.core.URI"
PROXY_CLASS = "Pyro5.client.Proxy"
WRAPPER_CLASS = "Pyro5.core._ExceptionWrapper"
_BUILTINS = (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset)
_OUR_KEYS = frozenset(["__class__", "__exception__"])


class ExceptionValue:
    """An exception that arrived as one item of a batch: it is raised where the item is read."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Converters:
    """Which classes travel as what.

    ``parent`` is asked where this one knows nothing: a daemon's own converters usually have the
    process-wide :data:`default_converters` behind them. ``cache`` is a place where a serializer
    keeps what it built for these converters.
    """

    sends_slices = True
    """Parts of a sequence, as in ``proxy[1:3]``, may travel. Not in Pyro 5."""
    extends_builtins = False
    """True once any converters have one for a class that derives from int, str, list or the like:
    what a format writes without asking, unless it is told to ask."""

    def __init__(self, parent: Converters | None = None) -> None:
        self.cache: dict[str, Any] = {}
        self._parent = parent
        self._to_plain: dict[type, ToPlain] = {}
        self._from_plain: dict[str, FromPlain] = {}
        self._make_proxy: Callable[[ObjectReference], Any] | None = None
        self._find_reference: Callable[[Any], ObjectReference | None] | None = None

    def child(self) -> Converters:
        """Return converters that know what these know, and may learn more by themselves."""
        return type(self)(self)

    def register(
        self,
        cls: type,
        to_dict: ToPlain | None = None,
        from_dict: Callable[[dict[str, Any]], Any] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Let instances of ``cls`` travel, in both directions.

        ``to_dict(instance)`` returns plain values (by default the instance's attributes),
        ``from_dict(values)`` makes an instance of them (by default ``cls(**values)``).
        Instances of subclasses travel the same way, and arrive as ``cls``.
        ``name`` is the class's name on the wire, by default module and qualified name.
        An exception class needs neither: it arrives with its arguments and attributes.
        """
        wire_name = name or wire_name_of(cls)
        if is_exception(cls) and to_dict is None and from_dict is None:
            self._register_exception(cls, wire_name, name is not None)
            return
        take = to_dict or _state_of
        make = from_dict or (lambda values: cls(**values))

        def to_plain(value: Any) -> dict[str, Any]:
            return {"__class__": wire_name, **take(value)}

        def from_plain(_: str, values: dict[str, Any]) -> Any:
            return make({key: value for key, value in values.items() if key not in _OUR_KEYS})

        self.register_class_to_dict(cls, to_plain)
        self.register_dict_to_class(wire_name, from_plain)

    def unregister(self, cls: type, *, name: str | None = None) -> None:
        """Take back :meth:`register`; a class that is not registered is passed over."""
        self.unregister_class_to_dict(cls)
        self.unregister_dict_to_class(name or wire_name_of(cls))

    def _register_exception(self, cls: type, wire_name: str, renamed: bool) -> None:
        # Exceptions travel anyway: what may be missing is their class where they arrive.
        self.register_dict_to_class(
            wire_name, lambda name, values: exception_from_plain(name, values, cls)
        )
        if renamed:
            self.register_class_to_dict(
                cls, lambda error: {**exception_to_plain(error), "__class__": wire_name}
            )

    def register_class_to_dict(self, cls: type, converter: ToPlain) -> None:
        """Send instances of ``cls`` and its subclasses as what ``converter(instance)`` returns.

        That is a dictionary with the class's wire name under ``__class__``, as a rule.
        """
        if not isinstance(cls, type):
            raise TypeError(f"a class is needed, not {cls!r}")
        self._to_plain[cls] = converter
        if issubclass(cls, _BUILTINS):
            Converters.extends_builtins = True

    def unregister_class_to_dict(self, cls: type) -> None:
        """Take back :meth:`register_class_to_dict`."""
        self._to_plain.pop(cls, None)

    def register_dict_to_class(self, name: str, converter: FromPlain) -> None:
        """Make what arrives with ``__class__`` equal to ``name`` by ``converter(name, values)``."""
        if not isinstance(name, str):
            raise TypeError(f"the wire name of a class is a str, not {name!r}")
        self._from_plain[name] = converter

    def unregister_dict_to_class(self, name: str) -> None:
        """Take back :meth:`register_dict_to_class`."""
        self._from_plain.pop(name, None)

    def set_references(
        self,
        make_proxy: Callable[[ObjectReference], Any],
        find_reference: Callable[[Any], ObjectReference | None],
    ) -> None:
        """Say how a driver makes a proxy of a reference, and finds the reference for an object."""
        self._make_proxy = make_proxy
        self._find_reference = find_reference

    def to_plain(self, value: Any) -> Any:
        """Return what travels in place of ``value``, which the serializer has no form for.

        Raises SerializeError, with what to do, where it cannot travel.
        """
        converter = self._converter_for(type(value))
        if converter is not None:
            return converter(value)
        if type(value) is slice and self.sends_slices:
            return {"__class__": SLICE_CLASS, "state": (value.start, value.stop, value.step)}
        if isinstance(value, URI):
            return {"__class__": URI_CLASS, "state": _uri_state(value)}
        reference = value if isinstance(value, ObjectReference) else self.reference_to(value)
        if reference is not None:
            return _reference_to_plain(reference)
        if isinstance(value, BaseException):
            return exception_to_plain(value)
        return _instance_to_plain(value)

    def is_registered(self, cls: type) -> bool:
        """Tell whether instances of ``cls`` have a converter of their own."""
        return self._converter_for(cls) is not None

    def reference_to(self, value: Any) -> ObjectReference | None:
        """Return the reference by which ``value`` travels, if it is a proxy or registered."""
        if self._find_reference is not None:
            reference = self._find_reference(value)
            if reference is not None:
                return reference
        return self._parent.reference_to(value) if self._parent is not None else None

    def from_plain(self, values: dict[str, Any]) -> Any:
        """Return the object that a dictionary with a ``__class__`` key stands for.

        Raises SerializeError or SecurityError for a class that is not registered.
        """
        name = values.get("__class__")
        if not isinstance(name, str):
            raise SerializeError(f"the class of a value must be named by a str, not {name!r:.100}")
        converter = self._reader_for(name)
        if converter is not None:
            traceback = values.get(TRACEBACK_KEY)
            if traceback is not None:
                values = {key: kept for key, kept in values.items() if key != TRACEBACK_KEY}
            value = converter(name, values)
            if isinstance(value, BaseException):
                add_traceback(value, traceback)
            return value
        if name == WRAPPER_CLASS:
            return ExceptionValue(self._wrapped(values.get("exception")))
        if values.get("__exception__") or name.startswith("Pyro5.errors."):
            return exception_from_plain(name, values)
        if name == SLICE_CLASS:
            return _slice_from_state(values.get("state"))
        if name == URI_CLASS:
            return _uri_from_state(values.get("state"))
        if name == PROXY_CLASS:
            reference = _reference_from_state(values.get("state"))
            make = self._proxy_maker()
            return make(reference) if make else reference
        raise self._unknown(name)

    def _converter_for(self, cls: type) -> ToPlain | None:
        """Return the converter of the nearest base class, whoever it was registered with."""
        tables = [level._to_plain for level in self._levels() if level._to_plain]
        for base in cls.__mro__ if tables else ():
            for table in tables:
                if base in table:
                    return table[base]
        for table in tables:  # abstract base classes, which need not be among the bases
            for registered, converter in table.items():
                if issubclass(cls, registered):
                    return converter
        return None

    def _levels(self) -> Iterator[Converters]:
        level: Converters | None = self
        while level is not None:
            yield level
            level = level._parent

    def _reader_for(self, name: str) -> FromPlain | None:
        converter = self._from_plain.get(name)
        if converter is None and self._parent is not None:
            return self._parent._reader_for(name)
        return converter

    def _proxy_maker(self) -> Callable[[ObjectReference], Any] | None:
        if self._make_proxy is None and self._parent is not None:
            return self._parent._proxy_maker()
        return self._make_proxy

    def _wrapped(self, value: Any) -> BaseException:
        if isinstance(value, dict) and "__class__" in value:
            value = self.from_plain(value)
        if isinstance(value, BaseException):
            return value
        return SerializeError(f"an exception was expected in a batch, not {value!r:.100}")

    @staticmethod
    def _unknown(name: str) -> PyroxError:
        advice = (
            "a class travels once both ends know it: "
            "pyrox.register_class(TheClass), or converters.register(TheClass) of this daemon or "
            "proxy; or send plain values"
        )
        shown = repr(name[:100])[1:-1]
        if "__" in name:
            return SecurityError(
                "refused to deserialize types with double underscores in their name: "
                f"{shown}; {advice}"
            )
        return SerializeError(f"unsupported serialized class: {shown}; {advice}")


default_converters = Converters()
"""What every daemon and proxy of this process knows, besides its own converters."""


def _instance_to_plain(value: Any) -> Any:
    """Return an object's state with its class's name; the receiver must know that name."""
    cls = type(value)
    name = f"{cls.__module__}.{cls.__name__}"
    getstate = getattr(cls, "__getstate__", None)
    if getstate is not None and getstate is not getattr(object, "__getstate__", None):
        return value.__getstate__()
    if not callable(value) and (hasattr(value, "__dict__") or _slots(cls)):
        return {"__class__": name, **_state_of(value)}
    what = f"the class {value.__qualname__}" if isinstance(value, type) else f"class {cls!r}"
    raise SerializeError(
        f"don't know how to serialize {what}: register the class with pyrox.register_class(...), "
        "send plain values, or register the object in a daemon to send a proxy for it",
        outcome=Outcome.NOT_SENT,
    )


def _state_of(value: Any) -> dict[str, Any]:
    """Return the attributes of an instance, in its slots or in its dictionary."""
    slots = {slot: getattr(value, slot) for slot in _slots(type(value)) if hasattr(value, slot)}
    return {**slots, **getattr(value, "__dict__", {})}


def _slots(cls: type) -> list[str]:
    names: list[str] = []
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    return [name for name in names if not name.startswith("__")]


def _slice_from_state(state: Any) -> slice:
    if not isinstance(state, list | tuple) or len(state) != 3:
        raise SerializeError(f"malformed slice: {state!r:.100}")
    return slice(*state)


def _uri_state(uri: URI) -> tuple[Any, ...]:
    where: Any = sorted(uri.tags) if uri.tags else uri.object
    scheme = uri.scheme
    if uri.transport not in ("tcp", "unix"):
        return f"{scheme}+{uri.transport.upper()}", where, None, uri.location, None
    return scheme, where, uri.path, uri.host, uri.port


def _uri_from_state(state: Any) -> URI:
    if not isinstance(state, list | tuple) or len(state) != 5:
        raise SerializeError(f"malformed URI: {state!r:.100}")
    scheme, where, path, host, port = state
    if isinstance(where, list | tuple | set | frozenset):
        where = ",".join(sorted(map(str, where)))
    location = ""
    if path:
        location = f"@./u:{path}"
    elif host:
        host = f"[{host}]" if ":" in str(host) and port is not None else host
        location = f"@{host}" if port is None else f"@{host}:{port}"
    return URI(f"{scheme}:{where}{location}")


def _reference_to_plain(reference: ObjectReference) -> dict[str, Any]:
    members = reference.members
    state = (
        str(reference.uri),
        sorted(members.oneway),
        sorted(members.methods),
        sorted(members.attributes),
        "hello",
        reference.serializer,
    )
    return {"__class__": PROXY_CLASS, "state": state}


def _reference_from_state(state: Any) -> ObjectReference:
    if not isinstance(state, list | tuple) or len(state) < 6:
        raise SerializeError(f"malformed proxy: {state!r:.100}")
    uri, oneway, methods, attributes, _, serializer = state[:6]
    try:
        members = Members.of(methods, attributes, oneway)
    except TypeError as error:
        raise SerializeError(f"malformed proxy: {error}") from error
    return ObjectReference(URI(uri), members, serializer if isinstance(serializer, str) else None)
