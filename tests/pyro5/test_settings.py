"""Reference 2: what each setting of a Pyro5 program means to pyrox, and when it is looked at."""

import ipaddress
from typing import TYPE_CHECKING, Any

import pytest

import pyrox
from pyrox_pyro5.configure import Configuration, global_config
from pyrox_pyro5.settings import plugins, settings

if TYPE_CHECKING:
    from tests.certificates import Authority, Certificate

MEANINGS: list[tuple[str, Any, str, Any]] = [
    ("HOST", "example", "host", "example"),
    ("NS_HOST", "example", "ns_host", "example"),
    ("NS_PORT", 4, "ns_port", 4),
    ("NS_BCPORT", 4, "ns_broadcast_port", 4),
    ("BROADCAST_ADDRS", ["a", "b"], "ns_broadcast_addresses", ("a", "b")),
    ("NS_LOOKUP_DELAY", 1.5, "ns_lookup_delay", 1.5),
    ("PREFER_IP_VERSION", 6, "prefer_ip_version", 6),
    ("SERIALIZER", "json", "serializer", "json"),
    ("COMPRESSION", True, "compression", True),
    ("MAX_MESSAGE_SIZE", 5000, "max_message_size", 5000),
    ("DETAILED_TRACEBACK", True, "detailed_traceback", True),
    ("COMMTIMEOUT", 2.5, "timeout", 2.5),
    ("COMMTIMEOUT", 2.5, "connect_timeout", 2.5),
    ("COMMTIMEOUT", 2.5, "handshake_timeout", 2.5),
    ("COMMTIMEOUT", 2.5, "send_timeout", 2.5),
    ("COMMTIMEOUT", 2.5, "idle_timeout", 2.5),
    ("SERVERTYPE", "multiplex", "server", "multiplex"),
    ("THREADPOOL_SIZE", 7, "max_calls", 7),
    ("ITER_STREAMING", False, "item_streaming", False),
    ("ITER_STREAM_LIFETIME", 1.5, "stream_lifetime", 1.5),
    ("ITER_STREAM_LINGER", 1.5, "stream_linger", 1.5),
    ("SOCK_REUSE", False, "reuse_address", False),
    ("LOGWIRE", True, "log_wire", True),
]


@pytest.mark.parametrize(("name", "value", "native", "meaning"), MEANINGS)
def test_each_setting_has_its_counterpart(name: str, value: Any, native: str, meaning: Any) -> None:
    config = Configuration()
    assert getattr(settings(config), native) != meaning
    setattr(config, name, value)
    assert getattr(settings(config), native) == meaning


def test_without_a_timeout_nobody_waits_in_vain_for_a_busy_server() -> None:
    found = settings(Configuration())
    assert (found.timeout, found.connect_timeout, found.idle_timeout) == (0.0, 0.0, 0.0)


def test_but_a_client_has_to_finish_its_handshake_all_the_same() -> None:
    found, usual = settings(Configuration()), pyrox.Config()
    assert found.handshake_timeout == usual.handshake_timeout > 0
    assert found.send_timeout == usual.send_timeout > 0


def test_a_multiplex_server_keeps_quiet_clients() -> None:
    config = Configuration()
    config.COMMTIMEOUT, config.SERVERTYPE = 2.5, "multiplex"
    assert settings(config).idle_timeout == 0.0


@pytest.mark.parametrize("nothing", [None, 0, 0.0])
def test_no_timeout_may_be_said_in_several_ways(nothing: Any) -> None:
    config = Configuration()
    config.COMMTIMEOUT = nothing
    assert settings(config).timeout == 0.0


def test_a_number_will_do_for_a_switch_and_an_address_object_for_a_host() -> None:
    config = Configuration()
    config.COMPRESSION, config.HOST = 1, ipaddress.ip_address("127.0.0.1")
    assert (settings(config).compression, settings(config).host) == (True, "127.0.0.1")


@pytest.mark.parametrize(("limit", "taken"), [(10, 1024), (2**40, 2**32 - 1)])
def test_a_message_limit_is_kept_to_what_the_protocol_needs_and_can_say(
    limit: int, taken: int
) -> None:
    config = Configuration()
    config.MAX_MESSAGE_SIZE = limit
    assert settings(config).max_message_size == taken


