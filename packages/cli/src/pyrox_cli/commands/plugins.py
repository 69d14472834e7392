"""``pyrox plugins``: what is installed, and what of it is broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrox import PluginInfo, Table, installed_plugins

__all__ = ["plugins"]

_KINDS = ("transports", "serializers", "resolvers", "storages", "commands")


def plugins() -> Table:
    """Return the plugins with what they offer; the broken ones with the reason."""
    installed = installed_plugins()
    # First, since asking is what finds broken hooks.
    tables = {kind: getattr(installed, kind) for kind in _KINDS}
    conflicts = [
        (kind, problem)
        for kind, problems in installed.conflicts.items()
        for problem in dict.fromkeys(problems.values())
    ]
    rows = [
        (info.name, info.version, info.distribution, _offers(info, tables), _state(info))
        for info in installed.infos
    ]
    rows += [("-", "-", "-", kind, problem) for kind, problem in conflicts]
    return Table(
        ("plugin", "version", "distribution", "offers", "state"),
        rows,
        note="\n".join(_broken(info) for info in installed.infos if info.error),
        empty='no plugins; try: pip install "pyrox-core[standard]"',
        data=[_data(info, tables) for info in installed.infos]
        + [{"name": None, "offers": kind, "error": problem} for kind, problem in conflicts],
    )


def _offers(info: PluginInfo, tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return in words what comes from the package of a plugin."""
    parts = []
    for kind, names in _offered(info, tables).items():
        singular = kind if len(names) > 1 else kind.removesuffix("s")
        parts.append(f"{singular} {', '.join(names)}")
    # What registers something is told by what it offers, unless that failed.
    others = [
        hook.removeprefix("pyrox_")
        for hook in info.hooks
        if not (parts and hook.startswith("pyrox_register_"))
    ]
    if others:
        parts.append(f"{'hooks' if len(others) > 1 else 'hook'} {', '.join(others)}")
    return "; ".join(parts)


def _offered(info: PluginInfo, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    package = info.module.partition(".")[0].partition(":")[0]
    found = {
        kind: sorted(name for name, item in table.items() if _package(item) == package)
        for kind, table in tables.items()
    }
    return {kind: names for kind, names in found.items() if names}


def _package(item: Any) -> str:
    module = getattr(item, "target", None) or type(item).__module__
    return str(module).partition(":")[0].partition(".")[0]


def _state(info: PluginInfo) -> str:
    return f"broken: {info.error.strip().splitlines()[-1]}" if info.error else "ok"


def _broken(info: PluginInfo) -> str:
    return f"{info.name} ({info.distribution}) is left out, because:\n{info.error.rstrip()}"


def _data(info: PluginInfo, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {**info._asdict(), "offers": _offered(info, tables), "error": info.error or None}
