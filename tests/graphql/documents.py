"""Documents for any field of the schema, with arguments that are well-formed and lead nowhere."""

from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from graphql_schema.schema import build_schema as ciclos_schema

SCHEMA: Final[GraphQLSchema] = build_schema(ciclos_schema().as_str())

_LITERALS: Final = {
    "String": '"x"',
    "Int": "1",
    "Boolean": "true",
    "Decimal": '"1.00"',
    "Date": '"2026-01-01"',
    "DateTime": '"2026-01-01T00:00:00Z"',
    "JSON": "{}",
    "WholeNumber": "1",
}
_NOBODYS: Final = "01h455vb4pex5vsknk084sn02q"


def root_fields(root: GraphQLObjectType | None) -> dict[str, GraphQLField]:
    """Return the fields of Query, Mutation or Subscription."""
    assert root is not None
    return dict(root.fields)


def document(operation: str, name: str, field: GraphQLField) -> str:
    """Return an operation that asks for one root field and something below it."""
    required = {
        key: argument for key, argument in field.args.items() if isinstance(argument.type, GraphQLNonNull)
    }
    arguments = ", ".join(f"{key}: {_literal(key, _type(argument))}" for key, argument in required.items())
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{operation} {{ {name}{f'({arguments})' if arguments else ''}{below} }}"


def _type(argument: GraphQLArgument) -> GraphQLInputType:
    return argument.type


def _literal(name: str, kind: GraphQLInputType) -> str:
    match kind:
        case GraphQLNonNull():
            return _literal(name, kind.of_type)
        case GraphQLList():
            return f"[{_literal(name, kind.of_type)}]"
        case GraphQLEnumType():
            return next(iter(kind.values))
        case GraphQLInputObjectType():
            return _object(kind)
        case _:
            return _id(name) if kind.name == "ID" else _LITERALS[kind.name]


def _object(kind: GraphQLInputObjectType) -> str:
    fields = {key: field.type for key, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)}
    if kind.is_one_of:
        key, field = next(iter(kind.fields.items()))
        fields = {key: GraphQLNonNull(field.type)}
    inside = ", ".join(f"{key}: {_literal(key, type_)}" for key, type_ in fields.items())
    return f"{{ {inside} }}"


def _id(name: str) -> str:
    prefixes = {
        "planId": "plan",
        "productId": "prod",
        "invoiceId": "inv",
        "paymentId": "pay",
        "ids": "evt",
        "id": "sub",
    }
    return f'"{prefixes.get(name, "sub")}_{_NOBODYS}"'
