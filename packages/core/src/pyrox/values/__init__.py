"""Plain values: what everything else is made of."""
