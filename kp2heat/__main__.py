"""``python -m kp2heat``."""

from kp2heat.cli import main

main()
