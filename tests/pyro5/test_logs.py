"""Reference 2, last paragraph: logging is set up at import, and loggers have Pyro5's names."""

import re
from pathlib import Path

import pytest

from tests.programs import Result
from tests.pyro5.processes import python

LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3},Pyro5(\.\w+)?,[A-Z]+\] \S.*")
ACTIVATED = "import logging, pyrox_pyro5.activate, Pyro5\n"
DAEMON = "import pyrox\nlogging.getLogger('pyrox.daemon').warning('some %s', 'text')\n"


def run(code: str, folder: Path | None = None, **variables: str) -> Result:
    result = python("-c", ACTIVATED + code, cwd=folder, **variables)
    assert result.code == 0, result.err
    return result


def test_without_a_level_nothing_is_logged() -> None:
    assert run(DAEMON + "print(logging.getLogger('Pyro5').level)") == (0, "9999\n", "")


def test_with_a_level_lines_go_to_a_file(tmp_path: Path) -> None:
    result = run(DAEMON, tmp_path, PYRO_LOGLEVEL="DEBUG")
    assert result == (0, "", "")
    lines = (tmp_path / "pyro5.log").read_text().splitlines()
    assert lines[-1].endswith(",Pyro5.server,WARNING] some text")
    assert all(LINE.fullmatch(line) for line in lines)


def test_the_file_may_be_another(tmp_path: Path) -> None:
    run(DAEMON, tmp_path, PYRO_LOGLEVEL="DEBUG", PYRO_LOGFILE="own.log")
    assert (tmp_path / "own.log").read_text().endswith("some text\n")


def test_the_file_may_be_stderr(tmp_path: Path) -> None:
    result = run(DAEMON, tmp_path, PYRO_LOGLEVEL="DEBUG", PYRO_LOGFILE="{stderr}")
    assert LINE.fullmatch(result.err.splitlines()[-1])
    assert not list(tmp_path.iterdir())


def test_the_level_holds_for_all_loggers(tmp_path: Path) -> None:
    code = DAEMON + "logging.getLogger('mine').info('no')\nprint(logging.getLogger().level)"
    result = run(code, tmp_path, PYRO_LOGLEVEL="WARNING", PYRO_LOGFILE="{stderr}")
    assert result.out == "30\n"
    assert "mine" not in result.err


def test_logging_that_the_program_has_set_up_before_is_left_alone(tmp_path: Path) -> None:
    code = "import logging; logging.basicConfig(format='%(name)s:%(message)s')\n"
    code += ACTIVATED + DAEMON
    result = python("-c", code, cwd=tmp_path, PYRO_LOGLEVEL="DEBUG")
    assert (result.code, result.err) == (0, "Pyro5.server:some text\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("level", ["BOGUS", "debug"])
def test_a_level_that_does_not_exist_breaks_the_import(level: str) -> None:
    result = python("-c", ACTIVATED, PYRO_LOGLEVEL=level, PYRO_LOGFILE="{stderr}")
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith(f"AttributeError: module 'logging' has no attribute '{level}'")
    assert "PYRO_LOGLEVEL" in last


def test_the_settings_tell_file_and_level_and_a_reset_leaves_them(tmp_path: Path) -> None:
    code = "c = Pyro5.config; c.reset(False); print(c.LOGFILE, c.LOGLEVEL)"
    assert run(code, tmp_path, PYRO_LOGLEVEL="INFO", PYRO_LOGFILE="own.log").out == "own.log INFO\n"


NAMES = {
    "pyrox.daemon": "Pyro5.server",
    "pyrox.flow": "Pyro5.core",
    "pyrox.nameserver": "Pyro5.naming",
    "pyrox.plugins": "Pyro5",
    "pyrox.server": "Pyro5.threadpoolserver",
    "pyrox.wire": "Pyro5.protocol",
}


@pytest.mark.parametrize(("native", "name"), NAMES.items())
def test_what_pyrox_logs_obeys_and_reaches_pyro5s_logger(native: str, name: str) -> None:
    code = f"""
native, theirs = logging.getLogger({native!r}), logging.getLogger({name!r})
native.warning("unheard")
logging.getLogger("Pyro5").setLevel(logging.ERROR)
theirs.setLevel(logging.DEBUG)
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
theirs.addHandler(handler)
native.debug("some %s", "text")
theirs.setLevel(logging.WARNING)
native.info("unheard")
"""
    assert run(code).err == f"{name} DEBUG some text\n"


def test_loggers_without_a_counterpart_keep_their_name_and_obey_pyro5s_level() -> None:
    code = """
logging.basicConfig(format="%(name)s %(message)s")
logging.getLogger("pyrox.cli").warning("unheard")
logging.getLogger("Pyro5").setLevel(logging.WARNING)
logging.getLogger("pyrox.cli").warning("text")
"""
    assert run(code).err == "pyrox.cli text\n"


def test_who_uses_the_package_by_its_own_name_has_pyroxs_logging_as_it_is() -> None:
    code = "import logging, pyrox_pyro5.configure\n" + DAEMON
    assert python("-c", code) == (0, "", "some text\n")
