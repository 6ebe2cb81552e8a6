"""Entry point of ``python3 setup <command>``.

Written for any Python, so that an unsuitable one gets a sentence and not a syntax error.
"""

import sys

if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.stderr.write(
        "error: Python 3.10 to 3.13 is needed, this is %d.%d; start it as for example: python3.11 setup\n"
        % sys.version_info[:2]
    )
    sys.exit(1)

# Nothing is written beside the sources.
sys.dont_write_bytecode = True

# Only now is this Python known to be able to read the rest.
import cli

sys.exit(cli.main(sys.argv[1:]))
