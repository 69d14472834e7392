"""``pyrox cert invite`` and ``pyrox cert join``: a client gets its certificate from afar."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyrox
from pyrox_tls.certificates.authority import Authority, create_authority
from pyrox_tls.certificates.invitations import Invitation
from tests.cli.conftest import Runner


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def authority() -> Authority:
    create_authority(Path("site"), "the site")
    return Authority(Path("site"))


@pytest.fixture
def invitation(authority: Authority) -> Iterator[Invitation]:
    with Invitation(authority, "robot 7", 30, "localhost:0") as invitation:
        yield invitation


def joined(cli: Runner, text: str, *options: str) -> Any:
    result = cli("cert", "join", text, "--json", *options)
    assert result.code == 0, result.err
    return json.loads(result.out)


def refused(cli: Runner, text: str, *options: str) -> str:
    result = cli("cert", "join", text, *options)
    assert result.code in (1, 2, 3), result.out
    return result.err


def test_an_invited_client_gets_its_certificate(cli: Runner, invitation: Invitation) -> None:
    made = joined(cli, invitation.text, "--folder", "mine")
    assert made["name"] == "robot 7"
    assert made["issuer"] == "the site"
    assert made["kind"] == "client"
    assert {path.name for path in Path("mine").iterdir()} == {
        "ca.pem",
        "robot_7.pem",
        "robot_7-key.pem",
    }
    assert stat.S_IMODE(Path(made["key"]).stat().st_mode) == 0o600
    assert invitation.wait(0).name == "robot 7"


def test_what_it_got_lets_it_in(cli: Runner, invitation: Invitation, authority: Authority) -> None:
    made = joined(cli, invitation.text, "--folder", "mine")
    server = authority.sign_server(["localhost"], 30)

    @pyrox.expose
    class Door:
        def who(self) -> str:
            return str(pyrox.current_context.identity)

    ours = pyrox.Config(
        tls_certificate=str(server.file),
        tls_key=str(server.key_file),
        tls_ca=str(authority.file),
        tls_require_client_certificate=True,
    )
    theirs = pyrox.Config(
        tls_ca="mine/ca.pem",
        tls_client_certificate=made["certificate"],
        tls_client_key=made["key"],
    )
    with pyrox.Daemon("tls://localhost:0", config=ours) as daemon:
        uri = daemon.register(Door())
        daemon.start()
        with pyrox.Proxy(uri, config=theirs) as door:
            assert door.who() == "tls:robot 7"


def test_the_clients_key_stays_with_it(cli: Runner, invitation: Invitation) -> None:
    joined(cli, invitation.text, "--folder", "mine")
    assert {path.name for path in Path("site").iterdir()} == {
        "ca.pem",
        "ca-key.pem",
        "robot_7.pem",
    }


def test_an_invitation_is_good_for_one(cli: Runner, invitation: Invitation) -> None:
    joined(cli, invitation.text, "--folder", "mine")
    text = refused(cli, invitation.text, "--folder", "yours")
    assert "this invitation was taken up by somebody else" in text
    assert not list(Path("yours").iterdir())


@pytest.mark.parametrize("part", ["secret", "fingerprint"])
def test_who_has_not_all_of_it_is_refused(
    cli: Runner, invitation: Invitation, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    token, _, place = invitation.text.partition("@")
    where, _, fingerprint = place.partition("=")
    if part == "secret":
        text = f"join:{'x' * 32}@{place}"
        assert "not authenticated" in refused(cli, text)
    else:
        text = f"{token}@{where}={fingerprint[::-1]}"
        assert "its certificate is not the one that the URI names" in refused(cli, text)
    assert invitation.issued is None
    joined(cli, invitation.text)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "join:secret", "PYRO:join@localhost:1", "join:secret@localhost:1", "a@b#c"],
)
def test_what_is_no_invitation_is_told(cli: Runner, text: str) -> None:
    assert "an invitation looks like join:SECRET@host:port" in refused(cli, text)


@pytest.mark.parametrize("taken", ["robot_7.pem", "robot_7-key.pem", "ca.pem"])
def test_nothing_is_overwritten_and_the_invitation_stays_good(
    cli: Runner, invitation: Invitation, taken: str
) -> None:
    Path("mine").mkdir()
    Path("mine", taken).write_text("precious")
    assert "name another folder" in refused(cli, invitation.text, "--folder", "mine")
    assert Path("mine", taken).read_text() == "precious"
    joined(cli, invitation.text, "--folder", "elsewhere")


def test_a_folder_that_knows_the_authority_takes_a_second_certificate(
    cli: Runner, invitation: Invitation, authority: Authority
) -> None:
    joined(cli, invitation.text, "--folder", "mine")
    with Invitation(authority, "robot 8", 30, "localhost:0") as another:
        assert joined(cli, another.text, "--folder", "mine")["name"] == "robot 8"


@pytest.mark.parametrize(
    "request_text", ["", "nothing", "x" * 10_001], ids=["empty", "nothing", "long"]
)
def test_a_request_that_is_none_is_refused(invitation: Invitation, request_text: str) -> None:
    with pytest.raises(pyrox.UsageError, match="this is no request for a certificate"):
        invitation.sign(request_text)
    assert invitation.issued is None


def test_a_name_that_is_taken_is_told_at_once(authority: Authority) -> None:
    authority.sign_client("robot 7", 30)
    with pytest.raises(pyrox.UsageError, match="is there already"):
        Invitation(authority, "robot 7", 30, "localhost:0")


def test_nobody_coming_is_told(invitation: Invitation) -> None:
    with pytest.raises(pyrox.UsageError, match="nobody took the invitation up"):
        invitation.wait(0.01)


def test_the_command_prints_what_to_type_and_waits(
    cli: Runner, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    from pyrox_tls.certificates.commands import invite

    lines = invite("site", "robot 7", "localhost", 0, 1, 30)
    command = next(lines)
    assert command.startswith("pyrox cert join 'join:")
    joined(cli, command.split("'")[1], "--folder", "mine")
    assert next(lines).startswith("robot 7 has its certificate, which is valid until ")
    assert list(lines) == []
