"""Who a caller is: by a token, a certificate, the operating system, or a plugin's word."""

import logging
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

import pyrox
from pyrox.access.identity import from_certificate, from_credentials
from tests.access.conftest import ARM, LEG, Robot, Serve, client
from tests.behaviour.objects import await_log
from tests.certificates import Authority, Certificate
from tests.transports.conftest import keys


def test_a_client_with_a_token_is_known_by_its_name(serve: Serve) -> None:
    uri = serve(tokens=(ARM, LEG))
    with client(uri, ARM) as arm, client(uri, LEG) as leg:
        assert (arm.who(), leg.who()) == ("token:arm", "token:leg")


def test_a_client_without_one_is_nobody(serve: Serve) -> None:
    with client(serve(tokens=(ARM,))) as proxy:
        assert proxy.who() is None


def test_a_wrong_secret_is_refused(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    uri = serve(tokens=(ARM,))
    for token in ("arm:a secret that is another one", "foot:a secret of sixteen and more"):
        with pytest.raises(pyrox.ConnectError, match="not authenticated") as info:
            client(uri, token).who()
        assert info.value.outcome is pyrox.Outcome.NOT_SENT
    await_log(caplog, "does not know the token 'arm'")
    with client(uri, ARM) as proxy:
        assert proxy.who() == "token:arm"


def test_a_token_does_no_harm_where_nobody_asks_for_it(serve: Serve) -> None:
    with client(serve(), ARM) as proxy:
        assert proxy.who() is None


def test_a_token_proves_who_comes_back(serve: Serve) -> None:
    with client(serve(tokens=(ARM,)), ARM) as proxy:
        assert proxy.who() == "token:arm"
        proxy._pyro.release()
        assert proxy.who() == "token:arm"


def test_a_token_goes_before_what_the_system_says(serve: Serve) -> None:
    pytest.importorskip("pyrox_unix")
    with client(serve(location="unix:", tokens=(ARM,)), ARM) as proxy:
        assert proxy.who() == "token:arm"


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="this system does not say")
def test_on_a_unix_socket_the_system_says_who_calls(serve: Serve) -> None:
    pytest.importorskip("pyrox_unix")
    import pwd

    with client(serve(location="unix:")) as proxy:
        assert proxy.who() == f"unix:{pwd.getpwuid(os.getuid()).pw_name}"


def test_in_memory_it_is_the_programs_own_user(serve: Serve) -> None:
    pytest.importorskip("pyrox_memory")
    with client(serve(location="memory://")) as proxy:
        assert str(proxy.who()).startswith("unix:")


def test_by_tls_it_is_whom_the_certificate_is_for(
    serve: Serve,
    server_certificate: Certificate,
    client_certificate: Certificate,
    authority: Authority,
) -> None:
    uri = serve(
        location="tls://localhost:0",
        tls_ca=authority.file,
        tls_require_client_certificate=True,
        **keys(server_certificate),
    )
    with client(uri, tls_ca=authority.file, **keys(client_certificate, "client_")) as proxy:
        assert proxy.who() == "tls:client"


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (((("commonName", "lab"),),), "lab"),
        (((("organizationName", "Lab"),), (("commonName", "arm"),)), "arm"),
        (
            ((("organizationName", "Lab"),), (("countryName", "NL"),)),
            "organizationName=Lab,countryName=NL",
        ),
        (((("commonName", "arm\nroot"),),), r"'arm\nroot'"),
        ((), ""),
    ],
)
def test_a_certificates_name_is_its_common_name_or_its_subject(subject: Any, name: str) -> None:
    assert from_certificate({"subject": subject}) == pyrox.Identity(name, "tls")


def test_a_user_without_a_name_is_a_number() -> None:
    assert from_credentials(pyrox.Credentials(3_999_999_999, 0, 1)).name == "3999999999"


class Badges:
    """A plugin that knows clients by their address."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @pyrox.hookimpl
    def pyrox_authenticate(self, peer: pyrox.Peer) -> Any:
        assert isinstance(peer.address, tuple)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let daemons be made with one more plugin."""
    installed = pyrox.installed_plugins()
    added: list[object] = []

    def add(plugin: object) -> None:
        added.append(plugin)
        installed.manager.register(plugin)

    yield add
    for plugin in added:
        installed.manager.unregister(plugin)


def test_a_plugins_word_goes_before_all(serve: Serve, plugins: Any) -> None:
    plugins(Badges(pyrox.Identity("eve", "badge", frozenset({"operator"}))))
    with client(serve(tokens=(ARM,)), ARM) as proxy:
        assert proxy.who() == "badge:eve"
        assert proxy.roles() == ["operator"]
        assert proxy.move() == 1


