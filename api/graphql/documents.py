"""Documents: parsed and checked once, remembered by their text.

A remembered document keeps its plans (see `listing`) and the names of the variables that decide about
@include and @skip, whose values are part of a plan's key. Documents that fail are not remembered.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language import VariableNode
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.limits import Limits, Meter, rule_for

MOST_SIZES = 64  # remembered per document


class BadDocument(Exception):
    """A document that cannot be run; `errors` say why."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors


@dataclass(slots=True)
class Document:
    """A checked document."""

    node: DocumentNode
    operations: dict[str, OperationDefinitionNode]
    switches: tuple[str, ...]
    paged_by: tuple[str, ...]
    plans: dict[Hashable, Any] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    roots: dict[str | None, tuple[Any, ...]] = field(default_factory=dict)  # see `straight`
    within: set[tuple[Any, ...]] = field(
        default_factory=set
    )  # values of `paged_by` that were within the limits

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation meant: the named one, or the only one."""
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None

    def is_mutation(self, name: str | None) -> bool:
        """Whether running it may change something."""
        operation = self.operation(name)
        return operation is not None and operation.operation is OperationType.MUTATION


class Documents:
    """The documents of one schema."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, *, introspection: bool = True, most: int = 256
    ) -> None:
        self.schema, self.limits, self.most = schema, limits, most
        self.hide_suggestions = not introspection
        more = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self.rules = [*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *more]
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._lock = Lock()

    def known(self, text: str) -> Document | None:
        """A document seen before."""
        with self._lock:
            found = self._known.get(text)
            if found is not None:
                self._known.move_to_end(text)
            return found

    def get(self, text: str) -> Document:
        """The document of a text, or BadDocument."""
        found = self.known(text)
        if found is None:
            found = self._check(text)
            with self._lock:
                self._known[text] = found
                while len(self._known) > self.most:
                    self._known.popitem(last=False)
        return found

    def measure(self, document: Document, variables: Mapping[str, Any]) -> None:
        """The cost once more where variables decide about page sizes."""
        if not document.paged_by:
            return
        given = [variables.get(name, "default") for name in document.paged_by]
        sizes = tuple(one if isinstance(one, int) or one == "default" else None for one in given)
        if sizes in document.within:
            return
        try:
            Meter(self.schema, document.node, self.limits, variables).check()
        except GraphQLError as error:
            raise BadDocument("LIMIT_EXCEEDED", [error]) from None
        if len(document.within) < MOST_SIZES:
            document.within.add(sizes)

    def _check(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=self.limits.tokens)
        except GraphQLError as error:
            raise BadDocument("GRAPHQL_PARSE_FAILED", [error]) from None
        # The limits come first and alone: the standard rules are only safe on a document that is within them.
        errors = validate(self.schema, node, [rule_for(self.limits)])
        errors = errors or validate(
            self.schema, node, self.rules, max_errors=20, hide_suggestions=self.hide_suggestions
        )
        if errors:
            raise BadDocument("GRAPHQL_VALIDATION_FAILED", errors)
        operations = {
            one.name.value if one.name else "": one
            for one in node.definitions
            if isinstance(one, OperationDefinitionNode)
        }
        meter = Meter(self.schema, node, self.limits)
        meter.check()
        return Document(
            node, operations, _switches(node), tuple(sorted(meter.paged_by)), fragments=meter.fragments
        )


def _switches(node: DocumentNode) -> tuple[str, ...]:
    found: set[str] = set()

    class Switches(Visitor):
        def enter_directive(self, directive: DirectiveNode, *_: Any) -> None:
            if directive.name.value not in ("skip", "include"):
                return
            found.update(
                one.value.name.value
                for one in directive.arguments or ()
                if isinstance(one.value, VariableNode)
            )

    visit(node, Switches())
    return tuple(sorted(found))
