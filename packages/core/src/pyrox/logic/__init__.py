"""Both sides of a call, as far as it does not matter how one waits."""
