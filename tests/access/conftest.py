"""One stack for each module of tests about who may do what, and who did."""

from tests.graphql.conftest import stack

__all__ = ["stack"]
