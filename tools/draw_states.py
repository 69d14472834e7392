"""Draw the states of a connection into the documentation, out of the tables that the code uses.

``python -m tools.draw_states`` writes the page anew; a test holds it to that.
"""

from pathlib import Path

from pyrox.protocol.connection import CLIENT_MOVES, SERVER_ACCEPTS, State
from pyrox.wire.message import MessageType

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "protocol.md"
BEGIN, END = "<!-- states: tools/draw_states.py -->\n", "<!-- end of states -->"


def diagrams() -> str:
    """Return both diagrams, as mermaid text in Markdown."""
    client = [
        (state, following, MessageType.NAMES[message])
        for state, moves in CLIENT_MOVES.items()
        for message, following in moves.items()
    ]
    server = [
        (state, following, MessageType.NAMES[message] + remark)
        for state, accepted in SERVER_ACCEPTS.items()
        for message in sorted(accepted)
        for following, remark in _answered(state)
    ]
    return (
        f"What a proxy receives, and the state that follows:\n\n{_drawn(client)}\n"
        f"What a daemon receives, and the state that follows:\n\n{_drawn(server)}"
    )


def _answered(state: State) -> list[tuple[State, str]]:
    """Return where a daemon goes with a message that it accepts; its answer decides."""
    if state is State.CONNECTING:
        return [(State.CONNECTED, ", answered CONNECTOK"), (State.CLOSED, ", answered CONNECTFAIL")]
    return [(state, "")]


def _drawn(moves: list[tuple[State, State, str]]) -> str:
    lines = [f"    {before.value} --> {after.value}: {label}" for before, after, label in moves]
    start, end = State.CONNECTING.value, State.CLOSED.value
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {start}",
            *lines,
            *(
                f"    {state.value} --> {end}: anything else"
                for state in State
                if state.value != end
            ),
            f"    {end} --> [*]",
            "```\n",
        ]
    )


def drawn(page: str) -> str:
    """Return the page with the diagrams as they should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{diagrams()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
