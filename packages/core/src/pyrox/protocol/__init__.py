"""One connection as a state machine: bytes in, messages out."""
