"""Arguments against an interface: what a remote method does not take fails before it travels."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Interface"]


class Interface:
    """A class whose methods have the signatures that a remote object's are to be called by."""

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self._signatures: dict[str, inspect.Signature | None] = {}

    def check(self, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Raise TypeError where ``method`` does not take these arguments.

        What the class does not have, or has without a signature, is passed over: whether it can
        be called is for the daemon to say.
        """
        try:
            signature = self._signatures[method]
        except KeyError:
            signature = self._signatures[method] = self._signature(method)
        if signature is not None:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{self.cls.__name__}.{method}(): {error}") from None

    def _signature(self, method: str) -> inspect.Signature | None:
        found = inspect.getattr_static(self.cls, method, None)
        if isinstance(found, (classmethod, staticmethod)):
            bound: Any = getattr(self.cls, method)
        elif inspect.isfunction(found):
            bound = found.__get__(object())
        else:
            return None
        try:
            return inspect.signature(bound)
        except (TypeError, ValueError):
            return None
