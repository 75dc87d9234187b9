"""Facts and the things they happen to.

A `Fact` is what happened, with what it carries and what is then so (`apply`). `apply` runs on every replay and never refuses.
A `Root` is one thing with one stream: the fold of its facts, plus what the command at hand adds.
A fact's stored name (`TOPIC`) and its JSON body are a public format: explicit, never a Python path, never used again for
something else. New fields have a default of `None`, empty or false; a new meaning is a new topic.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, ClassVar, Self
from uuid import UUID

import msgspec

from domain.values import Value

FACTS: dict[str, type["Fact"]] = {}
_DECODERS: dict[str, msgspec.json.Decoder["Fact"]] = {}
_ONE_AT_A_TIME = Lock()
_ENCODER = msgspec.json.Encoder(uuid_format="canonical", decimal_format="string")


_TABLES = (list, dict, set)


class Meta(Value, frozen=True):
    """Who recorded a fact, for whom, and why. People are opaque ids."""

    account: UUID
    person: UUID
    body: UUID
    command: UUID
    use_case: str
    device: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    os_user: str = ""


class Stamp(Value, frozen=True):
    """Where and when a fact stands: what `apply` may know besides the fact itself."""

    version: int
    occurred_at: datetime
    meta: Meta


class Fact(Value, frozen=True, kw_only=True):
    """Something that happened to one thing."""

    TOPIC: ClassVar[str]

    def __init_subclass__(cls, **config: Any) -> None:
        super().__init_subclass__(**config)
        topic = cls.__dict__.get("TOPIC")
        if topic is None:
            return
        if topic in FACTS:
            raise TypeError(f"the topic {topic} is in use")
        FACTS[topic] = cls

    def apply(self, thing: Any, at: Stamp) -> None:
        """What is so from now on. Runs on every replay: it never refuses."""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """A fact as the log holds it."""

    position: int
    stream: UUID
    version: int
    fact: Fact
    meta: Meta
    occurred_at: datetime
    recorded_at: datetime


class Root:
    """One thing, folded from its stream. Version 0: nothing has happened to it yet."""

    KIND: ClassVar[str]

    def __init__(self, id: UUID) -> None:
        self.id = id
        self.version = 0
        self.pending: list[Fact] = []
        self.stamp: Stamp | None = None
        self.began: datetime | None = None
        """When its first fact happened."""

    @classmethod
    def replay(cls, id: UUID, recorded: Iterable[Recorded]) -> Self:
        root = cls(id)
        for one in recorded:
            root.version = one.version
            if root.began is None:
                root.began = one.occurred_at
            one.fact.apply(root, Stamp(one.version, one.occurred_at, one.meta))
        return root

    def copy(self, tables: Sequence[str] | None = None) -> Self:
        """The same state for somebody else. Values never change; the lists and tables that hold them are copied."""
        twin = object.__new__(type(self))
        state = twin.__dict__ = vars(self).copy()
        for name in self.tables() if tables is None else tables:
            state[name] = state[name].copy()
        return twin

    def tables(self) -> tuple[str, ...]:
        """Which of its attributes are lists and tables now."""
        return tuple(name for name, value in vars(self).items() if type(value) in _TABLES)

    def record(self, fact: Fact) -> None:
        """Adds a fact that the command at hand decided; its consequence holds at once."""
        if self.stamp is None:
            raise RuntimeError("only a thing that a command loaded can record facts")
        self.pending.append(fact)
        if self.began is None:
            self.began = self.stamp.occurred_at
        fact.apply(self, Stamp(self.version + len(self.pending), self.stamp.occurred_at, self.stamp.meta))


def decode(topic: str, body: bytes) -> Fact:
    """The fact a stored body holds. Raises `KeyError` for a topic nobody knows, `msgspec.ValidationError` for a broken body."""
    decoder = _DECODERS.get(topic)
    if decoder is None:
        # msgspec describes a type when it first meets it, and another thread that meets it meanwhile takes the process down.
        with _ONE_AT_A_TIME:
            decoder = _DECODERS[topic] = msgspec.json.Decoder(FACTS[topic])
    return decoder.decode(body)


decode_meta = msgspec.json.Decoder(Meta).decode
encode = _ENCODER.encode
"""The exact bytes of a fact (or a meta) that are stored."""
