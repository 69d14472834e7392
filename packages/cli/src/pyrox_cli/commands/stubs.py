"""``pyrox stubs``: the typed interface of a live object, as a Python module."""

from __future__ import annotations

import keyword
import re
import shlex
import unicodedata
from pathlib import Path

from pyrox import Table, UsageError

from ..addresses import uri_of
from ..interfaces.interface import ask
from ..interfaces.rendering import render

__all__ = ["stubs"]

_FALLBACK = "RemoteObject"


def stubs(
    uri: str,
    name: str | None = None,
    output: str | None = None,
    force: bool = False,
    timeout: float = 5.0,
    **options: bool,
) -> str | Table:
    """Return the text of the module, or write it to the file ``output`` and return which that is.

    ``options["async"]`` makes it one for ``pyrox.aio``. Raises UsageError for a class name that is
    none, and for a file that is there, unless with ``force``.
    """
    wanted = uri_of(uri)
    cls = _class_name(wanted.object or "") if name is None else name
    if not cls.isidentifier() or keyword.iskeyword(cls) or cls != _as_python_sees(cls):
        raise UsageError(f"--name is what the class is called, and {cls!r} cannot be")
    path = Path(output) if output else None
    if path is not None and path.exists() and not force:
        raise _there(path)
    is_async = options.get("async", False)
    found, interface = ask(wanted, timeout)
    words = ["pyrox", "stubs", uri, "--name", cls, *(["--async"] if is_async else [])]
    words += ["--output", output, "--force"] if output else []
    header = ["", f"    {shlex.join(words)}", "", f"URI: {found}"]
    text = render(interface, cls, header, is_async)
    if path is None:
        return text
    try:
        # "x": what somebody puts there at this moment is not written over, either.
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text + "\n")
    except FileExistsError as error:
        raise _there(path) from error
    return Table(("written",), [(str(path),)], data={"file": str(path), "class": cls})


def _class_name(object_id: str) -> str:
    """Return a class name from an object's name or id: ``Greeter`` for ``example.greeter``."""
    words = re.findall(r"[A-Za-z0-9]+", object_id.rpartition(".")[2])
    name = "".join(word[0].upper() + word[1:] for word in words)
    is_made_up = object_id.startswith("obj_")  # by the daemon, from random digits
    return name if name.isidentifier() and not is_made_up else _FALLBACK


def _as_python_sees(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _there(path: Path) -> UsageError:
    return UsageError(f"there is something at {path} already; --force writes over it")
