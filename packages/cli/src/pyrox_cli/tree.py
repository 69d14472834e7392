"""Declared commands, turned into click's tree of commands."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import click

from pyrox import Argument, Command, PluginError

from .frame import PyroxCommand, PyroxGroup
from .options import global_options, version_option
from .output import show
from .parameters import click_parameter
from .settings import Settings

__all__ = ["TakingOver", "build_program"]

_ABOUT = """Call Python objects on other machines as if they were here.

Where a command wants the URI of an object it also takes a name that the name server knows, or
the host:port of a daemon."""
_EXAMPLES = (
    "pyrox demo",
    "pyrox call PYRONAME:example.greeter greet Ada",
    "pyrox doctor PYRO:greeter@server.example.com:9000",
)
_HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class TakingOver(BaseException):
    """Raised to leave this program for another, which ``start`` runs; it returns the exit code."""

    def __init__(self, start: Callable[[], int]) -> None:
        super().__init__()
        self.start = start


def build_program(commands: Mapping[str, Command]) -> click.Group:
    """Return the whole program: ``commands`` by path, as a tree, with the global options."""
    program = _group("pyrox", _ABOUT, _EXAMPLES)
    program.params.append(version_option())
    for path in sorted(commands):  # "ns" comes before "ns backup"
        _add(program, path.split(), commands[path])
    return program


def _add(parent: click.Group, path: list[str], command: Command) -> None:
    name, *rest = path
    if not rest:
        of_its_own = command.target != ""
        parent.add_command(
            _leaf(name, command) if of_its_own else _group(name, command.help, command.examples)
        )
        return
    child = parent.commands.get(name)
    if not isinstance(child, click.Group):
        child = _family(name, child)
        parent.add_command(child)
    _add(child, rest, command)


def _leaf(name: str, command: Command) -> PyroxCommand:
    parameters = [click_parameter(declared) for declared in command.parameters]
    leaf = PyroxCommand(
        name,
        callback=_runner(command),
        params=[*parameters, *global_options(parameters)],
        help=command.help,
        short_help=command.help.strip().partition("\n")[0],
        hidden=command.hidden,
        context_settings={**_HELP, "allow_interspersed_args": not _is_for_another(command)},
    )
    leaf.examples = command.examples
    return leaf


def _group(name: str, help: str, examples: tuple[str, ...] = ()) -> PyroxGroup:
    group = PyroxGroup(
        name,
        params=list(global_options()),
        help=help,
        invoke_without_command=True,
        callback=_show_help,
        context_settings=_HELP,
        subcommand_metavar="COMMAND [ARGS]...",
    )
    group.examples = examples
    return group


def _family(name: str, own: click.Command | None) -> PyroxGroup:
    """Return a group for the commands that begin with ``name``, which may be a command itself."""
    if own is None:
        return _group(name, f"The commands of {name}.")
    group = _group(name, own.help or "", getattr(own, "examples", ()))
    group.params, group.short_help = own.params, own.short_help
    work = cast("Callable[..., None]", own.callback)

    @click.pass_context
    def callback(context: click.Context, /, **values: Any) -> None:
        if context.invoked_subcommand is None:
            work(**values)

    group.callback = callback
    return group


def _is_for_another(command: Command) -> bool:
    """Tell whether the end of the command line is for another program."""
    return any(isinstance(p, Argument) and p.verbatim for p in command.parameters)


def _runner(command: Command) -> Callable[..., None]:
    @click.pass_context
    def run(context: click.Context, /, **values: Any) -> None:
        function = _load(command)
        if command.takes_over:
            raise TakingOver(partial(function, **values))
        show(function(**values), context.ensure_object(Settings))

    return run


def _load(command: Command) -> Callable[..., Any]:
    module, _, function = command.target.partition(":")
    try:
        return cast("Callable[..., Any]", getattr(importlib.import_module(module), function))
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"the command `pyrox {command.path}` is broken: {command.target} cannot be loaded "
            f"({error}); reinstall the plugin that offers it"
        ) from error


@click.pass_context
def _show_help(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
