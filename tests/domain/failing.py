"""Stories of a renewal that fails on January 1."""

from datetime import date, timedelta

from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import start_of_day
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status
from tests.builders import CARD, POLICY, Story

DEC_1, JAN_1, FEB_1 = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)


def january(day: int) -> date:
    return date(2026, 1, day)


def failing(
    *,
    method: PaymentMethod = CARD,
    code: str = "insufficient_funds",
    hard: bool = False,
    policy: Policy = POLICY,
) -> Story:
    """Return a subscription whose renewal of Jan 1 failed on that day."""
    story = Story(DEC_1, method=method, policy=policy).start().pay(at=DEC_1).until(JAN_1)
    return story.decline(at=start_of_day(JAN_1, POLICY.timezone), code=code, hard=hard)


def retried_on(story: Story, until: date) -> list[date]:
    """Let every retry fail at once up to *until*, and return the days on which they were made."""
    days = []
    day = story.invoice.due_on
    while day < until:
        day += timedelta(days=1)
        attempts = story.payment().attempts
        story.until(day)
        if story.payment().attempts > attempts:
            days.append(day)
            story.decline(at=start_of_day(day, POLICY.timezone))
    return days


def suspended(policy: Policy = POLICY) -> Story:
    """Return one that is out of grace on Jan 9."""
    story = failing(policy=policy)
    retried_on(story, january(9))
    assert story.subscription.status is Status.SUSPENDED
    return story
