"""The contract of a resolver plugin: from a URI that says how to find, to one that says where."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..errors import NamingError
from ..values.config import Config
from ..values.uri import URI
from .flow import Flow

__all__ = ["Resolver"]


class Resolver(ABC):
    """Resolves the URI schemes in ``schemes`` (upper case, such as ``PYRONAME``)."""

    schemes: tuple[str, ...]

    @abstractmethod
    def resolve(self, uri: URI, config: Config) -> Flow[URI]:
        """Find out where ``uri`` leads; the result is a ``PYRO:`` URI.

        Raises NamingError where it leads nowhere.
        """

    def locate(self, location: str | None, broadcast: bool, config: Config) -> Flow[URI]:
        """Find the name server itself, at ``location`` or by searching.

        Raises NamingError where there is none, or where this way of resolving needs none.
        """
        raise NamingError(f"{' and '.join(self.schemes)} need no name server")
        yield
