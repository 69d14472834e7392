"""Declared arguments and options, turned into click's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from pyrox import Argument, Option

__all__ = ["GUARD", "DeclaredArgument", "click_parameter", "guard_numbers"]

GUARD = "\0"
"""Stands before a negative number while click parses, since click takes ``-1`` for an option."""
_NEGATIVE = re.compile(r"-\.?\d")


if TYPE_CHECKING:
    AnyType = click.ParamType[Any]
else:
    AnyType = click.ParamType  # not generic before click 8.4


class Value(AnyType):
    """A type of click's whose values lose their guard before they are read."""

    def __init__(self, inner: AnyType) -> None:
        self.inner = inner
        self.name = inner.name

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, str):
            value = value.removeprefix(GUARD)
        return self.inner.convert(value, param, ctx)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        return self.inner.shell_complete(ctx, param, incomplete)


class DeclaredArgument(click.Argument):
    """An argument that remembers its help, which click has no place for in older releases."""

    about: str = ""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if self.name != "uri":
            return super().shell_complete(ctx, incomplete)
        from .completion import names  # asks the name server: only when somebody presses Tab

        return [CompletionItem(name) for name in names(incomplete)]


def click_parameter(declared: Argument | Option) -> click.Parameter:
    """Return click's form of a declared parameter."""
    return _argument(declared) if isinstance(declared, Argument) else _option(declared)


def guard_numbers(arguments: Sequence[str], parameters: Sequence[click.Parameter]) -> list[str]:
    """Return ``arguments`` with a guard before each negative number that is no option."""
    options = {name for parameter in parameters for name in parameter.opts}
    guarded: list[str] = []
    for position, text in enumerate(arguments):
        if text == "--":
            return [*guarded, *arguments[position:]]
        number = _NEGATIVE.match(text) and text[:2] not in options
        guarded.append(GUARD + text if number else text)
    return guarded


def _argument(declared: Argument) -> DeclaredArgument:
    argument = DeclaredArgument(
        [_identifier(declared.name)],
        type=_type(declared.type),
        nargs=-1 if declared.many or declared.verbatim else 1,
        required=declared.required,
        metavar=_argument_metavar(declared),
    )
    argument.about = declared.help
    return argument


def _argument_metavar(declared: Argument) -> str:
    text = declared.name.replace("_", "-").upper()
    text += "..." if declared.many or declared.verbatim else ""
    return text if declared.required else f"[{text}]"


def _option(declared: Option) -> click.Option:
    long = "--" + declared.name.replace("_", "-")
    short = ["-" + declared.short.lstrip("-")] if declared.short else []
    names = [*short, long, _identifier(declared.name)]
    if declared.type is bool and not declared.many:
        if declared.default:  # only what is on can be switched off
            names = [*short, f"{long}/--no-{long[2:]}", _identifier(declared.name)]
        return click.Option(names, is_flag=True, default=bool(declared.default), help=declared.help)
    return click.Option(
        names,
        type=click.Choice(declared.choices) if declared.choices else _type(declared.type),
        default=tuple(declared.default or ()) if declared.many else declared.default,
        multiple=declared.many,
        metavar=declared.metavar or None,
        help=declared.help,
        show_default=declared.default not in (None, "", ()),
    )


def _type(kind: Any) -> AnyType:
    return Value(click.types.convert_type(kind))


def _identifier(name: str) -> str:
    return name.replace("-", "_")
