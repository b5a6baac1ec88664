"""Permissions: one table of what operators' roles and API keys' scopes open, for the API, files and pages.

Customers need none: what they may do for themselves, the API's fields and the actions say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class OperatorRole(StrEnum):
    """What somebody does for the seller: the claim `roles` of a token names some."""

    OWNER = "OWNER"
    FINANCE = "FINANCE"
    SUPPORT = "SUPPORT"
    DEVELOPER = "DEVELOPER"
    ANALYST = "ANALYST"


class Permission(StrEnum):
    """What may be allowed: the scopes of an API key are these."""

    PLANS_READ = "PLANS_READ"
    PLANS_WRITE = "PLANS_WRITE"
    BILLING_READ = "BILLING_READ"
    SUBSCRIPTIONS_WRITE = "SUBSCRIPTIONS_WRITE"
    CUSTOMERS_WRITE = "CUSTOMERS_WRITE"
    CUSTOMERS_ERASE = "CUSTOMERS_ERASE"
    PERSONAL_DATA_READ = "PERSONAL_DATA_READ"
    INVOICES_WRITE = "INVOICES_WRITE"
    REFUNDS_WRITE = "REFUNDS_WRITE"
    ENTITLEMENTS_READ = "ENTITLEMENTS_READ"
    USAGE_WRITE = "USAGE_WRITE"
    EVENTS_READ = "EVENTS_READ"
    EVENTS_WRITE = "EVENTS_WRITE"
    REPORTS_READ = "REPORTS_READ"
    EXPORTS_READ = "EXPORTS_READ"
    AUDIT_READ = "AUDIT_READ"
    KEYS_WRITE = "KEYS_WRITE"
    MEMBERS_WRITE = "MEMBERS_WRITE"
    PORTAL_SESSIONS_WRITE = "PORTAL_SESSIONS_WRITE"
    WEBHOOKS_READ = "WEBHOOKS_READ"
    WEBHOOKS_WRITE = "WEBHOOKS_WRITE"
    CLOCK_WRITE = "CLOCK_WRITE"


OWNER, FINANCE, SUPPORT, DEVELOPER, ANALYST = OperatorRole
_ALL: Final = frozenset(OperatorRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRow:
    """One row: who has a permission, and which root fields of the API (or routes, with a slash) need it."""

    permission: Permission
    roles: frozenset[OperatorRole]
    opens: tuple[str, ...]


def _row(permission: Permission, roles: Iterable[OperatorRole], *opens: str) -> PermissionRow:
    return PermissionRow(permission=permission, roles=frozenset(roles) | {OWNER}, opens=opens)


PERMISSIONS: Final = (
    _row(
        Permission.PLANS_READ,
        _ALL,
        *("plans", "plan", "products", "product", "clock", "coupons", "coupon", "couponPreview"),
    ),
    _row(
        Permission.PLANS_WRITE,
        {FINANCE},
        *("createPlan", "updatePlan", "archivePlan"),
        *("registerFeature", "archiveFeature"),
        *("createCoupon", "updateCoupon", "archiveCoupon", "createCouponCodes"),
        *("createProduct", "updateProduct", "addPrice", "archiveProduct"),
    ),
    _row(
        Permission.BILLING_READ,
        {FINANCE, SUPPORT, DEVELOPER},
        *("mySubscription", "subscription", "subscriptions", "subscriptionUpdated", "forecast"),
        *("previewCreation", "previewPlanChange", "previewBillingDayChange", "previewCancellation"),
        *(
            "previewPause",
            "previewInvoice",
            "previewWithdrawal",
            "invoices",
            "invoice",
            "creditNotes",
            "payments",
            "payment",
            "lateRefunds",
            "lateInvoices",
            "customer",
            "paymentOptions",
            "customers",
            "search",
        ),
        *("mails", "mail", "mailRules", "mailPreview"),
        *("checkoutLinks", "checkoutOffer", "signUpProgress"),
        *("/invoices/{id}.pdf", "/credit-notes/{id}.pdf", "/receipts/{id}.pdf"),
    ),
    _row(
        Permission.SUBSCRIPTIONS_WRITE,
        {FINANCE, SUPPORT},
        *("createSubscription", "updatePaymentMethod", "cancelSubscription", "uncancelSubscription"),
        *("pauseSubscription", "resumeSubscription", "changePlan", "changeBillingDay", "extendTrial"),
        *("endTrial", "withdraw", "payInvoice", "confirmPayment", "liftDeclineLimit"),
        *("overrideEntitlement", "endEntitlementOverride"),
        *("applyCoupon", "removeDiscount", "addInvoiceItem", "removeInvoiceItem", "setTaxProfile"),
        *("sendMail", "createInvoiceLink", "revokeInvoiceLink"),
        *("createCheckoutLink", "revokeCheckoutLink", "signUp"),
    ),
    _row(
        Permission.CUSTOMERS_WRITE, {FINANCE, SUPPORT}, "createCustomer", "updateCustomer", "clearEmailBroken"
    ),
    # For good: nobody brings a person's data back, or takes two apart who were made one.
    _row(Permission.CUSTOMERS_ERASE, {FINANCE}, "anonymizeCustomer", "mergeCustomers"),
    _row(Permission.PERSONAL_DATA_READ, {FINANCE, SUPPORT}, "customerTaxId"),
    _row(
        Permission.INVOICES_WRITE,
        {FINANCE},
        *("createInvoice", "voidInvoice", "writeOffInvoice", "createCreditNote"),
        *("markInvoicePaid", "grantCredit", "updateCollection"),
        "updateMailRules",
    ),
    # So does a cancellation that gives money back.
    _row(
        Permission.REFUNDS_WRITE,
        {FINANCE},
        *("refundPayment", "payOutBalance", "resolveReview", "approvals", "approve", "reject"),
    ),
    _row(
        Permission.ENTITLEMENTS_READ,
        {FINANCE, SUPPORT, DEVELOPER},
        *("entitlements", "entitlement", "entitlementsChanged", "features"),
        "/api/entitlements/{customer}/{feature:path}",
    ),
    # A seller's app has a key with these two.
    _row(
        Permission.USAGE_WRITE,
        {SUPPORT, DEVELOPER},
        *("consume", "release", "setUsage", "reserve", "commitReservation", "cancelReservation"),
        "/api/entitlements/consume",
    ),
    _row(
        Permission.EVENTS_READ,
        {FINANCE, SUPPORT, DEVELOPER},
        *("events", "event", "deadLetters", "consumerGroups", "dueFaults", "eventFeed"),
    ),
    _row(Permission.EVENTS_WRITE, {DEVELOPER}, "replayDeadLetters", "discardDeadLetters"),
    _row(
        Permission.REPORTS_READ,
        {FINANCE, ANALYST},
        *("taxReport", "discountReport"),
        *("subscriptionReport", "revenueReport", "cohortReport", "expectedCash", "reportUpdated"),
    ),
    _row(Permission.EXPORTS_READ, {FINANCE}, "/exports/{kind}.{form}"),
    _row(Permission.AUDIT_READ, {FINANCE}, "auditLog"),
    # Nobody hands on more than they may themselves.
    _row(Permission.KEYS_WRITE, {DEVELOPER}, "apiKeys", "createApiKey", "revokeApiKey"),
    _row(Permission.MEMBERS_WRITE, (), *("members", "inviteMember", "changeMemberRole", "removeMember")),
    # Whoever has it can be any customer.
    _row(Permission.PORTAL_SESSIONS_WRITE, {DEVELOPER}, "createPortalSession"),
    _row(
        Permission.WEBHOOKS_READ,
        {SUPPORT, DEVELOPER},
        *("webhookEndpoints", "webhookEndpoint", "webhookMessages"),
    ),
    _row(
        Permission.WEBHOOKS_WRITE,
        {DEVELOPER},
        *("createWebhookEndpoint", "updateWebhookEndpoint", "deleteWebhookEndpoint"),
        *("rotateWebhookSecret", "testWebhookEndpoint", "redeliverWebhooks"),
    ),
    _row(Permission.CLOCK_WRITE, {DEVELOPER}, "advanceClock"),
)
"""Whoever adds a field to the API adds it here: until then it is the OWNER's alone, and a test fails."""

OPEN_TO_ALL: Final = frozenset({"me"})
"""Fields for everybody who is signed in."""

_NEEDS: Final = {name: row.permission for row in PERMISSIONS for name in row.opens}


def permissions_of(roles: Iterable[OperatorRole]) -> frozenset[Permission]:
    """Return what *roles* together may."""
    given = frozenset(roles)
    return frozenset(row.permission for row in PERMISSIONS if row.roles & given)


def permission_for(name: str) -> Permission | None:
    """Return what a root field of the API, or a route, needs; None if the table does not know it."""
    return _NEEDS.get(name)
