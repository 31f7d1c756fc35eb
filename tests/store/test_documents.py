"""Documents as strings and as the server's JSON type: a client cannot tell which."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest

from acd_server.store import Store
from tests.store.consistency import check
from tests.store.seeds import RETRY, SECOND, WRAP_UP, Seed
from tests.support.cells import CELLS, Cell, CellMissingError

Documents = Literal["string", "json"]

TEXTS = {
    "plain": "Ann",
    "empty": "",
    "unicode": "Zürich 中文 🙂 \u2028 \u007f",
    "quotes": 'say "hello" \\" \\\\" \\',
    "control": "tab\t newline\n nul\x00 escape\x1b",
    "like-json": '":{} {"a":{}} "skills":{},"held":{} \\":{} [] {}',
    "slashes": "https://a/b \\/ \\u0041",
    "numbers": "1e400 -0 12345678901234567890",
}


@pytest.fixture
async def both(cell: Cell) -> AsyncIterator[tuple[Store, Store]]:
    """The cell's server twice on one node, with its JSON module: strings in one, JSON in the other."""
    stores, processes = [], []
    try:
        for documents in ("string", "json"):
            made = CELLS[f"{cell.server}-node-json"].make()
            processes.append(made)
            made.start()
            stores.append(await Store.open(made.url, documents=documents, clock="virtual"))
        yield stores[0], stores[1]
    except CellMissingError as error:
        pytest.skip(str(error))
    finally:
        for store in stores:
            await store.close()
        for made in processes:
            made.remove()


class Recorder:
    """The answers of the API as bytes, in order."""

    def __init__(self, store: Store) -> None:
        self.seed = Seed(store, "basel")
        self.answers: list[bytes] = []

    def note(self, *messages: object) -> None:
        for message in messages:
            if isinstance(message, tuple | list):
                self.note(*message)
            elif isinstance(message, str | int | bool):
                self.answers.append(repr(message).encode())
            elif message is not None:
                self.answers.append(message.SerializeToString(deterministic=True))  # type: ignore[attr-defined]  # all else are messages

    async def read_all(self) -> None:
        store, center = self.seed.store, self.seed.center
        self.note(await store.contacts.list_contacts(center, state="", after="", limit=100))
        self.note(await store.agents.list_agents(center, presence="", after="", limit=100))
        self.note(await store.skills.list_skills(center, after="", limit=100))
        self.note(await store.centers.list_centers(after="", limit=100))

    async def texts(self) -> None:
        """Every text in every place that takes one."""
        store, center = self.seed.store, self.seed.center
        for name, text in TEXTS.items():
            self.note(
                await store.agents.create_agent(center, f"a-{name}", display_name=text, skills={}, request=None),
                await store.skills.create_skill(center, f"s-{name}", display_name=text, request=None),
                await store.centers.update_center(center, {"display_name": text}, request=None),
                await self.seed.enqueue(f"c-{name}", attributes={text: text, "other": text}, owner=text),
                await store.contacts.get_contact(center, f"c-{name}"),
                await self.seed.state(f"a-{name}", "NOT_READY", text),
            )

    async def lives(self) -> None:
        """Contacts of each way of life, with empty lists and full ones."""
        seed, store, center = self.seed, self.seed.store, self.seed.center
        await seed.agent("ann", {"billing": 10, "sales": 1})
        self.note(await store.agents.update_agent(center, "ann", display_name="A", skills={}, request=None))
        self.note(await store.agents.update_agent(center, "ann", display_name=None, skills={"sales": 7}, request=None))
        self.note(await seed.enqueue("served", {"sales": 2}, attributes={"k": "v"}, priority=9))
        self.note(await seed.match())
        self.note(await seed.decline("served"), await store.contacts.get_queue_position(center, "served"))
        await seed.advance(RETRY + SECOND)
        self.note(await seed.fire(), await seed.match())
        self.note(await seed.accept("served", 2), await seed.requeue("served", 2))
        await seed.advance(WRAP_UP + SECOND)
        self.note(await seed.fire(), await seed.match())
        self.note(await seed.accept("served", 3), await seed.complete("served", 3), await seed.finish("served", 3))
        self.note(await seed.abandon("c-plain"), await seed.cancel("c-empty"))
        snapshot = await store.centers.get_center_snapshot(center)
        snapshot.resume_token = ""  # it holds the center's incarnation, which is random
        self.note(snapshot)

    async def play(self) -> list[bytes]:
        await self.seed.start(retry_delay=RETRY)
        await self.texts()
        await self.lives()
        await self.read_all()
        await check(self.seed.store, self.seed.center)
        return self.answers


async def test_the_same_calls_have_the_same_answers_byte_for_byte(both: tuple[Store, Store]) -> None:
    strings, json = [await Recorder(store).play() for store in both]
    assert len(strings) > 80
    assert strings == json
    assert [await _kind(store) for store in both] == [b"string", b"ReJSON-RL"]


async def _kind(store: Store) -> object:
    return await Seed(store, "basel").command("TYPE", "@agent:ann")


async def test_events_carry_the_same_texts(both: tuple[Store, Store]) -> None:
    found = []
    for store in both:
        await Recorder(store).play()
        history = await store.events.read_events("basel", first=1, limit=1000)
        found.append([event.fields for event in history.events])
    assert found[0] == found[1]


@pytest.mark.parametrize("name", TEXTS)
async def test_texts_come_back_as_they_were_given(seed: Seed, name: str) -> None:
    text = TEXTS[name]
    contact = await seed.enqueue("call", attributes={text: text}, owner=text)
    assert (dict(contact.attributes), contact.owner) == ({text: text}, text)
    agent = await seed.store.agents.create_agent(seed.center, "ann", display_name=text, skills={}, request=None)
    assert agent.display_name == text
    found, _ = await seed.store.contacts.list_contacts(seed.center, state="", after="", limit=1)
    assert dict(found[0].attributes) == {text: text}
    assert (await seed.store.agents.get_agent(seed.center, "ann")).display_name == text
