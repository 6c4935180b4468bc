"""``python -m starcheck``."""

from starcheck.cli import main

main()
