"""``pyrox plugin new``: the project of a new plugin, which works and is tested from the start."""

from __future__ import annotations

import re
import shlex
import zlib
from collections.abc import Collection
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from pyrox import Plugins, Table, UsageError, installed_plugins

__all__ = ["new_command", "new_resolver", "new_serializer", "new_storage", "new_transport"]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IDS = range(64, 251)  # below are those of pyrox and of plugins that people know
_OURS = {
    *("cli", "core", "nameserver", "pyro5", "testkit", "name", "meta"),
    *("memory", "tcp", "tls", "unix", "json", "marshal", "msgpack", "serpent"),
}
"""What pyrox's own distributions offer, whether they are installed or not."""


class Kind(NamedTuple):
    """What differs between the kinds of plugin."""

    name: str
    about: str
    usage: str
    needs: tuple[str, ...] = ("pyrox-core",)


_TRANSPORT = Kind(
    "transport",
    "A transport for pyrox: calls by $name",
    'import pyrox\n\ndaemon = pyrox.Daemon("$word://localhost:4000")',
)
_SERIALIZER = Kind(
    "serializer",
    "A serializer for pyrox: calls as $name",
    'import pyrox\n\npyrox.Proxy(uri, serializer="$word")  # the daemon needs the plugin, too',
)
_RESOLVER = Kind(
    "resolver",
    "A resolver for pyrox: objects are found by $name",
    'import pyrox\n\npyrox.Proxy("PYRO$upper:greeter")',
)
_STORAGE = Kind(
    "storage",
    "A storage for the name server of pyrox: names are kept in $name",
    "import pyrox_nameserver\n\n"
    'pyrox_nameserver.start_ns(storage="$word:names")  # or: pyrox ns --storage $word:names',
    ("pyrox-core", "pyrox-nameserver"),
)


_COMMAND = Kind(
    "command",
    "A command for pyrox: pyrox $name",
    "import $package\n\n"
    '$package.members("PYRO:greeter@localhost:4000", timeout=5.0)'
    "  # or: pyrox $name PYRO:greeter@localhost:4000",
    ("pyrox-core", "pyrox-cli"),
)


def new_transport(name: str, to: str) -> Table:
    """Write the project of a transport; UsageError where that cannot be."""
    return _write(_TRANSPORT, name, to)


def new_serializer(name: str, to: str) -> Table:
    """Write the project of a serializer; UsageError where that cannot be."""
    return _write(_SERIALIZER, name, to)


def new_resolver(name: str, to: str) -> Table:
    """Write the project of a resolver; UsageError where that cannot be."""
    return _write(_RESOLVER, name, to)


def new_storage(name: str, to: str) -> Table:
    """Write the project of a storage; UsageError where that cannot be."""
    return _write(_STORAGE, name, to)


def new_command(name: str, to: str) -> Table:
    """Write the project of a command; UsageError where that cannot be."""
    return _write(_COMMAND, name, to)


def _write(kind: Kind, name: str, to: str) -> Table:
    installed = installed_plugins()
    values = _values(kind, name, installed)
    _check_free(kind, values, installed)
    folder = Path(to or values["distribution"])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"there is something at {folder} already; choose another place: --to")
    package, module = values["package"], values["module"]
    files = {
        "pyproject.toml": _filled("pyproject.toml", values),
        "README.md": _filled("README.md", values),
        ".gitignore": _filled("gitignore", values),
        f"src/{package}/__init__.py": _filled(f"{kind.name}.py", values),
        f"src/{package}/py.typed": "",
        f"tests/test_{module}.py": _filled(f"{kind.name}_test.py", values),
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        # "x": what somebody puts there at this moment is not written over, either.
        with (folder / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    steps = ['pip install -e ".[test]"', "pytest", "pyrox plugins"]
    steps.insert(0, f"cd {shlex.quote(str(folder))}")
    return Table(
        ("written",),
        [(str(folder / path),) for path in files],
        note="\n  ".join(["It works already:", *steps]),
        data={
            "folder": str(folder),
            "distribution": values["distribution"],
            "files": list(files),
            "next": steps,
        },
    )


def _values(kind: Kind, name: str, installed: Plugins) -> dict[str, Any]:
    """Return what the templates are filled with; UsageError for a name that will not do."""
    if not _NAME.fullmatch(name):
        better = "-".join(re.findall("[a-z0-9]+", name.lower())).lstrip("0123456789-")
        advice = f"; try {better}" if _NAME.fullmatch(better) else ""
        raise UsageError(
            f"a plugin's name has small letters, digits, and dashes between them, and begins with "
            f"a letter; {name!r} does not{advice}"
        )
    if name.startswith("pyrox-"):
        raise UsageError(
            f"the project is called {name} anyway; say {name.removeprefix('pyrox-')!r}"
        )
    word = name.replace("-", "")
    if kind is _RESOLVER and not word.isalpha():
        raise UsageError(
            f"a resolver's name has no digits, since it becomes the scheme of URIs: {name!r}"
        )
    module = name.replace("-", "_")
    values = {
        "name": name,
        "module": module,
        "word": word,
        "upper": word.upper(),
        "constant": module.upper(),
        "cls": "".join(part.capitalize() for part in name.split("-")),
        "distribution": f"pyrox-{name}",
        "package": f"pyrox_{module}",
        "id": str(_id(name, installed.serializers_by_id)),
        "needs": ", ".join(f'"{needed}"' for needed in kind.needs),
    }
    values["about"] = Template(kind.about).substitute(values)
    values["usage"] = Template(kind.usage).substitute(values)
    return values


def _id(name: str, taken: Collection[int]) -> int:
    """Return the id that goes with a serializer's name, or the next one that is free here."""
    first = zlib.crc32(name.encode())
    ids = [_IDS[(first + step) % len(_IDS)] for step in range(len(_IDS))]
    return next((number for number in ids if number not in taken), ids[0])


def _check_free(kind: Kind, values: dict[str, Any], installed: Plugins) -> None:
    """Refuse a name that something else has; UsageError says what."""
    name, package = values["name"], values["package"]
    key = values["word"]
    if kind is _RESOLVER:
        key = f"PYRO{values['upper']}"
    elif kind is _COMMAND:
        key = name
    taken = getattr(installed, f"{kind.name}s").get(key)
    if taken is not None:
        raise UsageError(
            f"there is a {kind.name} {key!r} already, from {type(taken).__module__}; two plugins "
            "cannot have one name"
        )
    if key in installed.conflicts.get(kind.name, ()):
        raise UsageError(installed.conflicts[kind.name][key])
    if any(info.name == name for info in installed.infos):
        raise UsageError(f"there is a plugin {name!r} already; choose another name")
    instead = f"try {name}-{kind.name}"
    if name in _OURS:
        raise UsageError(f"{name!r} is the name of something in pyrox itself; {instead}")
    if find_spec(package) is not None:
        raise UsageError(f"there is a package {package} already; {instead}")


def _filled(template: str, values: dict[str, Any]) -> str:
    file = resources.files("pyrox_cli") / "scaffold" / f"{template}.tmpl"
    return Template(file.read_text("utf-8")).substitute(values)
