"""What all lists have in common."""

from dataclasses import dataclass

from acd_server.tokens import decode_page_token, encode_page_token


@dataclass(frozen=True)
class Page:
    """Which records to return: at most `limit`, from the cursor `after` on.

    `arguments` are what the page token is bound to: the method, the parent and the
    filter. A token of other arguments is refused with PAGE_TOKEN_INVALID.
    """

    after: str
    limit: int
    arguments: tuple[str, ...]

    def next_token(self, cursor: str) -> str:
        """Token of the page that begins at the cursor; "" at the end of the collection."""
        return encode_page_token(cursor, *self.arguments) if cursor else ""


def read_page(token: str, limit: int, *arguments: str) -> Page:
    """Raises PAGE_TOKEN_INVALID. Called when the other fields are known to be good."""
    return Page(decode_page_token(token, *arguments), limit, arguments)
