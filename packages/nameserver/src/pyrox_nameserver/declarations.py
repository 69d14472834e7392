"""The commands of this distribution, as the ``pyrox`` program is told about them."""

from __future__ import annotations

from pyrox import Argument, Command, Option

__all__ = ["COMMANDS", "NS"]

_HOST = Option("host", "where the name server is: host, host:port or ./u:path", short="n")
_PORT = Option("port", "port of the name server", int, short="p")
_BROADCAST = Option("broadcast", "ask the whole network if it is not there", bool, short="b")
_WHERE = (_HOST, _PORT, _BROADCAST)

_NAME = Argument("name", "a name")
_PREFIX = "names that begin with this"
_REGEX = "names that this regular expression matches from their beginning on"

NS = Command(
    "ns",
    "pyrox_nameserver.commands.ns:name_server",
    """Run a name server, until ctrl-C.

    It keeps names in memory, or where --storage says. Whoever reaches it can change names in it:
    let it listen beyond this machine (--host 0.0.0.0) on a network that you trust only.""",
    (
        Option("host", "address to listen on", short="n"),
        Option("port", "port to listen on; 0 takes any that is free", int, short="p"),
        Option("unixsocket", "listen on this unix socket instead", short="u", metavar="PATH"),
        Option(
            "storage",
            "where to keep names: memory, sqlite:FILE, or another installed storage",
            default="memory",
            short="s",
        ),
        Option("broadcast", "answer look-ups by UDP broadcast", bool, short="b"),
        Option("bchost", "address to answer broadcasts on, instead of all"),
        Option("bcport", "UDP port to answer broadcasts on", int),
        Option("nat", "address that clients reach it by, behind NAT", metavar="HOST:PORT"),
    ),
    (
        "pyrox ns",
        "pyrox ns --storage sqlite:names.db",
        "pyrox ns --host 0.0.0.0 --broadcast",
    ),
)

COMMANDS = (
    NS,
    Command("nsc", "", "Look at the names of a name server, and change them."),
    Command(
        "nsc list",
        "pyrox_nameserver.commands.nsc:list_names",
        "Show the names that are registered.",
        (
            Argument("prefix", _PREFIX, required=False),
            Option("regex", _REGEX, short="r"),
            Option("metadata", "show their tags, too", bool, short="m"),
            Option("pyro5", "print the list as Pyro5's nsc does, tags included", bool),
            *_WHERE,
        ),
        ("pyrox nsc list", "pyrox nsc list example. --metadata"),
    ),
    Command(
        "nsc lookup",
        "pyrox_nameserver.commands.nsc:look_up",
        "Show the URI that a name stands for.",
        (_NAME, Option("metadata", "show its tags, too", bool, short="m"), *_WHERE),
        ("pyrox nsc lookup example.greeter",),
    ),
    Command(
        "nsc register",
        "pyrox_nameserver.commands.nsc:register",
        "Register a name; one that is taken stays as it is without --force.",
        (
            _NAME,
            Argument("uri", "what it stands for"),
            Option("tag", "a tag to find it by", many=True, short="t"),
            Option("force", "take the place of what it stands for so far", bool, short="f"),
            *_WHERE,
        ),
        ("pyrox nsc register example.greeter PYRO:greeter@localhost:9000 --tag greeter",),
    ),
    Command(
        "nsc remove",
        "pyrox_nameserver.commands.nsc:remove",
        "Remove a name, or many: it asks before that.",
        (
            Argument("name", "a name", required=False),
            Option("prefix", _PREFIX),
            Option("regex", _REGEX, short="r"),
            Option("yes", "do not ask", bool, short="y"),
            *_WHERE,
        ),
        ("pyrox nsc remove example.greeter", "pyrox nsc remove --prefix example. --yes"),
    ),
    Command(
        "nsc set-metadata",
        "pyrox_nameserver.commands.nsc:set_metadata",
        "Replace the tags of a name; without tags, clear them.",
        (_NAME, Argument("tags", "its tags from now on", many=True, required=False), *_WHERE),
        ("pyrox nsc set-metadata example.printer printer room-4",),
    ),
    Command(
        "nsc yplookup",
        "pyrox_nameserver.commands.nsc:yellow_pages",
        "Show the names that have certain tags.",
        (
            Option("all", "a tag that they must have; all that are given", many=True, short="a"),
            Option("any", "a tag of which one is enough", many=True),
            *_WHERE,
        ),
        ("pyrox nsc yplookup --all printer --all room-4",),
    ),
    Command(
        "nsc ping",
        "pyrox_nameserver.commands.nsc:ping",
        "Tell whether there is a name server, and where.",
        _WHERE,
        ("pyrox nsc ping", "pyrox nsc ping --host ns.example.com"),
    ),
    Command(
        "nsc count",
        "pyrox_nameserver.commands.nsc:count",
        "Show how many names there are, the name server's own included.",
        _WHERE,
    ),
    Command(
        "nsc wait",
        "pyrox_nameserver.commands.nsc:wait",
        "Wait until a name is registered, and show its URI.",
        (
            _NAME,
            Option("timeout", "how many seconds to wait", float, 30.0, short="t"),
            *_WHERE,
        ),
        ("pyrox nsc wait example.greeter --timeout 5",),
    ),
)
