"""Plugins and entry points that tests make up."""

from typing import Any, NamedTuple

from pyrox import Buffer, Converters, Serializer, hookimpl


class Distribution(NamedTuple):
    name: str
    version: str = "1.0"


class EntryPoint:
    """What ``importlib.metadata`` says of a plugin; ``plugin`` may be an exception to raise."""

    def __init__(
        self, name: str, plugin: Any, distribution: str = "some-plugin", module: str = "some_plugin"
    ) -> None:
        self.name = name
        self.value = module
        self.dist = Distribution(distribution)
        self.plugin = plugin
        self.loaded = 0

    def load(self) -> Any:
        self.loaded += 1
        if isinstance(self.plugin, BaseException):
            raise self.plugin
        return self.plugin


class FakeSerializer(Serializer):
    def __init__(self, name: str, id: int, preference: int = 0) -> None:
        self.name = name
        self.id = id
        self.preference = preference

    def dumps(self, value: Any, converters: Converters) -> bytes:
        return repr(value).encode()

    def loads(self, data: Buffer, converters: Converters) -> Any:
        return bytes(data).decode()


class Offering:
    """A plugin that offers what it was given; an exception is raised instead."""

    def __init__(self, **offers: Any) -> None:
        self.calls: list[str] = []
        for kind, offer in offers.items():
            setattr(self, f"pyrox_register_{kind}", self._hook(kind, offer))

    def _hook(self, kind: str, offer: Any) -> Any:
        def hook() -> Any:
            self.calls.append(kind)
            if isinstance(offer, BaseException):
                raise offer
            return offer

        hook.__name__ = f"pyrox_register_{kind}"
        return hookimpl(hook)
