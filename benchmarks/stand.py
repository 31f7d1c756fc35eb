"""A server of the router and the empty handler in one process: `python -m benchmarks.stand SETTINGS`.

SETTINGS is JSON. Prints one line, JSON with the two ports, and ends when its standard input does:
so it never outlives the benchmark that started it.
"""

import asyncio
import json
import sys

from acd_server.app import App
from acd_server.cli._process import runner
from acd_server.config import Settings
from acd_server.telemetry import configure_logging
from benchmarks import bare


async def serve(settings: Settings) -> None:
    app = App(settings)
    empty, empty_port = await bare.start()
    try:
        port = await app.start()
        try:
            print(json.dumps({"router": port, "empty": empty_port}), flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        finally:
            await app.close()
    finally:
        await empty.stop(None)


def main() -> None:
    settings = Settings(**json.loads(sys.argv[1]))
    configure_logging("error", "json")
    with runner() as own:
        own.run(serve(settings))


if __name__ == "__main__":
    main()
