"""The serializers by Pyro5's names, and the hooks for classes of the program's own (reference 5).

What they write and read is what the serializer plugins of pyrox write and read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import serpent

import pyrox

from .configure import global_config as config
from .conversion import converters
from .errors import SerializeError
from .settings import plugins
from .translation import pyro5_errors

__all__ = [
    "JsonSerializer",
    "MarshalSerializer",
    "MsgpackSerializer",
    "SerializerBase",
    "SerpentSerializer",
    "serpent",
    "serializers",
    "serializers_by_id",
]

log = logging.getLogger("Pyro5.serializers")


class SerializerBase:
    """Turns values into bytes and back; the class hooks count for all serializers."""

    name = ""
    serializer_id = 0

    def dumps(self, data: Any) -> bytes:
        """Return a value as bytes."""
        with pyro5_errors():
            return bytes(self._native().dumps(data, converters))

    def loads(self, data: Any) -> Any:
        """Return the value in ``data``."""
        with pyro5_errors():
            return self._native().loads(data, converters)

    def dumpsCall(
        self, obj: str, method: str, vargs: Sequence[Any], kwargs: Mapping[str, Any] | None
    ) -> bytes:
        """Return a call as bytes."""
        with pyro5_errors():
            return bytes(self._native().dumps_call(obj, method, vargs, kwargs, converters))

    def loadsCall(self, data: Any) -> tuple[Any, Any, Any, Any]:
        """Return the object id, method, arguments and keyword arguments of a call."""
        with pyro5_errors():
            return self._native().loads_call(data, converters)

    def _native(self) -> pyrox.Serializer:
        return plugins(config).serializer(self.name)

    # Classes

    @classmethod
    def register_class_to_dict(
        cls, clazz: type, converter: Callable[[Any], Any], serpent_too: bool = True
    ) -> None:
        """Send instances of a class and its subclasses as the dict that ``converter`` returns.

        It says under ``__class__`` what the other side knows the class by.
        """
        converters.register_class_to_dict(clazz, converter)

    @classmethod
    def unregister_class_to_dict(cls, clazz: type) -> None:
        """Take back :meth:`register_class_to_dict`."""
        converters.unregister_class_to_dict(clazz)

    @classmethod
    def register_dict_to_class(
        cls, classname: str, converter: Callable[[str, dict[str, Any]], Any]
    ) -> None:
        """Make what arrives as ``classname`` by ``converter(classname, dict)``."""
        if isinstance(classname, str):
            converters.register_dict_to_class(classname, converter)
        else:  # Pyro5 takes that, too
            log.warning("register_dict_to_class: nothing can arrive as %r, give a name", classname)

    @classmethod
    def unregister_dict_to_class(cls, classname: str) -> None:
        """Take back :meth:`register_dict_to_class`."""
        if isinstance(classname, str):
            converters.unregister_dict_to_class(classname)

    @classmethod
    def register_type_replacement(
        cls, object_type: type, replacement_function: Callable[[Any], Any]
    ) -> None:
        """Send what ``replacement_function`` returns in place of instances of a type."""
        converters.register_class_to_dict(object_type, replacement_function)

    @classmethod
    def class_to_dict(cls, obj: Any) -> Any:
        """Return the dict that an object travels as."""
        with pyro5_errors():
            return converters.to_plain(obj)

    @classmethod
    def dict_to_class(cls, data: dict[str, Any]) -> Any:
        """Return the object that a dict with a ``__class__`` stands for."""
        if data.get("__class__") is None:
            raise SerializeError("unsupported serialized class: <unknown>")
        with pyro5_errors():
            value = converters.from_plain(data)
        if getattr(value, "remote_class", ""):
            raise value  # in a call it is raised where the exception was to be
        return value

    @classmethod
    def make_exception(
        cls, exceptiontype: type[BaseException], data: Mapping[str, Any]
    ) -> BaseException:
        """Return the exception that a dict with ``args`` and ``attributes`` stands for."""
        error = exceptiontype(*data["args"])
        for name, value in (data.get("attributes") or {}).items():
            setattr(error, name, value)
        return error

    def recreate_classes(self, literal: Any) -> Any:
        """Return plain values with the objects in place that dicts among them stand for."""
        if isinstance(literal, list | tuple | set):
            return type(literal)(self.recreate_classes(value) for value in literal)
        if not isinstance(literal, dict):
            return literal
        if "__class__" in literal:
            return self.dict_to_class(literal)
        return {key: self.recreate_classes(value) for key, value in literal.items()}


class SerpentSerializer(SerializerBase):
    """Python literals; Pyro5's default."""

    name, serializer_id = "serpent", 1


class MarshalSerializer(SerializerBase):
    """Python's marshal, whose form depends on the version of Python."""

    name, serializer_id = "marshal", 2


class JsonSerializer(SerializerBase):
    """JSON."""

    name, serializer_id = "json", 3


class MsgpackSerializer(SerializerBase):
    """MessagePack."""

    name, serializer_id = "msgpack", 4


serializers: dict[str, SerializerBase] = {
    made.name: made
    for made in (SerpentSerializer(), MarshalSerializer(), JsonSerializer(), MsgpackSerializer())
}
"""The serializers by name."""
serializers_by_id = {made.serializer_id: made for made in serializers.values()}
"""The serializers by the id that they have on the wire."""
