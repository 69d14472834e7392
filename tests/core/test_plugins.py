"""Finding plugins: a broken one is reported, and never breaks the others."""

from typing import Any, cast

import pytest

import pyrox
from pyrox import (
    Argument,
    Command,
    Config,
    Flow,
    Option,
    PluginError,
    Plugins,
    Resolver,
    SocketTransport,
    hookimpl,
)
from tests.core.fakes import EntryPoint, FakeSerializer, Offering


class FakeTransport(SocketTransport):
    def __init__(self, scheme: str) -> None:
        self.scheme = scheme


class FakeResolver(Resolver):
    schemes = ("PYRONAME", "PYROMETA")

    def resolve(self, uri: pyrox.URI, config: Config) -> Flow[pyrox.URI]:
        raise NotImplementedError
        yield


class FakeStorage(pyrox.Storage):
    name = "fake"

    def open(self, location: str) -> pyrox.NameTable:
        raise NotImplementedError


JSON, SERPENT = FakeSerializer("json", 3, 40), FakeSerializer("serpent", 1, 50)


def test_everything_that_plugins_offer_is_in_a_table() -> None:
    tcp, tls = FakeTransport("tcp"), FakeTransport("tls")
    command = Command("tea make", "tea:make", "Make tea.")
    plugins = Plugins([
        EntryPoint("one", Offering(serializer=SERPENT, transport=[tcp, tls], command=[command])),
        EntryPoint(
            "two", Offering(serializer=JSON, resolver=FakeResolver(), storage=FakeStorage())
        ),
    ])  # fmt: skip
    assert plugins.serializers == {"json": JSON, "serpent": SERPENT}
    assert plugins.serializers_by_id == {3: JSON, 1: SERPENT}
    assert plugins.ranked == [SERPENT, JSON]
    assert plugins.transports == {"tcp": tcp, "tls": tls}
    assert set(plugins.resolvers) == {"PYRONAME", "PYROMETA"}
    assert set(plugins.storages) == {"fake"}
    assert plugins.commands == {"tea make": command}
    assert plugins.serializer("json") is JSON
    assert plugins.transport("tls") is tls
    assert plugins.resolver("PYROMETA") is plugins.resolver("PYRONAME")


def test_a_hook_is_called_once_and_not_before_it_is_needed() -> None:
    plugin = Offering(serializer=JSON, transport=FakeTransport("tcp"))
    plugins = Plugins([EntryPoint("one", plugin)])
    assert plugin.calls == []
    for _ in range(3):
        plugins.serializer("json")
        assert plugins.ranked == [JSON]
    assert plugin.calls == ["serializer"]


def test_each_plugin_is_known_by_its_distribution() -> None:
    plugins = Plugins([EntryPoint("json", Offering(serializer=JSON), "pyrox-json", "pyrox_json")])
    (info,) = plugins.infos
    assert (info.name, info.distribution, info.version) == ("json", "pyrox-json", "1.0")
    assert (info.module, info.hooks, info.error) == (
        "pyrox_json", ("pyrox_register_serializer",), "",
    )  # fmt: skip


# Broken plugins


class Misspelt:
    @hookimpl
    def pyrox_register_serialiser(self) -> None: ...


class FromTheFuture:
    @hookimpl(optionalhook=True)
    def pyrox_register_teleporter(self) -> None: ...

    @hookimpl
    def pyrox_register_serializer(self) -> FakeSerializer:
        return JSON


class WrongHook:
    @hookimpl
    def pyrox_register_serializer(self, surprise: int) -> None: ...


BROKEN = [
    ImportError("no module named tea"),
    SyntaxError("bad"),
    RuntimeError("anything"),
    AttributeError("gone"),
    SystemExit(1),
    BaseException("panic"),
    Misspelt(),
    WrongHook(),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: type(broken).__name__)
