"""The name server's control program (reference 7.2): ``python -m Pyro5.nsc``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyrox_nameserver import pyro5_listing
from pyrox_pyro5 import errors
from pyrox_pyro5.client import Proxy
from pyrox_pyro5.core import locate_ns

__all__ = ["handle_command", "main"]


def handle_command(namesrv: Proxy, cmd: str, args: Sequence[str]) -> None:
    """Do what ``cmd`` says, and print what comes of it; what fails is raised once it is told."""
    try:
        _COMMANDS[cmd](namesrv, *args)
    except TypeError as error:
        missing = _ARGUMENTS.get(cmd)
        if missing is None or not _is_about_arguments(error):
            print(f"Error: {type(error).__name__} - {error}")
            raise
        raise SystemExit(missing) from None
    except Exception as error:
        print(f"Error: {type(error).__name__} - {error}")
        raise


def _is_about_arguments(error: TypeError) -> bool:
    """Tell whether a command itself was called with too few arguments, or too many."""
    return error.__traceback__ is not None and error.__traceback__.tb_next is None


def _print_list(entries: Mapping[str, Any], title: str) -> None:
    print(*pyro5_listing(entries, title), sep="\n")


def _ping(names: Proxy, *_: str) -> None:
    names.ping()
    print("Name server ping ok.")


def _list(names: Proxy, prefix: str = "", *_: str) -> None:
    found = names.list(prefix=prefix or None, return_metadata=True)
    _print_list(found, f"- prefix '{prefix}'" if prefix else "")


def _list_matching(names: Proxy, regex: str) -> None:
    _print_list(names.list(regex=regex, return_metadata=True), f"- regex '{regex}'")


def _lookup(names: Proxy, name: str) -> None:
    uri, metadata = names.lookup(name, return_metadata=True)
    print(uri)
    if metadata:
        print("metadata:", set(metadata))


def _register(names: Proxy, name: str, uri: str) -> None:
    names.register(name, uri, safe=True)
    print("Registered", name)


def _remove(names: Proxy, name: str) -> None:
    print(f"Removed {name}" if names.remove(name) else "Nothing removed")


def _remove_matching(names: Proxy, regex: str) -> None:
    question = "Potentially removing lots of items from the Name server. Are you sure (y/n)?"
    if input(question) in ("y", "Y"):
        print(names.remove(regex=regex), "items removed.")


def _set_metadata(names: Proxy, name: str, *tags: str) -> None:
    names.set_metadata(name, set(tags))
    print("Metadata updated" if tags else "Metadata cleared")


def _look_up_all(names: Proxy, tag: str, *tags: str) -> None:
    _print_list(names.yplookup(meta_all={tag, *tags}), " - searched by metadata")


def _look_up_any(names: Proxy, tag: str, *tags: str) -> None:
    _print_list(names.yplookup(meta_any={tag, *tags}), " - searched by metadata")


_COMMANDS: dict[str, Callable[..., None]] = {
    "list": _list,
    "lookup": _lookup,
    "register": _register,
    "remove": _remove,
    "removematching": _remove_matching,
    "listmatching": _list_matching,
    "yplookup_all": _look_up_all,
    "yplookup_any": _look_up_any,
    "setmeta": _set_metadata,
    "ping": _ping,
}
_ARGUMENTS = {
    "lookup": "requires one argument: name",
    "register": "requires two arguments: name uri",
    "remove": "requires one argument: name",
    "removematching": "requires one argument: pattern",
    "listmatching": "requires one argument: pattern",
    "yplookup_all": "requires at least one metadata tag argument",
    "yplookup_any": "requires at least one metadata tag argument",
    "setmeta": "requires arguments: uri and zero or more meta tags",
}
"""What to say where arguments are missing, or too many."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the control program."""
    parser = argparse.ArgumentParser(description="Pyro name server control utility.")
    parser.add_argument("-n", "--host", default="", help="hostname of the NS")
    parser.add_argument(
        "-p", "--port", type=int, help="port of the NS (or bc-port if host isn't specified)"
    )
    parser.add_argument("-u", "--unixsocket", help="Unix domain socket name of the NS")
    parser.add_argument("-v", "--verbose", action="store_true", help="verbose output")
    parser.add_argument("command", choices=list(_COMMANDS))
    options, arguments = parser.parse_known_args(args)
    if options.verbose:
        print("Locating name server...")
    host = f"./u:{options.unixsocket}" if options.unixsocket else options.host
    try:
        names = locate_ns(host, options.port)
    except errors.PyroError as error:
        print(f"Error: {error}")
        raise SystemExit(1) from None
    with names:
        if options.verbose:
            print("Name server found:", names._pyroUri)
        handle_command(names, options.command, arguments)
    if options.verbose:
        print("Done.")


if __name__ == "__main__":
    main()
