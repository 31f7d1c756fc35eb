"""`python -m tests.campaign.buggy_server BUG`: `acd serve` with a bug of the server in it."""

import sys

from acd_server.cli import main
from tests.campaign.bugs import SERVER

if __name__ == "__main__":
    SERVER[sys.argv[1]]()
    sys.argv = ["acd", "serve"]
    main()
