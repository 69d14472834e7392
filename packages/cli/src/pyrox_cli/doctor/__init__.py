"""``pyrox doctor``: why an object cannot be reached, found step by step."""
