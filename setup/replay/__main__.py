"""The command by itself, for a server elsewhere: ``PYTHONPATH=setup python -m replay FILE --url … --database …``."""

import sys

from console import Failure, say

from . import main

try:
    sys.exit(main(sys.argv[1:]))
except (Failure, OSError) as failure:
    sys.exit(f"error: {failure}")
except KeyboardInterrupt:
    say("\ninterrupted; the same command carries on from here")
    sys.exit(130)
