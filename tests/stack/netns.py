"""`make netns-test`: the whole topology in network namespaces, each fault injected while contacts flow.

Prints a table and writes out/netns.json. Needs root, haproxy, keepalived, redis-server, iptables
(`make setup-system`). `--only NAME` injects some of the faults only; `--tls` encrypts every connection.
"""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from typing import Any

from simulator.checks import check
from simulator.report import write
from tests.stack import faults
from tests.stack.network import new_folder
from tests.stack.parts import ROOT, Stack
from tests.stack.trial import CONTACTS, run, show
from tools import fetch_json_module

PROGRAMS = ("haproxy", "keepalived", "redis-server", "iptables", "ip", "nice")
REPORT = ROOT / "out" / "netns.json"


def interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(f"signal {number}")


def lacks() -> list[str]:
    """What this machine lacks for the test, a sentence each."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    found = [f"there is no {', no '.join(missing)} (make setup-system)"] if missing else []
    if os.geteuid():
        return [*found, "it needs root"]
    trial = ["unshare", "--net", "iptables", "--list"]
    if not missing and subprocess.run(trial, check=False, capture_output=True).returncode:
        found.append("network namespaces with filters cannot be made here")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], choices=[fault.__name__ for fault in faults.FAULTS])
    parser.add_argument("--tls", action="store_true", help="every connection is TLS")
    parser.add_argument("--keep", action="store_true", help="keep the logs and say where they are")
    arguments = parser.parse_args()
    lacking = lacks()
    if lacking:
        print(f"netns-test cannot run: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    try:
        module = str(fetch_json_module.fetch())
    except fetch_json_module.NoModuleError as error:
        print(f"documents are strings: {error}")
        module = ""
    folder = new_folder()
    wanted = [fault for fault in faults.FAULTS if fault.__name__ in arguments.only] or faults.FAULTS
    stack = Stack(folder, shutil.which("redis-server") or "", module, tls=arguments.tls)
    begun = time.monotonic()
    checks: list[dict[str, Any]] = []
    try:
        stack.network.make()
        stack.network.enter("client")
        asyncio.run(run(stack, wanted, checks, least=1 if arguments.only else CONTACTS, beside=None))
    except Exception:  # noqa: BLE001 - whatever it is, the report says it and everything is cleaned up
        traceback.print_exc()
        checks.append(check("ran to the end", False, "True", False))
    finally:
        stack.kill()
        stack.network.remove()
        if arguments.keep:
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    show(checks, "Through faults, on three nodes, two balancers, two servers and two dispatchers")
    duration = round(time.monotonic() - begun, 1)
    print(f"{duration:.0f} s")
    write(REPORT, checks, {"duration_s": duration, "documents": "json" if module else "string"})
    return int(not all(line["pass"] for line in checks))


if __name__ == "__main__":
    sys.exit(main())
