"""Documents: parse and validate each query text once, and hold every request to the limits.

Strawberry's own ParserCache and ValidationCache are not used: a syntax error inside the first ends a
live connection, and the second validates documents that the limits have refused.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import ASTValidationRule, GraphQLError
from graphql.language import DocumentNode, OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from graphql_schema.execution.cost import AnswerBounds, answer_cost, check_cost
from graphql_schema.execution.limits import Limits, PageVariable, TooComplex, check_document, check_pages
from graphql_schema.execution.sign_in import SignInFirst, require_sign_in
from graphql_schema.execution.text_bounds import TextTooLong, check_texts

ENTRIES_MAX: Final = 256
CHARS_MAX: Final = 131_072
"""Of all query texts together: a parsed document takes about 140 bytes for each character, so 18 MB."""
QUERY_CHARS_MAX: Final = 16_384
"""Of one query: no single one may push all others out."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that was parsed, measured and validated; *refusals* are what came of it."""

    document: DocumentNode
    refusals: tuple[GraphQLError, ...]
    pages: tuple[PageVariable, ...] = ()

    @property
    def operations(self) -> int:
        """Return how many operations there are to choose from."""
        return sum(isinstance(node, OperationDefinitionNode) for node in self.document.definitions)


class DocumentCache:
    """The documents used last, bounded by their number and by their length."""

    def __init__(self, *, entries_max: int = ENTRIES_MAX, chars_max: int = CHARS_MAX) -> None:
        self._entries: OrderedDict[str, Prepared] = OrderedDict()
        self._entries_max: Final = entries_max
        self._chars_max: Final = chars_max
        self.chars = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, query: str) -> Prepared | None:
        """Return what was kept for exactly this text."""
        prepared = self._entries.get(query)
        if prepared is not None:
            self._entries.move_to_end(query)
        return prepared

    def keep(self, query: str, prepared: Prepared) -> None:
        """Keep a document, and let those go that were not used for longest."""
        if len(query) > min(QUERY_CHARS_MAX, self._chars_max) or query in self._entries:
            return
        self._entries[query] = prepared
        self.chars += len(query)
        while len(self._entries) > self._entries_max or self.chars > self._chars_max:
            gone, _ = self._entries.popitem(last=False)
            self.chars -= len(gone)


class PrepareDocument(SchemaExtension):
    """Puts the cache and the limits between Strawberry's parsing and its validation."""

    def __init__(
        self,
        *,
        cache: DocumentCache,
        limits: Limits,
        bounds: AnswerBounds,
        rules: tuple[type[ASTValidationRule], ...] = (),
    ) -> None:
        self._cache: Final = cache
        self._limits: Final = limits
        self._bounds: Final = bounds
        self._rules: Final = rules
        self._prepared: Prepared | None = None

    def on_parse(self) -> Iterator[None]:
        """Hand Strawberry the document if it is known; else let it parse up to the limit of tokens."""
        context = self.execution_context
        context.parse_options["max_tokens"] = self._limits.tokens
        self._prepared = self._cache.get(context.query or "")
        if self._prepared is not None:
            context.graphql_document = self._prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Set what is wrong with the request, which is what keeps Strawberry from validating it again."""
        prepared = self._prepared or self._prepare()
        refusals = prepared.refusals or self._refusals_of_request(prepared)
        self.execution_context.pre_execution_errors = list(refusals)
        yield

    def _prepare(self) -> Prepared:
        context = self.execution_context
        assert context.graphql_document is not None
        assert context.query is not None
        document = context.graphql_document
        try:
            pages = check_document(document, self._limits)
        except TooComplex as error:
            prepared = Prepared(document, (error,))
        else:
            rules = (*context.validation_rules, *self._rules)
            errors = validate_document(context.schema._schema, document, rules)  # noqa: SLF001 - Strawberry has no other way to it
            prepared = Prepared(document, tuple(errors), pages)
        self._cache.keep(context.query, prepared)
        return prepared

    def _refusals_of_request(self, prepared: Prepared) -> tuple[GraphQLError, ...]:
        """Return what only this request's variables and operation name can show."""
        context = self.execution_context
        schema = context.schema._schema  # noqa: SLF001 - Strawberry has no other way to it
        # Without a name Strawberry would run the first; the specification wants an error.
        if context._provided_operation_name is None and prepared.operations > 1:  # noqa: SLF001 - the property fills it in
            return (GraphQLError("operationName is needed to choose one of several operations"),)
        try:
            require_sign_in(
                prepared.document,
                context._provided_operation_name,  # noqa: SLF001 - the property fills it in
                context.context.viewer,
            )
            check_pages(prepared.pages, context.variables, self._limits)
            check_texts(prepared.document, schema, context.variables)
            cost = answer_cost(
                prepared.document,
                schema,
                operation_name=context._provided_operation_name,  # noqa: SLF001 - the property fills it in
                variables=context.variables,
            )
            check_cost(cost, self._bounds)
        except (SignInFirst, TextTooLong, TooComplex) as error:
            return (error,)
        return ()
