"""The reference tells of everything there is, and of nothing else."""

import dataclasses
import re
from pathlib import Path

import pytest

import pyrox
from pyrox import Config, Option, errors, hookspecs
from tools.draw_states import PAGE, drawn

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


@pytest.mark.parametrize("name", pyrox.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    pages = "".join(path.read_text("utf-8") for path in REFERENCE.glob("*.md"))
    assert re.search(rf"^(::: |### `)pyrox\.{name}\b|^\| `(pyrox\.)?{name}\b", pages, re.MULTILINE)


@pytest.mark.parametrize("name", pyrox.aio.__all__)
def test_every_name_for_asyncio_is_in_the_reference(name: str) -> None:
    assert f"::: pyrox.aio.{name}\n" in page("aio.md")


def test_every_error_stands_in_the_tree_below_its_base() -> None:
    tree = re.search(r"```text\n(.*?)```", page("errors.md"), re.DOTALL)
    assert tree is not None
    above: dict[int, str] = {}
    bases = {}
    for line in tree[1].splitlines():
        found = re.match(r"([│├└─ ]*)(\w+)", line)
        assert found is not None
        depth = len(found[1])
        above[depth] = found[2]
        bases[found[2]] = above.get(depth - 4)
    named = [getattr(errors, name) for name in errors.__all__]
    expected = {
        cls.__name__: cls.__mro__[1].__name__
        for cls in named
        if isinstance(cls, type) and issubclass(cls, errors.PyroxError)
    }
    assert bases == expected | {"PyroxError": None}


def test_every_setting_is_told_with_its_kind_default_and_meaning() -> None:
    kinds = {"str": "text", "int": "number", "float": "seconds", "bool": "yes or no"}
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*) \|$", page("settings.md"), re.M)
    meanings = Config.help()
    assert sorted(rows) == sorted(
        (
            setting.name,
            kinds.get(str(setting.type), "list"),
            shown(getattr(Config(), setting.name)),
            meanings[setting.name],
        )
        for setting in dataclasses.fields(Config)
    )


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value) or "(empty)"
    return f"`{value}`" if value != "" else "(empty)"


def test_every_hook_has_a_section_and_an_example() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("pyrox_")}
    text = page("plugins.md")
    assert set(re.findall(r"^### (pyrox_\w+)$", text, re.MULTILINE)) == hooks
    assert set(re.findall(r"^def (pyrox_\w+)\(", text, re.MULTILINE)) == hooks


def test_whole_plugins_stay_short() -> None:
    plugins = re.findall(r'title="pyrox_\w+\.py"\n(.*?)```', page("plugins.md"), re.DOTALL)
    assert len(plugins) == 2
    assert all(text.count("\n") < 60 for text in plugins)


def test_every_command_has_a_section_with_its_options() -> None:
    sections = dict(
        re.findall(r"^##+ (pyrox .+)\n((?:(?!^#).*\n)*)", page("command-line.md"), re.MULTILINE)
    )
    commands = pyrox.installed_plugins().commands
    assert sections.keys() == {f"pyrox {path}" for path in commands}
    missing = [
        f"{path} --{parameter.name}"
        for path, command in commands.items()
        for parameter in command.parameters
        if isinstance(parameter, Option)
        and f"`--{parameter.name}" not in sections[f"pyrox {path}"] + family(path, sections)
    ]
    assert not missing


def family(path: str, sections: dict[str, str]) -> str:
    """What is told of all commands with the same first word."""
    return sections.get(f"pyrox {path.partition(' ')[0]}", "") if " " in path else ""


def test_the_drawn_states_are_those_of_the_code() -> None:
    text = PAGE.read_text("utf-8")
    assert drawn(text) == text, "run: python -m tools.draw_states"
