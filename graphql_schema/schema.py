"""The schema: every noun's queries and mutations put together."""

from copy import copy
from dataclasses import replace
from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from ciclo.settings.settings import Settings
from graphql_schema.execution.bulk_reading import bulk_reading_log
from graphql_schema.execution.executor import PacedExecutor
from graphql_schema.execution.extensions import extensions, schema_config
from graphql_schema.live_updates import Subscription
from graphql_schema.mutations.access.api_key import ApiKeyMutations
from graphql_schema.mutations.access.approval import ApprovalMutations
from graphql_schema.mutations.access.decline_limit import DeclineLimitMutations
from graphql_schema.mutations.access.member import MemberMutations
from graphql_schema.mutations.access.portal_session import PortalSessionMutations
from graphql_schema.mutations.balance import BalanceMutations
from graphql_schema.mutations.billing_day import BillingDayMutations
from graphql_schema.mutations.cards.confirmation import PaymentMutations
from graphql_schema.mutations.clock import ClockMutations
from graphql_schema.mutations.collection import CollectionMutations
from graphql_schema.mutations.credit_note import CreditNoteMutations
from graphql_schema.mutations.customers.anonymize import AnonymizeCustomerMutations
from graphql_schema.mutations.customers.email_broken import EmailBrokenMutations
from graphql_schema.mutations.customers.merge import MergeCustomersMutations
from graphql_schema.mutations.customers.register import CustomerMutations
from graphql_schema.mutations.entitlements.decision import EntitlementDecisionMutations
from graphql_schema.mutations.entitlements.usage import UsageMutations
from graphql_schema.mutations.event import EventMutations
from graphql_schema.mutations.invoice import InvoiceMutations
from graphql_schema.mutations.links.checkout_link import CheckoutLinkMutations
from graphql_schema.mutations.links.invoice_link import InvoiceLinkMutations
from graphql_schema.mutations.mail import MailMutations
from graphql_schema.mutations.plan import PlanMutations
from graphql_schema.mutations.plan_change import PlanChangeMutations
from graphql_schema.mutations.product import ProductMutations
from graphql_schema.mutations.refund import RefundMutations
from graphql_schema.mutations.review import ReviewMutations
from graphql_schema.mutations.selling.coupon import CouponMutations
from graphql_schema.mutations.selling.discount import DiscountMutations
from graphql_schema.mutations.selling.item import InvoiceItemMutations
from graphql_schema.mutations.selling.one_off import OneOffMutations
from graphql_schema.mutations.subscription import SubscriptionMutations
from graphql_schema.mutations.trial import TrialMutations
from graphql_schema.mutations.webhook import WebhookMutations
from graphql_schema.mutations.withdrawal import WithdrawalMutations
from graphql_schema.queries.access.api_key import ApiKeyQueries
from graphql_schema.queries.access.approval import ApprovalQueries
from graphql_schema.queries.access.member import MemberQueries
from graphql_schema.queries.access.operation import OperationQueries
from graphql_schema.queries.access.viewer import ViewerQueries
from graphql_schema.queries.billing_day import BillingDayQueries
from graphql_schema.queries.clock import ClockQueries
from graphql_schema.queries.credit_note import CreditNoteQueries
from graphql_schema.queries.customer import CustomerQueries
from graphql_schema.queries.entitlement import EntitlementQueries
from graphql_schema.queries.event import EventQueries
from graphql_schema.queries.forecast import ForecastQueries
from graphql_schema.queries.invoice import InvoiceQueries
from graphql_schema.queries.links.checkout_link import CheckoutLinkQueries
from graphql_schema.queries.mail import MailQueries
from graphql_schema.queries.payment import PaymentQueries
from graphql_schema.queries.payment_options import PaymentOptionsQueries
from graphql_schema.queries.plan import PlanQueries
from graphql_schema.queries.plan_change import PlanChangeQueries
from graphql_schema.queries.product import ProductQueries
from graphql_schema.queries.report import ReportQueries
from graphql_schema.queries.revenue import RevenueQueries
from graphql_schema.queries.search import SearchQueries
from graphql_schema.queries.selling.coupon import CouponQueries
from graphql_schema.queries.selling.one_off import OneOffQueries
from graphql_schema.queries.selling.report import SellingReportQueries
from graphql_schema.queries.subscription import SubscriptionQueries
from graphql_schema.queries.webhook import WebhookQueries
from graphql_schema.types.scalars import SCALARS


@strawberry.type(description="Everything that can be read.")
class Query(
    PlanQueries,
    ProductQueries,
    EntitlementQueries,
    CouponQueries,
    CheckoutLinkQueries,
    OneOffQueries,
    SellingReportQueries,
    CustomerQueries,
    SearchQueries,
    SubscriptionQueries,
    PlanChangeQueries,
    BillingDayQueries,
    ForecastQueries,
    InvoiceQueries,
    CreditNoteQueries,
    PaymentQueries,
    PaymentOptionsQueries,
    EventQueries,
    ReportQueries,
    RevenueQueries,
    WebhookQueries,
    MailQueries,
    ClockQueries,
    ViewerQueries,
    OperationQueries,
    ApiKeyQueries,
    ApprovalQueries,
    MemberQueries,
):
    """The root of queries."""


@strawberry.type(
    description="Everything that can be changed. Each takes an input and returns what it changed, or why not."
)
class Mutation(
    PlanMutations,
    ProductMutations,
    UsageMutations,
    EntitlementDecisionMutations,
    CouponMutations,
    DiscountMutations,
    InvoiceItemMutations,
    CustomerMutations,
    AnonymizeCustomerMutations,
    EmailBrokenMutations,
    MergeCustomersMutations,
    OneOffMutations,
    SubscriptionMutations,
    PlanChangeMutations,
    TrialMutations,
    DeclineLimitMutations,
    WithdrawalMutations,
    CollectionMutations,
    BillingDayMutations,
    InvoiceMutations,
    InvoiceLinkMutations,
    CheckoutLinkMutations,
    PaymentMutations,
    RefundMutations,
    CreditNoteMutations,
    BalanceMutations,
    ReviewMutations,
    EventMutations,
    WebhookMutations,
    MailMutations,
    ClockMutations,
    ApiKeyMutations,
    ApprovalMutations,
    MemberMutations,
    PortalSessionMutations,
):
    """The root of mutations."""


class _Schema(strawberry.Schema):
    """A schema that logs nothing by itself: `masking` logs what nobody foresaw, without values."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave errors to the masking."""


def build_schema(settings: Settings | None = None) -> strawberry.Schema:
    """Return the schema with what *settings* ask of execution; without them it is for printing."""
    if settings is None:
        return strawberry.Schema(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            config=_config(StrawberryConfig()),
        )
    schema = copy(_executable(tells_schema=settings.tells_schema))
    schema.extensions = (*extensions(settings), bulk_reading_log())
    return schema


@cache
def _executable(*, tells_schema: bool) -> _Schema:
    """Return the types ready to be executed, built once: that takes long. Extensions are each schema's."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=_config(schema_config(tells_schema=tells_schema)),
        execution_context_class=PacedExecutor,
    )


def _config(config: StrawberryConfig) -> StrawberryConfig:
    return replace(config, scalar_map=SCALARS)
