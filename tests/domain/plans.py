"""Plans to change between, and a subscription that can be changed."""

from datetime import date

from ciclo.domain.invoice import Line
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Terms
from tests.builders import Story, terms

BASIC = terms(2990, plan="basic")
PLUS = terms(5990, plan="plus")
STUDIO = terms(12_000, plan="studio")
YEARLY = terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL)

JAN_1, JAN_8, JAN_11, JAN_16, JAN_21 = (date(2026, 1, day) for day in (1, 8, 11, 16, 21))
FEB_1, MAR_1 = date(2026, 2, 1), date(2026, 3, 1)


def paid(of: Terms = BASIC, *, on: date = JAN_1, credit: int = 0) -> Story:
    """Return a subscription whose first period is paid."""
    story = Story(on, of=of, credit=credit).start()
    return story.pay(at=on) if story.invoice.is_open else story


def lines(story: Story) -> tuple[Line, ...]:
    """Return the lines of the newest invoice."""
    return story.invoice.lines
