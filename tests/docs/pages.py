"""Run what a page of the documentation shows: python tests/docs/pages.py docs/tutorial.md

The fenced blocks of a page run in their order. What becomes of one follows from its language,
and from an HTML comment in the line above it:

- ``python`` runs in the page's namespace. With ``title="name"``, a block of any language is
  written to that file instead.
- ``<!-- snippet: raises NAME -->``: a python block that has to raise that exception.
- ``<!-- snippet: server PORT -->``: a python block or a console command that serves until the
  page ends. Later blocks that say PORT get the real one, from the URI that the server prints.
- ``<!-- snippet: run -->``: a console block. The commands behind ``$`` run one by one; where the
  page shows output, that is what they have to print (``...`` stands for anything).
- ``<!-- snippet: output -->``: what the python block before it printed, or raised.
- ``<!-- snippet: skip REASON -->``: nothing happens.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
import types
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(
    r"(?:^ *<!-- snippet: (?P<mark>.+?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w+)(?P<head>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_PORT = re.compile(r"PYRO:\S+?@\S+:(\d+)")


class Block(NamedTuple):
    """A fenced block; ``kind`` and ``argument`` come from the comment above it."""

    line: int
    language: str
    kind: str
    argument: str
    title: str
    text: str


class WrongPage(Exception):
    """What a page shows is not what happens."""


def blocks_of(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    blocks = []
    for found in _BLOCK.finditer(page):
        kind, _, argument = (found["mark"] or "").partition(" ")
        line = page.count("\n", 0, found.start("text"))
        title = _TITLE.search(found["head"])
        text = textwrap.dedent(found["text"])
        blocks.append(
            Block(line, found["language"], kind, argument, title[1] if title else "", text)
        )
    return blocks


class Page:
    """One page, and the servers that it started: they end with the ``with`` block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.module = types.ModuleType("page")  # a real one: pickle and dataclasses look for it
        sys.modules["page"] = self.module
        sys.path.insert(0, "")  # files that the page shows can be imported
        self.ports = {"9090": os.environ.get("PYROX_NS_PORT", "9090")}
        self.servers: list[subprocess.Popen[str]] = []
        self.printed = ""

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *error: object) -> None:
        for server in self.servers:
            server.terminate()
            server.wait()

    def run(self) -> None:
        """Run all blocks."""
        for block in blocks_of(self.path.read_text("utf-8")):
            text = block.text
            for shown, real in self.ports.items():
                text = re.sub(rf"\b{shown}\b", real, text)
            try:
                self._run_block(block._replace(text=text))
            except BaseException as error:
                raise WrongPage(f"the block at {self.path}:{block.line}") from error

    def _run_block(self, block: Block) -> None:
        if block.kind == "skip":
            return
        if block.kind == "output":
            _compare(block.text, self.printed)
        elif block.kind == "server":
            self._serve(block)
        elif block.kind == "run":
            _run_commands(block.text)
        elif block.title:
            Path(block.title).write_text(block.text, "utf-8")
        elif block.language == "python":
            self._execute(block)

    def _execute(self, block: Block) -> None:
        code = compile("\n" * block.line + block.text, str(self.path), "exec")
        output = io.StringIO()
        raised = ""
        with contextlib.redirect_stdout(output):
            try:
                exec(code, self.module.__dict__)
            except Exception as error:
                raised = type(error).__name__
                if block.kind != "raises" or raised != block.argument:
                    raise
                print(f"{raised}: {error}")
        if block.kind == "raises" and not raised:
            raise WrongPage(f"it does not raise {block.argument}")
        self.printed = output.getvalue()

    def _serve(self, block: Block) -> None:
        if block.language == "console":
            arguments = _arguments(block.text.removeprefix("$ ").partition("\n")[0])
        else:
            text = re.sub(rf"\b{block.argument}\b", "0", block.text)
            arguments = [sys.executable, "-u", "-c", text]
        server = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.servers.append(server)
        printed = ""
        for line in server.stdout or ():
            if found := _PORT.search(line):
                self.ports[block.argument] = found[1]
                return
            printed += line
        raise WrongPage(f"the server ended before it printed a URI:\n{printed}")


def _run_commands(text: str) -> None:
    for shown in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = shown.replace("\\\n", " ").partition("\n")
        done = subprocess.run(
            _arguments(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if expected.strip():
            _compare(expected, done.stdout)
        elif done.returncode:
            raise WrongPage(f"{command!r} failed:\n{done.stdout}")


def _arguments(command: str) -> list[str]:
    program, *rest = shlex.split(command, comments=True)
    if program == "openssl":
        return [program, *rest]
    options = {"python": ["-u"], "pyrox": ["-u", "-m", "pyrox_cli"]}
    return [sys.executable, *options[program], *rest]


def _compare(expected: str, printed: str) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not doctest.OutputChecker().check_output(expected, printed, options):
        raise WrongPage(f"the page shows:\n{expected}\nand what happened is:\n{printed}")


if __name__ == "__main__":
    with Page(Path(sys.argv[1])) as page:
        page.run()