def test_a_plugin_that_does_not_know_leaves_it_to_others(serve: Serve, plugins: Any) -> None:
    plugins(Badges(None))
    with client(serve(tokens=(ARM,)), ARM) as proxy:
        assert proxy.who() == "token:arm"


def test_a_plugin_can_refuse_a_client(serve: Serve, plugins: Any) -> None:
    plugins(Badges(pyrox.SecurityError("no badge, no entry")))
    with pytest.raises(pyrox.ConnectError, match="no badge, no entry"):
        client(serve()).who()


def test_the_program_itself_can_say_who_a_client_is(robot: Robot) -> None:
    class Doorman(pyrox.Daemon):
        def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
            if data == "sesame":
                peer.identity = pyrox.Identity("ali", "password")

    config = pyrox.Config(require_auth=True)
    with Doorman("localhost:0", config=config) as daemon:
        uri = daemon.register(robot)
        daemon.start()
        with pyrox.Proxy(uri, handshake="sesame") as proxy:
            assert proxy.who() == "password:ali"
        with pytest.raises(pyrox.ConnectError, match="not authenticated"):
            pyrox.Proxy(uri).who()


def test_the_identity_is_in_the_logs(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    uri = serve(tokens=(ARM,))
    with caplog.at_level(logging.INFO), client(uri, ARM) as proxy:
        with pytest.raises(AttributeError):
            proxy._pyro.call("nothing", (), {})
        await_log(caplog, "token:arm at 127.0.0.1:")


# Where strangers are not let in


def test_strangers_stay_outside(serve: Serve) -> None:
    uri = serve(tokens=(ARM,), require_auth=True)
    with client(uri, ARM) as proxy:
        assert proxy.who() == "token:arm"
    for object_id in ("robot", "Pyro.Daemon", "nothing"):
        with pytest.raises(pyrox.ConnectError, match="prove who they are") as info:
            client(uri.replace("robot", object_id)).who()
        assert object_id not in str(info.value).partition("rejected")[2]


@pytest.mark.parametrize("location", ["localhost:0", "0.0.0.0:0"])
def test_a_daemon_that_could_know_nobody_does_not_start(location: str) -> None:
    with pytest.raises(pyrox.ConfigError, match="require_auth is set, but nothing would tell"):
        pyrox.Daemon(location, config=pyrox.Config(require_auth=True))


def test_tls_alone_does_not_tell_who_a_client_is(server_certificate: Certificate) -> None:
    config = pyrox.Config(require_auth=True, **keys(server_certificate))
    with pytest.raises(pyrox.ConfigError, match="tls_require_client_certificate"):
        pyrox.Daemon("tls://localhost:0", config=config)


def test_a_unix_socket_is_enough(serve: Serve) -> None:
    pytest.importorskip("pyrox_unix")
    with client(serve(location="unix:", require_auth=True)) as proxy:
        assert str(proxy.who()).startswith("unix:")


def test_a_daemon_for_everybody_says_so(caplog: pytest.LogCaptureFixture) -> None:
    pyrox.Daemon("0.0.0.0:0", config=pyrox.Config(tokens=(ARM,))).close()
    assert "every program that can connect to it can call its objects" in caplog.text
    assert "set require_auth" in caplog.text


@pytest.mark.parametrize(
    ("settings", "policy"),
    [
        ({"require_auth": True, "tokens": (ARM,)}, None),
        ({}, pyrox.Policy({"guest": ["anonymous"]}, [pyrox.Rule(("guest",), ("clock",))])),
    ],
    ids=["require_auth", "a policy"],
)
def test_one_that_knows_whom_it_lets_in_does_not(
    settings: dict[str, Any], policy: pyrox.Policy | None, caplog: pytest.LogCaptureFixture
) -> None:
    pyrox.Daemon("0.0.0.0:0", config=pyrox.Config(**settings), policy=policy).close()
    assert "every program that can connect" not in caplog.text
    assert "whoever is on the way can read and change what travels; TLS" in caplog.text


def test_bad_tokens_are_told_at_once() -> None:
    with pytest.raises(pyrox.ConfigError, match="16 characters or more"):
        pyrox.Config(tokens=("arm:short",))
    with pytest.raises(pyrox.ConfigError, match="is NAME:SECRET"):
        pyrox.Config(token="nonsense")


# Real Pyro5 clients have no tokens


def test_a_pyro5_client_is_told_too(serve: Serve) -> None:
    pytest.importorskip("Pyro5")
    code = """
import sys
from Pyro5.api import Proxy
from Pyro5.errors import CommunicationError

try:
    Proxy(sys.argv[1]).who()
except CommunicationError as error:
    print(error)
"""
    told = subprocess.run(
        [sys.executable, "-c", code, serve(tokens=(ARM,), require_auth=True)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=150,
        check=True,
    )
    assert "not authenticated" in told.stdout
