"""`python -m dispatcher`: a dispatcher by the settings of the environment."""

import asyncio
import sys

from acd_server.config import ConfigError, load
from dispatcher.app import run


def main() -> None:
    try:
        settings = load()
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - nothing else runs yet
        sys.exit(2)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
