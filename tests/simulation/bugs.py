"""Bugs that are put into the real code on purpose, to see whether runs notice them.

A bug is one edit of one module, made while the module is imported: so it takes a process of its own.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True)
class Edit:
    """A piece of a module, which is there once, and what stands in its place; noticed `within` so many runs from seed
    `first` on: the tests begin shortly before the run that notices what few do."""

    module: str
    right: str
    wrong: str
    within: int
    first: int = 1


_AGAIN = """        except grpc.aio.AioRpcError as error:
            if error.code() is StatusCode.UNAVAILABLE and "request_id" in message.DESCRIPTOR.fields_by_name:
                setattr(message, "request_id", str(uuid.uuid4()))
                return await self(message)
"""

BUGS = {
    "delivered before it is confirmed": Edit(
        "acd_server.feed",
        "await self._store.events.confirm_events(self._center, sequence=new[-1].sequence, stamp=new[-1].stamp)",
        "pass",
        100,
    ),
    "a resumed feed skips an event": Edit(
        "acd_server.feed",
        "return Point(history.events[0].sequence, watch.resume_token)",
        "return Point(history.events[0].sequence + 1, watch.resume_token)",
        100,
    ),
    "a resumed feed repeats an event": Edit(
        "acd_server.feed",
        "return Point(history.events[0].sequence, watch.resume_token)",
        "return Point(history.events[0].sequence - 1, watch.resume_token)",
        100,
    ),
    "a reader waits for ever when a wake-up is lost": Edit(
        "acd_server.feed", "alarm.set(loop.time() + POLL_S)", "pass", 200
    ),
    "a lost tail with other events in its place goes unnoticed": Edit(
        "acd_server.feed", "first.sequence == at and first.stamp == self._last_stamp", "first.sequence == at", 400, 201
    ),
    "a reader looks by itself too seldom": Edit("acd_server.feed", "POLL_S = 1.0", "POLL_S = 2.0", 200),
    "centers are swept too seldom": Edit("acd_server.work", "SWEEP_S = 1.0", "SWEEP_S = 2.0", 200),
    "centers are not swept": Edit(
        "acd_server.work",
        "                try:\n                    await self._sweep()\n",
        "                try:\n                    pass\n",
        200,
    ),
    "a dispatcher forgets a center after an error": Edit(
        "dispatcher.workers", "        del self._delayed[center]\n        self.wake(center)", "        return", 200
    ),
    "a dispatcher whose stream ended hears no more": Edit(
        "dispatcher.work",
        "await asyncio.sleep(self._backoff.next(min(error.retry_delay, 1.0)))",
        "await asyncio.sleep(3600)",
        200,
    ),
    "a client repeats with another request id": Edit(
        "acd_client.calls",
        "            return await call\n        except grpc.aio.AioRpcError as error:\n",
        "            return await call\n" + _AGAIN,
        400,
        81,
    ),
    "an iterator goes on where it began": Edit(
        "acd_client.feed",
        "request.resume_token = self._token",
        "request.resume_token = self._request.resume_token",
        100,
    ),
    "an iterator never gives up on a history that is gone": Edit(
        "acd_client.feed", "        StatusCode.OUT_OF_RANGE,\n", "", 400
    ),
}


class Importer(importlib.abc.MetaPathFinder):
    """Imports one module with its edit."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._edit.module:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        assert found
        assert found.origin
        found.loader = _Edited(fullname, found.origin, self._edit)
        return found


class _Edited(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, edit: Edit) -> None:
        super().__init__(fullname, path)
        self._edit = edit

    def get_code(self, fullname: str) -> object:  # type: ignore[override]  # a code object; no cached one is of use
        path = self.get_filename(fullname)
        text = self.get_data(path).decode()
        assert text.count(self._edit.right) == 1, f"{path} no longer has, once: {self._edit.right}"
        return compile(text.replace(self._edit.right, self._edit.wrong), path, "exec")


def install(name: str) -> None:
    """From now on the module is imported with its bug. It must not have been imported before."""
    edit = BUGS[name]
    assert edit.module not in sys.modules, f"{edit.module} has been imported already"
    sys.meta_path.insert(0, Importer(edit))
