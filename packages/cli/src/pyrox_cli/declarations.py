"""The program's own commands, declared to it as those of any plugin are."""

from __future__ import annotations

from pyrox import Argument, Command, Option, hookimpl

__all__ = ["pyrox_register_command"]

_URI = Argument("uri", "URI of an object, its name at the name server, or host:port of a daemon")
_TIMEOUT = Option("timeout", "seconds to wait for an answer", float, 5.0, short="t")


@hookimpl
def pyrox_register_command() -> list[Command]:
    """Return the commands that come with the program itself."""
    return [
        _CALL,
        _COMPLETION,
        _CONFIG,
        _DEMO,
        _DIFF,
        _DOCTOR,
        _ECHOSERVER,
        _INSPECT,
        _PING,
        _PLUGIN,
        _PLUGIN_NEW,
        *_PLUGIN_NEW_KINDS,
        _PLUGINS,
        _SERVE,
        _STUBS,
        _TOKEN,
    ]


_CALL = Command(
    "call",
    "pyrox_cli.commands.call:call",
    """Call a method of a remote object, or read an attribute.

    An argument that is JSON is read as JSON (42, true, null, [1, 2], "42"), any other is a
    string. The items of a generator are printed as they come.""",
    (
        _URI,
        Argument("method", "method to call, or attribute to read"),
        Argument("args", "its positional arguments", many=True, required=False),
        Option("kw", "a keyword argument", many=True, short="k", metavar="KEY=VALUE"),
        Option("str", "take every argument as a string", bool, short="s"),
        Option("timeout", "seconds the call may take; 0 for any time", float, short="t"),
    ),
    (
        "pyrox call example.greeter greet Ada",
        "pyrox call PYRO:test.echoserver@localhost:4444 echo '{\"a\": [1, 2]}' --json",
        "pyrox call PYRO:Pyro.Daemon@localhost:4444 registered",
    ),
)
_COMPLETION = Command(
    "completion",
    "pyrox_cli.completion:script",
    """Print the script that lets a shell complete pyrox commands.

    The shell is bash, zsh or fish.""",
    (Argument("shell", "bash, zsh or fish"),),
    (
        'eval "$(pyrox completion bash)"       # in ~/.bashrc',
        'eval "$(pyrox completion zsh)"        # in ~/.zshrc',
        "pyrox completion fish | source        # in ~/.config/fish/config.fish",
    ),
)
_CONFIG = Command(
    "config",
    "pyrox_cli.commands.config:config",
    """Show every setting: its value, where that comes from, and what it means.

    Settings come, last wins, from defaults, pyrox.toml (in the working directory, or where
    PYROX_CONFIG points) and environment variables PYROX_<SETTING>.""",
    (Option("changed", "only those that are not at their default", bool, short="c"),),
    ("pyrox config", "PYROX_TIMEOUT=2.5 pyrox config --changed", "pyrox config --json"),
)
_DEMO = Command(
    "demo",
    "pyrox_cli.demo.run:demo",
    """Watch a name server, a server and two clients work together, for about five seconds.

    Each runs in a process of its own; all of them end with the demonstration.""",
    examples=("pyrox demo",),
)
_DIFF = Command(
    "diff",
    "pyrox_cli.commands.diff:diff",
    """Tell what changed in the interface of an object, and whether callers notice.

    OLD and NEW are files that `pyrox stubs` wrote, or URIs of live objects. The exit code is 1 if
    a change is breaking: if a call that was right with OLD may fail with NEW.""",
    (
        Argument("old", "URI of an object, or file that `pyrox stubs` wrote"),
        Argument("new", "the same"),
        _TIMEOUT,
    ),
    ("pyrox diff stock.py example.stock", "pyrox diff example.stock example.stock-next --json"),
)
_DOCTOR = Command(
    "doctor",
    "pyrox_cli.doctor.checkup:doctor",
    """Find out why an object cannot be reached.

    Walks from the name to the exposed methods, shows each step, and stops at the first that
    fails, with its cure. The exit code is 1 then.""",
    (_URI, _TIMEOUT),
    ("pyrox doctor example.greeter", "pyrox doctor PYRO:greeter@server.example.com:9000"),
)
_ECHOSERVER = Command(
    "echoserver",
    "pyrox_cli.commands.echoserver:echoserver",
    """Run a server with the object test.echoserver, to try clients on.

    Ends on ctrl-C, or when a client calls shutdown().""",
    (
        Option("host", "address to listen on", short="H"),
        Option("port", "port to listen on; 0 takes any that is free", int, 0, short="p"),
        Option("unixsocket", "listen on this unix socket instead", short="u", metavar="PATH"),
        Option("naming", "register the object at the name server too", bool, short="n"),
        Option("verbose", "print each call", bool, short="v"),
        Option("quiet", "print nothing", bool, short="q"),
    ),
    ("pyrox echoserver --port 4444 -v", "pyrox echoserver --naming"),
)
_INSPECT = Command(
    "inspect",
    "pyrox_cli.commands.inspect:inspect",
    """Show what an object offers, or what objects a daemon has.

    Signatures and descriptions come from pyrox daemons only; of a Pyro5 one the bare names.""",
    (
        _URI,
        Argument("object", "id of another object in the same daemon", required=False),
        _TIMEOUT,
    ),
    ("pyrox inspect localhost:4444", "pyrox inspect example.greeter"),
)
_PING = Command(
    "ping",
    "pyrox_cli.commands.ping:ping",
    "Measure how long calls to a daemon take, there and back.",
    (_URI, Option("count", "how many", int, 10, short="c"), _TIMEOUT),
    ("pyrox ping example.greeter", "pyrox ping localhost:4444 --count 1000 --json"),
)
_PLUGIN = Command("plugin", "", "Make plugins of your own.")
_PLUGIN_NEW = Command(
    "plugin new",
    "",
    """Write the project of a new plugin, which works and is tested from the start.

    What it does then is changed step by step into what it is meant to do.""",
    examples=("pyrox plugin new transport carrier-pigeon", "pyrox plugin new storage cassandra"),
)
_PLUGIN_NEW_KINDS = [
    Command(
        f"plugin new {kind}",
        f"pyrox_cli.commands.plugin_new:new_{kind}",
        f"""Write the project of a {kind}: {about}.

        Its tests are the conformance suite of pyrox-testkit, or use its fixtures.""",
        (
            Argument("name", "what it is called, in small letters: the project is pyrox-NAME"),
            Option("to", "folder to write, instead of pyrox-NAME", default="", metavar="FOLDER"),
        ),
        (f"pyrox plugin new {kind} {example}",),
    )
    for kind, about, example in (
        ("transport", "another way for calls to travel", "carrier-pigeon"),
        ("serializer", "another form for calls to have", "yaml"),
        ("resolver", "another way to find objects", "ldap"),
        ("storage", "another place for a name server to keep names", "cassandra"),
        ("command", "one more thing that the pyrox program can do", "members"),
    )
]
_PLUGINS = Command(
    "plugins",
    "pyrox_cli.commands.plugins:plugins",
    """Show the installed plugins, what each offers, and which ones failed to load and why.""",
    examples=("pyrox plugins", "pyrox plugins --json"),
)
_SERVE = Command(
    "serve",
    "pyrox_cli.commands.serve:serve",
    """Serve classes or objects of a Python module, without writing a server.

    Prints the URI of each. The module is looked for in the working directory first.""",
    (
        Argument("targets", "MODULE:CLASS or MODULE:OBJECT", many=True),
        Option("name", "register at the name server; one for each target", many=True, short="n"),
        Option("id", "object id; one for each target", many=True, short="i"),
        Option("metadata", "tag of the names, for yellow-pages look-ups", many=True, short="m"),
        Option(
            "listen",
            "where to listen: host:port, ./u:path, or transport://location; may be given again",
            many=True,
            short="l",
            metavar="LOCATION",
        ),
        Option("server", "thread, or one thread for everything", choices=("thread", "multiplex")),
        Option(
            "mode",
            "an instance for each connection, for all, or for each call",
            choices=("session", "single", "percall"),
        ),
        Option("expose", "expose all public methods of a class without @expose", bool),
    ),
    (
        "pyrox serve shop:Stock --name example.stock --metadata shop",
        "pyrox serve collections:Counter --expose --mode single --listen localhost:4444",
        "pyrox serve shop:Stock --listen localhost:4444 --listen ./u:/run/shop/socket",
    ),
)
_STUBS = Command(
    "stubs",
    "pyrox_cli.commands.stubs:stubs",
    """Write the interface of a live object as a Python module, for type checkers and editors.

    It has one Protocol: pyrox.connect(uri, NAME) is checked and completed then. Signatures come
    from pyrox daemons only; of a Pyro5 one the bare names.""",
    (
        _URI,
        Option("name", "what the class is called", short="n", metavar="CLASSNAME"),
        Option("async", "write it for pyrox.aio", bool),
        Option("output", "file to write, instead of stdout", short="o", metavar="FILE"),
        Option("force", "write over a file that is there", bool, short="f"),
        _TIMEOUT,
    ),
    (
        "pyrox stubs example.stock --name Stock --output stock.py",
        "pyrox stubs PYRO:stock@server.example.com:9000 --async",
    ),
)
_TOKEN = Command(
    "token",
    "pyrox_cli.commands.token:make_token",
    """Make a secret that a client and a daemon share.

    The client's setting token and the daemon's setting tokens take it as it is printed. It never
    travels: each side proves to the other that it knows it.""",
    (Argument("name", "who the client is"),),
    ("pyrox token control-room",),
)