def test_a_plugin_that_fails_to_load_is_reported_and_left_out(
    broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    plugins = Plugins([
        EntryPoint("broken", broken, "pyrox-tea"), EntryPoint("fine", Offering(serializer=JSON)),
    ])  # fmt: skip
    assert plugins.serializers == {"json": JSON}
    reported, fine = plugins.infos
    assert "Traceback" in reported.error
    assert type(broken).__name__ in reported.error or isinstance(broken, Misspelt | WrongHook)
    assert fine.error == ""
    assert "plugin 'broken' is broken and left out" in caplog.text


def test_a_plugin_that_fails_in_a_hook_is_reported_and_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    plugins = Plugins([
        EntryPoint("broken", Offering(serializer=RuntimeError("no"), transport=FakeTransport("x"))),
        EntryPoint("fine", Offering(serializer=JSON)),
    ])  # fmt: skip
    assert plugins.serializers == {"json": JSON}
    assert set(plugins.transports) == {"x"}
    assert "RuntimeError: no" in plugins.infos[0].error
    assert caplog.text.count("plugin 'broken' is broken") == 1


def test_a_misspelt_hook_names_the_one_that_was_meant() -> None:
    plugins = Plugins([EntryPoint("tea", Misspelt())])
    assert "did you mean pyrox_register_serializer?" in plugins.infos[0].error


def test_a_plugin_that_is_refused_leaves_nothing_behind() -> None:
    class Half(Misspelt):
        @hookimpl
        def pyrox_register_serializer(self) -> FakeSerializer:
            return JSON

    plugins = Plugins([])
    with pytest.raises(PluginError):
        plugins.register(Half())
    assert plugins.serializers == {}


def test_a_hook_of_another_version_may_be_optional() -> None:
    plugins = Plugins([EntryPoint("tea", FromTheFuture())])
    assert plugins.serializers == {"json": JSON}
    assert plugins.infos[0].error == ""


def test_a_broken_plugin_is_named_where_its_offer_is_missing() -> None:
    plugins = Plugins([EntryPoint("tls", ImportError("no"), "pyrox-tls")])
    with pytest.raises(PluginError, match="pyrox-tls is installed but broken, see `pyrox plugins`"):
        plugins.transport("tls")
    with pytest.raises(PluginError, match="pip install pyrox-unix"):
        plugins.transport("unix")


@pytest.mark.parametrize(
    "offer",
    [None, 5, "json", FakeTransport("tcp"), [JSON, None], Config, FakeSerializer],
    ids=["None", "a number", "text", "a transport", "some of a list", "a class", "its class"],
)
def test_an_offer_of_the_wrong_kind_is_reported_and_left_out(offer: Any) -> None:
    plugins = Plugins([
        EntryPoint("confused", Offering(serializer=offer)),
        EntryPoint("fine", Offering(serializer=SERPENT)),
    ])  # fmt: skip
    assert plugins.serializers == {"serpent": SERPENT}
    assert "it must return a pyrox.Serializer" in plugins.infos[0].error


def test_an_offer_without_a_name_is_reported_and_left_out() -> None:
    class Nameless(SocketTransport):
        pass

    tcp = FakeTransport("tcp")
    plugins = Plugins([
        EntryPoint("nameless", Offering(transport=Nameless())),
        EntryPoint("fine", Offering(transport=tcp)),
    ])  # fmt: skip
    assert plugins.transports == {"tcp": tcp}
    assert "has no attribute 'scheme'" in plugins.infos[0].error


def serializer(name: Any = "tea", id: Any = 9, preference: Any = 0) -> FakeSerializer:
    return FakeSerializer(name, id, preference)


class Letters(FakeResolver):
    schemes = "PYROTEA"  # type: ignore[assignment]


def command(path: Any = "tea", help: Any = "", *parameters: Any) -> Command:
    return Command(path, "tea:run", help, parameters)


@pytest.mark.parametrize(
    ("kind", "offer", "why"),
    [
        ("transport", FakeTransport(cast("Any", None)), "under [None], where names are wanted"),
        ("transport", FakeTransport(cast("Any", ["tea"])), "under [['tea']], where names are"),
        ("transport", FakeTransport(""), "under [''], where names are wanted"),
        ("resolver", Letters(), "under 'PYROTEA', where names are wanted"),
        ("serializer", serializer(name=7), "under [7], where names are wanted"),
        ("serializer", serializer(id="9"), "is no number from 1 to 255"),
        ("serializer", serializer(id=[]), "is no number from 1 to 255"),
        ("serializer", serializer(id=0), "is no number from 1 to 255"),
        ("serializer", serializer(id=256), "is no number from 1 to 255"),
        ("serializer", serializer(preference="high"), "is no number: 'high'"),
        ("storage", FakeStorage, "it must return a pyrox.Storage"),
        ("command", command(" "), "under [' '], where names are wanted"),
        ("command", command(None), "the command None is declared with None"),
        ("command", command("tea", None), "the command 'tea' is declared with None"),
        ("command", command("tea", "", "sugar"), "the command 'tea' is declared with 'sugar'"),
        ("command", command("tea", "", Argument("")), "declared with Argument(name=''"),
        ("command", command("tea", "", Option("milk", type=cast("Any", "no"))), "type='no'"),
    ],
)
def test_an_offer_that_would_break_others_is_reported_and_left_out(
    kind: str, offer: Any, why: str
) -> None:
    fine: dict[str, Any] = {
        "transport": FakeTransport("tcp"),
        "resolver": FakeResolver(),
        "serializer": JSON,
        "storage": FakeStorage(),
        "command": command("coffee"),
    }
    plugins = Plugins([
        EntryPoint("broken", Offering(**{kind: offer})),
        EntryPoint("fine", Offering(**{kind: fine[kind]})),
    ])  # fmt: skip
    assert set(getattr(plugins, f"{kind}s").values()) == {fine[kind]}
    assert why in plugins.infos[0].error
    assert plugins.infos[1].error == ""


def test_a_plugin_that_asks_for_others_while_it_is_asked_is_left_out() -> None:
    class Curious:
        @hookimpl
        def pyrox_register_transport(self) -> Any:
            return plugins.transport("tcp")

    tcp = FakeTransport("tcp")
    plugins = Plugins([
        EntryPoint("curious", Curious()), EntryPoint("fine", Offering(transport=tcp)),
    ])  # fmt: skip
    assert plugins.transports == {"tcp": tcp}
    assert "it asks for a transport while it is asked" in plugins.infos[0].error


def test_a_plugin_that_fails_in_two_hooks_is_reported_with_both() -> None:
    failing = Offering(serializer=RuntimeError("no tea"), transport=RuntimeError("no milk"))
    plugins = Plugins([EntryPoint("broken", failing)])
    assert (plugins.serializers, plugins.transports) == ({}, {})
    assert "no tea" in plugins.infos[0].error
    assert "no milk" in plugins.infos[0].error


def test_an_error_of_many_lines_is_logged_on_one(caplog: pytest.LogCaptureFixture) -> None:
    Plugins([EntryPoint("broken", RuntimeError("no tea\n  and no milk"))])
    assert "RuntimeError: no tea and no milk (" in caplog.text


def test_an_error_that_cannot_be_told_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    Plugins([EntryPoint("broken", Silent())])
    assert "plugin 'broken' is broken and left out: Silent: <" in caplog.text


def test_a_distribution_whose_metadata_is_damaged_does_no_harm() -> None:
    class Damaged:
        @property
        def name(self) -> str:
            raise TypeError("there is no METADATA")

    entry_point = EntryPoint("tea", Offering(serializer=JSON))
    entry_point.dist = cast("Any", Damaged())
    plugins = Plugins([entry_point])
    assert plugins.serializers == {"json": JSON}
    assert (plugins.infos[0].distribution, plugins.infos[0].version) == ("?", "?")


# Claimed twice


@pytest.mark.parametrize(
    ("one", "other", "claim"),
    [
        (
            {"serializer": FakeSerializer("tea", 8)},
            {"serializer": FakeSerializer("tea", 9)},
            ("serializer", "tea"),
        ),
        (
            {"transport": FakeTransport("tea")},
            {"transport": FakeTransport("tea")},
            ("transport", "tea"),
        ),
        ({"resolver": FakeResolver()}, {"resolver": FakeResolver()}, ("resolver", "PYRONAME")),
    ],
    ids=["serializer", "transport", "resolver"],
)
def test_two_plugins_that_claim_one_name_are_an_error_naming_both(
    one: Any, other: Any, claim: tuple[str, str]
) -> None:
    plugins = Plugins([EntryPoint("one", Offering(**one)), EntryPoint("two", Offering(**other))])
    kind, name = claim
    with pytest.raises(PluginError, match=f"the {kind} '{name}' is claimed by .* uninstall one"):
        getattr(plugins, kind)(name)
    assert name in plugins.conflicts[kind]


def test_all_who_claim_one_name_are_named_by_their_distributions() -> None:
    plugins = Plugins([
        EntryPoint(kind, Offering(transport=FakeTransport("tea")), f"{kind}-tea")
        for kind in ("black", "green", "white")
    ])  # fmt: skip
    with pytest.raises(PluginError, match="by black-tea and by green-tea and by white-tea: uninst"):
        plugins.transport("tea")


def test_a_claim_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    offers = [FakeSerializer("black", 9), FakeSerializer("green", 9)]
    plugins = Plugins([EntryPoint("tea", Offering(serializer=offers))])
    for _ in range(2):
        assert plugins.serializers == {}
        plugins.register(Offering())
    assert caplog.text.count("claim the same id 9") == 1


def test_the_commands_of_the_program_itself_stay() -> None:
    own, other = Command("tea", "pyrox_cli:run", ""), Command("tea", "tea:run", "")
    plugins = Plugins([
        EntryPoint("one", Offering(command=other), "green-tea"),
        EntryPoint("cli", Offering(command=own), "pyrox-cli"),
    ])  # fmt: skip
    assert plugins.commands == {"tea": own}
    assert "by green-tea and by pyrox-cli" in plugins.conflicts["command"]["tea"]


def test_two_commands_of_one_name_are_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    plugins = Plugins([
        EntryPoint("one", Offering(command=Command("tea", "tea:run", "")), "black-tea"),
        EntryPoint("two", Offering(command=Command("tea", "tea:run", "")), "green-tea"),
    ])  # fmt: skip
    assert plugins.commands == {}
    assert "the command 'tea' is claimed by black-tea and by green-tea" in caplog.text


def test_a_name_that_is_claimed_twice_does_not_break_the_others() -> None:
    offers = [FakeTransport("tea"), FakeTransport("tea"), tcp := FakeTransport("tcp")]
    plugins = Plugins([
        EntryPoint(f"plugin {number}", Offering(transport=offer))
        for number, offer in enumerate(offers)
    ])  # fmt: skip
    assert plugins.transports == {"tcp": tcp}
    assert plugins.transport("tcp") is tcp


def test_two_serializers_that_claim_one_id_are_an_error_naming_both() -> None:
    plugins = Plugins([])
    plugins.register(Offering(serializer=[JSON, FakeSerializer("mine", 3), SERPENT]))
    assert plugins.serializers == {"serpent": SERPENT}
    assert plugins.serializers_by_id == {1: SERPENT}
    for name in ("json", "mine"):
        with pytest.raises(PluginError, match=r"'json' .* and 'mine' .* claim the same id 3"):
            plugins.serializer(name)


def test_the_same_offer_twice_is_one() -> None:
    plugins = Plugins([])
    plugins.register(Offering(serializer=JSON))
    plugins.register(Offering(serializer=[JSON, JSON]))
    assert plugins.serializers == {"json": JSON}


def test_two_distributions_with_a_plugin_of_one_name_are_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = EntryPoint("tea", Offering(serializer=JSON), "black-tea")
    second = EntryPoint("tea", Offering(serializer=SERPENT), "green-tea")
    plugins = Plugins([first, second])
    claimed = "'tea' is claimed by black-tea and by green-tea"
    assert claimed in caplog.text
    assert all(claimed in info.error for info in plugins.infos)
    assert plugins.serializers == {}, "which of them came first is chance"
    with pytest.raises(PluginError, match=claimed):
        plugins.serializer("tea")


@pytest.mark.parametrize("order", [1, -1])
def test_the_program_itself_stays_where_another_distribution_claims_its_name(order: int) -> None:
    own = EntryPoint("cli", Offering(serializer=JSON), "pyrox-cli")
    other = EntryPoint("cli", Offering(serializer=SERPENT), "green-tea")
    plugins = Plugins([own, other][::order])
    assert plugins.serializers == {"json": JSON}


def test_one_distribution_that_is_found_twice_is_loaded_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry_points = [EntryPoint("tea", Offering(serializer=JSON)) for _ in range(2)]
    plugins = Plugins(entry_points)
    assert len(plugins.infos) == 1
    assert [entry_point.loaded for entry_point in entry_points] == [1, 0]
    assert caplog.text == ""


# Unknown names


@pytest.mark.parametrize(
    ("kind", "name", "advice"),
    [
        ("serializer", "msgpack", "pip install pyrox-msgpack"),
        ("transport", "unix", "pip install pyrox-unix"),
        ("resolver", "PYRONAME", "pip install pyrox-nameserver"),
        ("serializer", "tea", "install the distribution that offers 'tea'"),
        ("resolver", "PYROTEA", r'pip install "pyrox-core\[standard\]"'),
    ],
)
def test_an_unknown_name_says_what_is_installed_and_what_to_install(
    kind: str, name: str, advice: str
) -> None:
    plugins = Plugins([
        EntryPoint("one", Offering(serializer=[JSON, SERPENT], transport=FakeTransport("tcp"))),
    ])  # fmt: skip
    installed = {"serializer": "json, serpent", "transport": "tcp"}.get(kind, "none")
    expected = rf"no {kind} {name!r} here \(installed: {installed}\); {advice}"
    with pytest.raises(PluginError, match=expected):
        getattr(plugins, kind)(name)
