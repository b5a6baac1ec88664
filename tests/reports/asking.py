"""What the tests of reports ask the API."""

from datetime import date, timedelta
from typing import Any

from tests.stack import Stack

PERIOD = """
  startDate endDate
  startMrr { amount } mrr { amount } arr { amount }
  movements {
    new { amount } expansion { amount } contraction { amount } churn { amount }
    reactivation { amount } pause { amount } resume { amount } net { amount }
  }
  startSubscribers activeSubscribers newSubscribers churnedSubscribers reactivatedSubscribers
  pausedSubscribers resumedSubscribers activeSubscriptions
  customerChurn grossRevenueChurn netRevenueChurn netRetention arpu { amount } ltv { amount }
  trialsDecided trialsConverted trialConversion
  collected { amount } refunded { amount } outstanding { amount }
  byPlan {
    planId startMrr { amount } mrr { amount } transfers { amount } activeSubscriptions
    movements {
      new { amount } expansion { amount } contraction { amount } churn { amount }
      reactivation { amount } pause { amount } resume { amount } net { amount }
    }
  }
"""
REVENUE = f"""
query($start: Date!, $end: Date!, $currency: String) {{
  revenueReport(startDate: $start, endDate: $end, currency: $currency) {{
    startDate endDate currency months {{ {PERIOD} }} totals {{ {PERIOD} }}
  }}
}}"""
COHORTS = """
query($start: Date!, $end: Date!, $currency: String) {
  cohortReport(startDate: $start, endDate: $end, currency: $currency) {
    currency
    cohorts {
      month customers mrr { amount }
      months { offset month customers customerRetention mrr { amount } mrrRetention }
    }
  }
}"""


def last_day(end: object) -> str:
    """Return the day before *end*, as the API wants it."""
    return str(date.fromisoformat(str(end)) - timedelta(days=1))


async def ask_revenue(stack: Stack, start: object, end: object) -> dict[str, Any]:
    """Return the revenue report of a window, whose *end* is the first day after it."""
    answer = await stack.data(REVENUE, {"start": str(start), "end": last_day(end)})
    report: dict[str, Any] = answer["revenueReport"]
    return report


async def ask_cohorts(stack: Stack, start: object, end: object) -> list[dict[str, Any]]:
    """Return the cohorts of a window, whose *end* is the first day after it."""
    answer = await stack.data(COHORTS, {"start": str(start), "end": last_day(end)})
    found: list[dict[str, Any]] = answer["cohortReport"]["cohorts"]
    return found
