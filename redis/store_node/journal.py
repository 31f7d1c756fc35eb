"""Sees to it that a process can read its append-only file again after a disk was full.

Redis from 7.0 and Valkey up to 9 open the file that a rewrite begins without O_APPEND. Where a write to it falls
short for want of space, they cut the piece off and go on behind it: that leaves a hole of zeros, at which
the next start gives up ("Bad file format"). Whoever has synced each write is out of this: such a process ends instead.
A rewrite replaces the file by a good one, so that is ordered as soon as writes succeed again.
"""

import logging

from store_node.view import Process

log = logging.getLogger("store_node")


class Journal:
    """What is known of the append-only file of one process, from its start on."""

    def __init__(self, shard: int) -> None:
        self._shard = shard
        self._failed = False
        self._asked_at: int | None = None
        """How many rewrites there had been when one was asked for."""

    def look_after(self, process: Process) -> None:
        """One step, if any is due. Raises what is in UNREACHABLE."""
        info = process.persistence()
        rewrites = int(str(info["aof_rewrites"]))
        if info["aof_last_write_status"] != "ok":
            if not self._failed:
                log.warning("shard %d: cannot write its append-only file", self._shard)
            self._failed, self._asked_at = True, None
        elif self._failed and not int(str(info["aof_rewrite_in_progress"])):
            if self._asked_at is not None and rewrites > self._asked_at and info["aof_last_bgrewrite_status"] == "ok":
                self._failed = False
                log.info("shard %d: has a new append-only file", self._shard)
            else:
                process.ask("BGREWRITEAOF")
                self._asked_at = rewrites
                log.info("shard %d: writes again; its append-only file may have a hole and is made anew", self._shard)
