"""The two books, kept by hand and compared."""

from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event
from simulator.books import ClientBook, FeedBook, compare

QUEUED = contacts.CONTACT_STATE_QUEUED
ACTIVE = contacts.CONTACT_STATE_ACTIVE
COMPLETED = contacts.CONTACT_STATE_COMPLETED
ABANDONED = contacts.CONTACT_STATE_ABANDONED


def enqueued(name: str, state: "contacts.ContactState.ValueType" = QUEUED) -> Event:
    return Event(type=events.EVENT_TYPE_CONTACT_ENQUEUED, contact=Contact(name=name, state=state))


def answer(name: str, state: "contacts.ContactState.ValueType", sequence: int) -> Contact:
    return Contact(name=name, state=state, sequence=sequence)


def test_equal_books_agree() -> None:
    client, feed = ClientBook(), FeedBook()
    client.note(answer("a", QUEUED, 1))
    client.note(answer("a", COMPLETED, 5))
    client.note(answer("b", QUEUED, 2))
    feed.take(enqueued("a"))
    feed.take(enqueued("b"))
    feed.take(Event(type=events.EVENT_TYPE_CONTACT_COMPLETED, contact=answer("a", COMPLETED, 5)))
    balance = compare(client, feed)
    assert balance.agree
    assert balance.client == balance.feed == {"completed": 1, "waiting": 1}
    assert balance.offered == 2


def test_a_contact_that_the_feed_never_showed_is_lost() -> None:
    client, feed = ClientBook(), FeedBook()
    client.note(answer("a", QUEUED, 1))
    balance = compare(client, feed)
    assert balance.lost == ["a"]
    assert not balance.agree


def test_a_contact_that_nobody_was_told_about_is_a_difference() -> None:
    client, feed = ClientBook(), FeedBook()
    feed.take(enqueued("a"))
    balance = compare(client, feed)
    assert balance.differences == ["a: absent by the answers, waiting by the feed"]
    assert not balance.agree


def test_another_end_is_a_difference_even_when_the_sums_are_equal() -> None:
    client, feed = ClientBook(), FeedBook()
    for name, ours, theirs in (("a", COMPLETED, ABANDONED), ("b", ABANDONED, COMPLETED)):
        client.note(answer(name, ours, 1))
        feed.take(enqueued(name, theirs))
    balance = compare(client, feed)
    assert balance.client == balance.feed
    assert len(balance.differences) == 2
    assert not balance.agree


def test_an_older_answer_that_arrives_late_changes_nothing() -> None:
    client = ClientBook()
    client.note(answer("a", ABANDONED, 7))
    client.note(answer("a", QUEUED, 6))
    assert client.totals() == {"abandoned": 1}
    assert client.doubles == []


def test_an_end_that_is_taken_back_is_double() -> None:
    client = ClientBook()
    client.note(answer("a", ABANDONED, 7))
    client.note(answer("a", ACTIVE, 8))
    assert client.doubles == ["a was abandoned, then in_hand"]


def test_two_agents_who_both_took_a_contact_are_double() -> None:
    client = ClientBook()
    client.note_accept(answer("a", ACTIVE, 7), "a/assignments/1")
    client.note_accept(answer("a", ACTIVE, 7), "a/assignments/1")
    assert client.doubles == []
    client.note_accept(answer("a", ACTIVE, 9), "a/assignments/2")
    assert len(client.doubles) == 1
