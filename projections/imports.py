"""Which imports there are, and which cards came from a file: asked of the log, since it happens once in a blue moon."""

from typing import LiteralString
from uuid import UUID

from projections.reading import Reader

_STREAMS: LiteralString = "SELECT owner FROM gongwu.claim WHERE kind = 'import'"
_CARDS: LiteralString = """
SELECT stream FROM (
    SELECT DISTINCT ON (stream) stream, topic, position FROM gongwu.event
        WHERE topic IN ('asset.taken_over', 'asset.described_again', 'asset.take_over_undone', 'asset.description_restored')
            AND position(convert_to(%(file)s, 'UTF8') IN body) > 0
        ORDER BY stream, version DESC
) AS last WHERE topic IN ('asset.taken_over', 'asset.described_again') ORDER BY position
"""
_TOUCHED: LiteralString = """
SELECT count(*) FROM unnest(%(cards)s::uuid[]) AS c (stream)
    CROSS JOIN LATERAL (SELECT topic, body FROM gongwu.event e WHERE e.stream = c.stream ORDER BY version DESC LIMIT 1) AS last
    WHERE NOT (last.topic IN ('asset.taken_over', 'asset.described_again') AND position(convert_to(%(file)s, 'UTF8') IN last.body) > 0)
        OR (last.topic = 'asset.taken_over'
            AND EXISTS (SELECT FROM gongwu.claim k WHERE k.kind = 'ever_labelled' AND k.key = c.stream::text))
"""


def streams(reader: Reader) -> list[UUID]:
    """The streams of all imports."""
    return [row[0] for row in reader.rows(_STREAMS)]


def cards_of(reader: Reader, file: str) -> list[UUID]:
    """The cards that this file (its SHA-256) made or described again, and that were not taken back since."""
    return [row[0] for row in reader.rows(_CARDS, {"file": file})]


def touched(reader: Reader, file: str, cards: list[UUID]) -> int:
    """How many of these cards something else has happened to since."""
    return int(reader.rows(_TOUCHED, {"file": file, "cards": cards})[0][0])
