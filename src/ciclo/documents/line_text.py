"""What a line of an invoice says of itself: one text for pages, the API and the portal.

An explanation adds up to the line's net (rule 7).
"""

from ciclo.documents.figures import TIMES, last_day, money_text, percent_text, short_date
from ciclo.documents.language import Language
from ciclo.documents.sanitize import sanitize_text
from ciclo.documents.texts import WORDS
from ciclo.domain.invoice import Days, Line, LineKind
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import TaxRate
from ciclo.domain.period import Period


def explain_line(line: Line, currency: str, language: Language, *, dated: bool = False) -> str:
    """Return how a line's net came about: its days by its price, less its discounts.

    *dated*: with the dates of its days, if it has any.
    """
    words = WORDS[language]
    what = _factors(line, currency, language)
    if dated and line.days:
        what = f"{days_text(line.service, language)}, {what}"
    if line.kind is LineKind.CORRECTION:
        return words.correction.format(part=money_text(-line.total, currency, language), what=what)
    if line.capped:
        what = words.capped.format(what=what, left=money_text(-line.net, currency, language))
    elif line.discounts:
        what = words.discounted.format(
            what=what,
            gross=money_text(abs(line.amount), currency, language),
            discounts=", ".join(explain_discount(one, currency, language) for one in line.discounts),
        )
    return words.unused.format(what=what) if line.kind is LineKind.UNUSED else what


def explain_discount(discount: LineDiscount, currency: str, language: Language) -> str:
    """Return what a discount takes off, and by which code: "R$ 15.98 (20%, code VERAO, 2 of 3)"."""
    words = WORDS[language]
    by = [percent_text(discount.basis_points, language)] if discount.basis_points else []
    if discount.months < discount.of_months:
        by.append(words.discount_months.format(months=discount.months, of=discount.of_months))
    by.append(words.discount_code.format(code=sanitize_text(discount.code)))
    if discount.count:
        by.append(words.discount_place.format(place=discount.place, count=discount.count))
    return f"{money_text(abs(discount.amount), currency, language)} ({', '.join(by)})"


def tax_text(rate: TaxRate, language: Language) -> str:
    """Return what a tax is called: "ISS (5%)", or "of which ISS (5%)" where the price has it within.

    One without a name is "Tax (5%)".
    """
    percent = percent_text(rate.basis_points, language)
    if not rate.name:
        return WORDS[language].tax_at.format(rate=percent)
    name = f"{sanitize_text(rate.name)} ({percent})"
    return WORDS[language].tax_within.format(tax=name) if rate.inclusive else name


def days_text(period: Period, language: Language) -> str:
    """Return the first and the last day of *period*: people don't read half-open periods."""
    first, last = short_date(period.start, language), short_date(last_day(period), language)
    return first if first == last else WORDS[language].days.format(first=first, last=last)


def _factors(line: Line, currency: str, language: Language) -> str:
    price = money_text(line.unit_price, currency, language)
    if line.quantity != 1:
        price = f"{price} {TIMES} {line.quantity}"
    if not isinstance(line.explains, Days):
        return price
    return WORDS[language].explained.format(
        days=line.explains.days, total_days=line.explains.total_days, times=TIMES, price=price
    )
