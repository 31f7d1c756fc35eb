"""What the store's user must be allowed: derived from the scripts, and checked before a server serves.

`tools/gen_acl` writes the same into `redis/store_node/application.acl`.
"""

import json
import re

from acd_server.errors import AcdError
from acd_server.store import keys, library, scripts
from acd_server.store.client import Client
from acd_server.store.library import Variant
from acd_server.store.scripts import Argument, Reply

OF_CLIENT: dict[str, tuple[str, ...]] = {
    "cluster|slots": (),
    "command|info": ("json.set",),
    "evalsha": ("0" * 40, "0"),
    "info": ("server",),
    "ping": (),
    "script|load": ("return 1",),
    "subscribe": (keys.WAKE_CHANNEL,),
    "wait": ("1", "1"),
}
"""What the client sends itself, with arguments as it sends them."""

_CALL = re.compile(r"redis\.p?call\(([^,)]*)")
_NAME = re.compile(r"'([A-Z.]+)'")


def called(text: str) -> list[list[str]]:
    """Of each call in a script the commands that it may be: names stand in quotes, a test holds the scripts to it."""
    return [_NAME.findall(command) for command in _CALL.findall(text)]


def of_scripts(variant: Variant) -> set[str]:
    """The commands in all scripts, in small letters."""
    calls = (call for script in scripts.NAMES for call in called(library.script(script, variant).text))
    return {name.lower() for call in calls for name in call}


def needed(variant: Variant) -> dict[str, tuple[str, ...]]:
    """Each command as the rules of access write it, and arguments to ask about it with."""
    sample = dict.fromkeys(of_scripts(variant), (f"{keys.REGISTRY}meta",))
    return dict(sorted({**sample, "publish": (keys.WAKE_CHANNEL,), **OF_CLIENT}.items()))


async def check(client: Client, node: str, wanted: dict[str, tuple[str, ...]]) -> None:
    """Raises AcdError STORE_REFUSES, NOPERM, when the user may not do all of this on a node."""
    script = library.script("check_rights", client.variant)
    await client.command(node, "SCRIPT", "LOAD", script.text)
    calls = json.dumps([[*name.split("|"), *arguments] for name, arguments in wanted.items()])
    denied = await scripts.check_rights(_Node(client, node), "_", calls=calls)
    if denied:
        names = list(wanted)
        lacking = " ".join(f"+{names[number - 1]}" for number in denied if isinstance(number, int))
        raise AcdError(
            "STORE_REFUSES",
            f"the store's user lacks rights that the router needs: {lacking} "
            f"(on keys ~{{*}}:* and channel &{keys.WAKE_CHANNEL})",
            cause="NOPERM",
        )


class _Node:
    """Runs a script that touches no key on one node."""

    def __init__(self, client: Client, node: str) -> None:
        self._client = client
        self._node = node

    async def call(self, script: str, center: str, arguments: list[Argument]) -> Reply:
        del center
        sha = library.script(script, self._client.variant).sha
        reply: Reply = await self._client.command(self._node, "EVALSHA", sha, 0, *arguments)
        return reply
