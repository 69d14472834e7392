"""``pyrox cert``: from nothing to daemons and clients that know each other."""

import io
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

import pyrox
from tests.cli.conftest import Runner


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(cli: Runner, *arguments: str) -> Any:
    """What a command says that succeeds, as data."""
    result = cli("cert", *arguments, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def refused(cli: Runner, *arguments: str) -> str:
    """What a command says that does not."""
    result = cli("cert", *arguments)
    assert result.code in (1, 2), result.out
    return result.err


@pytest.fixture
def authority(cli: Runner) -> None:
    done(cli, "init")


@pytest.fixture
def pair(cli: Runner, authority: None) -> None:
    done(cli, "server", "localhost")
    done(cli, "client", "control-room")


def files() -> set[str]:
    return {str(path) for path in Path().rglob("*.pem")}


# Made


def test_three_commands_make_a_daemon_and_a_client_that_know_each_other(cli: Runner) -> None:
    done(cli, "init")
    server = done(cli, "server", "localhost")
    client = done(cli, "client", "control-room")

    @pyrox.expose
    class Door:
        def who(self) -> Any:
            certificate = pyrox.current_context.peer.certificate
            assert certificate is not None
            return certificate["subject"][0][0][1]

    ours = pyrox.Config(
        tls_certificate=server["certificate"],
        tls_key=server["key"],
        tls_ca="certs/ca.pem",
        tls_require_client_certificate=True,
    )
    theirs = pyrox.Config(
        tls_ca="certs/ca.pem",
        tls_client_certificate=client["certificate"],
        tls_client_key=client["key"],
    )
    with pyrox.Daemon("tls://localhost:0", config=ours) as daemon:
        uri = daemon.register(Door())
        daemon.start()
        with pyrox.Proxy(uri, config=theirs) as door:
            assert door.who() == "control-room"


def test_the_settings_that_are_shown_are_those_that_work(
    cli: Runner, authority: None, terminal: None
) -> None:
    shown = cli("cert", "server", "localhost").out + cli("cert", "client", "lab").out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    lines = {line.strip() for line in plain.splitlines() if " = " in line}
    Path("pyrox.toml").write_text("\n".join(lines))
    config, sources = pyrox.load_config(environ={})
    assert {name for name, source in sources.items() if source == "pyrox.toml"} == {
        "tls_ca",
        "tls_certificate",
        "tls_key",
        "tls_require_client_certificate",
        "tls_client_certificate",
        "tls_client_key",
    }
    assert config.tls_key == os.path.join("certs", "localhost-key.pem")


def test_keys_and_their_folder_are_their_owners_alone(cli: Runner, pair: None) -> None:
    def mode(path: str) -> int:
        return stat.S_IMODE(os.stat(path).st_mode)

    assert mode("certs") == 0o700
    keys = {path for path in files() if path.endswith("-key.pem")}
    assert len(keys) == 3
    assert {mode(path) for path in keys} == {0o600}


@pytest.mark.parametrize(
    "again", [("init",), ("server", "localhost"), ("client", "control-room")], ids=lambda a: a[0]
)
def test_nothing_is_overwritten(cli: Runner, pair: None, again: tuple[str, ...]) -> None:
    before = {path: Path(path).read_bytes() for path in files()}
    assert "already, and was left as it is" in refused(cli, *again)
    assert {path: Path(path).read_bytes() for path in files()} == before


def test_a_key_whose_certificate_is_gone_is_not_overwritten(cli: Runner, pair: None) -> None:
    Path("certs/localhost.pem").unlink()
    key = Path("certs/localhost-key.pem").read_bytes()
    assert "localhost-key.pem is there already" in refused(cli, "server", "localhost")
    assert Path("certs/localhost-key.pem").read_bytes() == key
    assert not Path("certs/localhost.pem").exists()


def test_a_server_may_have_many_hosts(cli: Runner, authority: None) -> None:
    made = done(cli, "server", "lab1.example", "10.0.0.5", "[::1]", "*.lab.example", "bücher.de")
    assert made["hosts"] == [
        "lab1.example",
        "10.0.0.5",
        "::1",
        "*.lab.example",
        "xn--bcher-kva.de",
    ]


@pytest.mark.parametrize("host", ["lab:9090", "http://lab", "", "a" * 64 + ".example"])
def test_what_is_no_host_is_told(cli: Runner, authority: None, host: str) -> None:
    refused(cli, "server", host)
    assert files() == {"certs/ca.pem", "certs/ca-key.pem"}


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a b", "ca", "crl", "x" * 64])
def test_a_client_of_any_name_stays_in_the_folder(
    cli: Runner, authority: None, here: Path, name: str
) -> None:
    cli("cert", "client", name)
    assert all(path.parent == here / "certs" for path in here.rglob("*.pem"))


@pytest.mark.parametrize("name", ["ca", "CRL", "", " lab", "two\nlines", "x" * 65])
def test_a_name_that_cannot_be_is_told(cli: Runner, authority: None, name: str) -> None:
    refused(cli, "client", name)
    assert files() == {"certs/ca.pem", "certs/ca-key.pem"}


@pytest.mark.parametrize("days", ["0", "-1", "4000"])
def test_a_time_that_cannot_be_is_told(cli: Runner, authority: None, days: str) -> None:
    assert "1 to 3650 days" in refused(cli, "client", "lab", f"--days={days}")


@pytest.mark.parametrize(
    "command",
    [("server", "localhost"), ("client", "lab"), ("show",), ("renew", "x"), ("revoke", "x")],
    ids=lambda command: command[0],
)
def test_without_an_authority_the_first_step_is_told(cli: Runner, command: tuple[str, ...]) -> None:
    assert "make one with: pyrox cert init" in refused(cli, *command)


def test_an_authority_may_be_anywhere(cli: Runner) -> None:
    done(cli, "init", "--folder", "a/b", "--name", "Lab 3")
    made = done(cli, "client", "lab", "--folder", "a/b")
    assert made["issuer"] == "Lab 3"
    assert files() == {f"a/b/{name}.pem" for name in ("ca", "ca-key", "lab", "lab-key")}


# Shown


def test_what_there_is_is_shown(cli: Runner, pair: None) -> None:
    assert [(each["name"], each["kind"], each["state"]) for each in done(cli, "show")] == [
        ("pyrox CA", "ca", "valid"),
        ("control-room", "client", "valid"),
        ("localhost", "server", "valid"),
    ]


def test_one_certificate_is_shown_wherever_it_is(cli: Runner, pair: None) -> None:
    os.rename("certs/localhost.pem", "elsewhere.pem")
    [shown] = done(cli, "show", "elsewhere.pem")
    assert shown["hosts"] == ["localhost"]
    assert shown["key"] is None


def test_a_certificate_that_ends_soon_says_so(cli: Runner, authority: None) -> None:
    done(cli, "client", "guest", "--days", "7")
    assert done(cli, "show", "certs/guest.pem")[0]["state"] == "ends in 6 days"


@pytest.mark.parametrize(
    ("contents", "text"), [(None, "cannot read"), (b"nothing", "there is no certificate in")]
)
def test_what_is_no_certificate_is_told(cli: Runner, contents: bytes | None, text: str) -> None:
    if contents is not None:
        Path("odd.pem").write_bytes(contents)
    assert text in refused(cli, "show", "odd.pem")


# Renewed


def test_a_renewed_certificate_has_the_same_key_and_names(cli: Runner, pair: None) -> None:
    key = Path("certs/localhost-key.pem").read_bytes()
    [before] = done(cli, "show", "certs/localhost.pem")
    after = done(cli, "renew", "localhost", "--days", "10")
    assert Path("certs/localhost-key.pem").read_bytes() == key
    assert {**after, "sha256": "", "valid_until": ""} == {
        **before,
        "sha256": "",
        "valid_until": "",
        "state": "ends in 9 days",
    }
    assert after["sha256"] != before["sha256"]


def test_the_certificate_before_is_kept(cli: Runner, pair: None) -> None:
    before = Path("certs/localhost.pem").read_bytes()
    done(cli, "renew", "localhost")
    [kept] = Path("certs").glob("localhost.*.old")
    assert kept.read_bytes() == before


def test_another_authoritys_certificate_is_not_renewed(cli: Runner, pair: None) -> None:
    done(cli, "init", "--folder", "other")
    text = refused(cli, "renew", "certs/localhost.pem", "--folder", "other")
    assert "is not a certificate of the authority in other" in text


def test_an_unknown_name_is_told_with_those_that_there_are(cli: Runner, pair: None) -> None:
    assert "(it has pyrox CA, control-room, localhost)" in refused(cli, "renew", "nobody")


# Revoked


def test_a_revoked_certificate_is_shown_as_such(cli: Runner, pair: None) -> None:
    assert done(cli, "revoke", "control-room")["crl"] == os.path.join("certs", "crl.pem")
    assert [each["state"] for each in done(cli, "show")] == ["valid", "revoked", "valid"]


def test_revoking_again_changes_nothing(cli: Runner, pair: None) -> None:
    done(cli, "revoke", "control-room")
    done(cli, "revoke", "localhost")
    done(cli, "revoke", "control-room")
    assert [each["state"] for each in done(cli, "show")] == ["valid", "revoked", "revoked"]


def test_a_revoked_certificate_is_not_renewed(cli: Runner, pair: None) -> None:
    done(cli, "revoke", "control-room")
    assert "was revoked: make a new one" in refused(cli, "renew", "control-room")


def test_an_authority_does_not_revoke_itself(cli: Runner, pair: None) -> None:
    assert "cannot revoke itself" in refused(cli, "revoke", "certs/ca.pem")
    assert not Path("certs/crl.pem").exists()


# The authority's key


def test_an_authoritys_key_may_have_a_password(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYROX_CA_PASSWORD", "open sesame")
    done(cli, "init", "--encrypt")
    assert b"ENCRYPTED" in Path("certs/ca-key.pem").read_bytes()
    done(cli, "server", "localhost")
    monkeypatch.setenv("PYROX_CA_PASSWORD", "open barley")
    assert "wrong password for certs" in refused(cli, "client", "control-room")
    monkeypatch.delenv("PYROX_CA_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "set PYROX_CA_PASSWORD, or run this in a terminal" in refused(cli, "client", "other")
    done(cli, "show")  # which needs no key


def test_a_key_of_another_authority_signs_nothing(cli: Runner, authority: None) -> None:
    done(cli, "init", "--folder", "others")
    Path("certs/ca-key.pem").write_bytes(Path("others/ca-key.pem").read_bytes())
    assert "ca-key.pem is not the key of" in refused(cli, "server", "localhost")
    assert files() >= {"certs/ca.pem"} and "certs/localhost.pem" not in files()


def test_a_key_that_is_damaged_is_told(cli: Runner, authority: None) -> None:
    Path("certs/ca-key.pem").write_text("rubbish")
    assert "there is no key in certs" in refused(cli, "server", "localhost")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_cannot_be_written_is_told(cli: Runner, authority: None) -> None:
    os.chmod("certs", 0o500)
    try:
        assert "cannot write certs" in refused(cli, "server", "localhost")
    finally:
        os.chmod("certs", 0o700)


def test_a_file_where_a_folder_should_be_is_told(cli: Runner) -> None:
    Path("certs").touch()
    assert "is no folder" in refused(cli, "init")
    assert "name another folder" in refused(cli, "init", "--folder", "certs/below")


def test_a_server_of_the_same_host_has_another_name(cli: Runner, pair: None) -> None:
    done(cli, "server", "localhost", "10.0.0.5", "--name", "both")
    assert "certs/both.pem" in files()


def test_one_that_was_revoked_is_shown_so_by_its_file_too(cli: Runner, pair: None) -> None:
    done(cli, "revoke", "control-room")
    (shown,) = done(cli, "show", "certs/control-room.pem")
    assert shown["state"] == "revoked"


def test_one_file_that_cannot_be_read_hides_no_other(cli: Runner, pair: None) -> None:
    Path("certs/broken.pem").write_text("rubbish")
    assert "localhost" in {shown["name"] for shown in done(cli, "show")}


# Names that are taken


@pytest.mark.parametrize("name", ["pyrox CA", "Pyrox  ca"])
@pytest.mark.parametrize("command", [("server", "--name"), ("client",)], ids=lambda c: c[0])
def test_nobody_is_called_as_the_authority(
    cli: Runner, authority: None, command: tuple[str, ...], name: str
) -> None:
    before = files()
    hosts = ["localhost"] if command[0] == "server" else []
    text = refused(cli, command[0], *hosts, *command[1:], name)
    assert "the name 'pyrox CA' is that of the authority itself; choose another" in text
    assert files() == before


@pytest.mark.parametrize("name", ["ca", "CA", "crl", "ca-key", "lab-key", "lab KEY-key"])
def test_no_name_leads_to_the_file_of_something_else(
    cli: Runner, authority: None, name: str
) -> None:
    before = files()
    assert "choose another" in refused(cli, "client", name)
    assert files() == before


def test_whose_the_file_is_is_told(cli: Runner, authority: None) -> None:
    done(cli, "server", "lab")
    text = refused(cli, "client", "lab")
    assert "lab.pem is there already, and was left as it is" in text
    assert "(it is the certificate of the server 'lab')" in text


def test_names_that_have_one_file_are_told_apart(cli: Runner, authority: None) -> None:
    done(cli, "client", "robot 7")
    assert "of the client 'robot 7'" in refused(cli, "client", "robot/7")
    assert "of the client 'robot 7'" in refused(cli, "invite", "robot_7")
    for command in ("renew", "revoke"):
        assert "no certificate 'robot/7'" in refused(cli, command, "robot/7")
    assert done(cli, "renew", "robot 7")["name"] == "robot 7"
    assert done(cli, "renew", "robot_7")["name"] == "robot 7"


def test_a_name_that_begins_with_a_dot_is_found(cli: Runner, authority: None) -> None:
    made = done(cli, "server", "*.example")
    assert done(cli, "renew", "*.example")["certificate"] == made["certificate"]


def test_a_key_without_its_certificate_is_left_alone(cli: Runner, authority: None) -> None:
    Path("certs/lab-key.pem").write_text("precious")
    assert "lab-key.pem is there already" in refused(cli, "invite", "lab")
    assert Path("certs/lab-key.pem").read_text() == "precious"
