"""``python -m pyrox_cli`` is the same as ``pyrox``."""

from .main import main

if __name__ == "__main__":
    main()
