"""The modules that Pyro5 documents, and how they are found in one another."""

from importlib import import_module
from types import ModuleType

__all__ = ["MODULES", "module_named"]

MODULES = frozenset(
    """
    api callcontext client compatibility compatibility.Pyro4 configure core errors nameserver nsc
    protocol serializers server socketutil svr_existingconn svr_multiplex svr_threads utils
    utils.echoserver utils.httpgateway
    """.split()
)
"""Their names in the package; what else we are made of is nobody's business."""


def module_named(name: str) -> ModuleType:
    """Return one of the modules: the ``__getattr__`` of those that in Pyro5 import others.

    Programs take them from there: ``Pyro5.client.errors``. Raises AttributeError for other names.
    """
    if name in MODULES and name.isidentifier():
        return import_module(f"{__package__}.{name}")
    raise AttributeError(f"no attribute {name!r}")
