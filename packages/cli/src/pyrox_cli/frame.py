"""The look of a command: its help, and what it says about a subcommand that is not there."""

from __future__ import annotations

import difflib

import click

from .options import GlobalOption
from .parameters import DeclaredArgument, guard_numbers

__all__ = ["PyroxCommand", "PyroxGroup", "UnknownCommand"]

Rows = list[tuple[str, str]]


class UnknownCommand(click.UsageError):
    """The user typed a command that is not there."""


class PyroxCommand(click.Command):
    """A command whose help describes arguments and ends with examples."""

    examples: tuple[str, ...] = ()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, guard_numbers(args, self.params))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "show this help"
        return option

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help_text(ctx, formatter)
        arguments = [p for p in self.params if isinstance(p, DeclaredArgument)]
        _section(formatter, "Arguments", [(str(p.metavar), p.about) for p in arguments])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: Rows = []
        everywhere: Rows = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                (everywhere if isinstance(parameter, GlobalOption) else own).append(record)
        _section(formatter, "Options", own)
        _section(formatter, "Global options", everywhere)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class PyroxGroup(PyroxCommand, click.Group):
    """A command with subcommands; used without one it shows its help, or does its own work."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return click.Group.parse_args(self, ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        PyroxCommand.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if ctx.resilient_parsing or name.startswith("-") or name in self.commands:
            return super().resolve_command(ctx, args)
        raise UnknownCommand(self._unknown(name, ctx.command_path), ctx)

    def _unknown(self, name: str, path: str) -> str:
        visible = [known for known, command in self.commands.items() if not command.hidden]
        near = difflib.get_close_matches(name, visible, n=1, cutoff=0.5)
        hint = f"did you mean `{path} {near[0]}`?" if near else f"`{path} --help` lists them all"
        return f"there is no command `{path} {name}`: {hint}"


def _section(formatter: click.HelpFormatter, title: str, rows: Rows) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)