def test_retrying_is_up_to_the_proxy() -> None:
    config = Configuration()
    config.MAX_RETRIES = 5
    assert settings(config).max_retries == 0


def test_small_messages_are_sent_at_once_whatever_sock_nodelay_says() -> None:
    assert not Configuration().SOCK_NODELAY
    assert settings(Configuration()).tcp_nodelay


def test_name_servers_are_asked_for_by_broadcast_as_in_pyro5() -> None:
    assert settings(Configuration()).ns_broadcast


def test_what_pyro5_has_no_word_for_is_as_pyrox_is_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = pyrox.Config(max_streams=5, shutdown_timeout=1.5, host="elsewhere")
    monkeypatch.setattr("pyrox.values.config._current", own)
    found = settings(Configuration())
    assert (found.max_streams, found.shutdown_timeout) == (5, 1.5)
    assert found.host == "localhost"


def test_nothing_is_made_anew_while_nothing_changes() -> None:
    assert settings() is settings()


def test_a_change_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setattr(global_config, "NS_PORT", 4)
    assert settings().ns_port == 4
    monkeypatch.setattr(global_config, "NS_PORT", before.ns_port)
    assert settings() == before


def test_so_is_one_inside_a_list() -> None:
    config = Configuration()
    settings(config)
    config.BROADCAST_ADDRS.append("more")
    assert settings(config).ns_broadcast_addresses[-1] == "more"


def test_the_plugins_are_those_that_are_installed() -> None:
    assert plugins(Configuration()) is pyrox.installed_plugins()


@pytest.fixture
def secured(
    authority: "Authority", server_certificate: "Certificate", client_certificate: "Certificate"
) -> Configuration:
    """Settings with which both sides show a certificate."""
    config = Configuration()
    config.SSL = config.SSL_REQUIRECLIENTCERT = True
    config.SSL_CACERTS = authority.file
    config.SSL_SERVERCERT = server_certificate.certificate
    config.SSL_SERVERKEY = server_certificate.key
    config.SSL_CLIENTCERT = client_certificate.certificate
    config.SSL_CLIENTKEY = client_certificate.key
    return config


def greeting(server: Configuration, client: Configuration) -> str:
    """Return what a call between a daemon and a proxy with these settings gives."""
    with pyrox.Daemon("localhost:0", config=settings(server), plugins=plugins(server)) as daemon:
        daemon.start()
        uri = pyrox.URI(f"PYRO:{pyrox.DAEMON_ID}@{daemon.location}")
        remote = pyrox.RemoteObject(uri, settings(client), plugins=plugins(client))
        try:
            return str(remote.call("info", (), {}))
        finally:
            remote.release()


def test_with_ssl_both_sides_speak_tls(secured: Configuration) -> None:
    assert greeting(secured, secured).startswith("Pyro.Daemon bound on localhost:")
    with pytest.raises(pyrox.CommunicationError):
        greeting(secured, Configuration())


def test_a_client_without_the_certificate_that_is_demanded_is_refused(
    secured: Configuration,
) -> None:
    stranger = secured.copy()
    stranger.SSL_CLIENTCERT = stranger.SSL_CLIENTKEY = ""
    with pytest.raises(pyrox.CommunicationError):
        greeting(secured, stranger)


def test_a_change_after_a_failure_has_its_effect(secured: Configuration) -> None:
    # Pyro5 goes on with the half-made context that it has kept: reference 6.5 and 9.3-20.
    client = secured.copy()
    client.SSL_CACERTS = ""
    with pytest.raises(pyrox.CommunicationError):
        greeting(secured, client)
    client.SSL_CACERTS = secured.SSL_CACERTS
    assert greeting(secured, client)


@pytest.mark.parametrize("name", ["SSL", "SERPENT_BYTES_REPR"])
def test_changed_plugins_are_made_once(secured: Configuration, name: str) -> None:
    setattr(secured, name, True)
    assert plugins(secured) is plugins(secured)
    assert plugins(secured) is not pyrox.installed_plugins()


def test_bytes_may_be_written_as_literals() -> None:
    config = Configuration()
    config.SERPENT_BYTES_REPR = True
    written = plugins(config).serializer("serpent").dumps(b"ada", pyrox.Converters())
    assert bytes(written).endswith(b"b'ada'")
    assert b"base64" in bytes(
        pyrox.installed_plugins().serializer("serpent").dumps(b"ada", pyrox.Converters())
    )
