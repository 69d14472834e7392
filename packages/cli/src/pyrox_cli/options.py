"""The global options: understood before and after the subcommand."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import Any

import click

from pyrox import PROTOCOL_VERSION, __version__

from .settings import Settings, log_more

__all__ = ["GlobalOption", "global_options", "version_option"]


class GlobalOption(click.Option):
    """An option of the whole program; its callback notes it in the settings of the run."""


def global_options(own: Iterable[click.Parameter] = ()) -> list[GlobalOption]:
    """Return the global options, under the names that a command has not taken for its own."""
    taken = {name for parameter in own for name in parameter.opts}
    return [
        _option([name for name in names if name not in taken], names[-1], **attributes)
        for names, attributes in _OPTIONS
        if not taken.issuperset(names)
    ]


def version_option() -> click.Option:
    """Return ``--version``, which stands at the top of the tree alone."""
    return GlobalOption(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="print the versions of pyrox, Python and the protocol",
    )


def _option(names: list[str], long: str, **attributes: Any) -> GlobalOption:
    # A name of its own, so that a command may have a parameter `json` or `verbose`.
    identifier = "global" + long.replace("-", "_")
    return GlobalOption([*names, identifier], is_eager=True, expose_value=False, **attributes)


def _set_json(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(Settings).json |= value


def _set_plain(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(Settings).color &= not value


def _set_verbose(context: click.Context, parameter: click.Parameter, value: int) -> None:
    settings = context.ensure_object(Settings)
    settings.verbose += value
    if value and not context.resilient_parsing:
        log_more(settings.verbose)


def _set_debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(Settings).debug |= value


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        python = f"{platform.python_implementation()} {platform.python_version()}"
        click.echo(f"pyrox {__version__}, {python}, protocol {PROTOCOL_VERSION}")
        context.exit()


_OPTIONS: list[tuple[list[str], dict[str, Any]]] = [
    (
        ["--json"],
        {"is_flag": True, "callback": _set_json, "help": "print JSON"},
    ),
    (
        ["--no-color"],
        {"is_flag": True, "callback": _set_plain, "help": "show no colours"},
    ),
    (
        ["-v", "--verbose"],
        {
            "count": True,
            "callback": _set_verbose,
            "help": "log to stderr what happens; -vv logs more",
        },
    ),
    (
        ["--debug"],
        {"is_flag": True, "callback": _set_debug, "help": "show the traceback of an error"},
    ),
]
