"""Cut work into batches of a bounded weight, such as the bytes that one statement reads."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def batches(
    items: Iterable[Item], weight: Callable[[Item], int], limit: int, most: int | None = None
) -> Iterator[list[Item]]:
    """The items in their order, in batches that weigh at most `limit` and have at most `most` items.

    What weighs more by itself is a batch by itself.
    """
    batch: list[Item] = []
    total = 0
    for item in items:
        own = weight(item)
        if batch and (total + own > limit or len(batch) == most):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += own
    if batch:
        yield batch
