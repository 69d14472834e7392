"""The wire format: Pyro protocol 502, without any input or output."""
