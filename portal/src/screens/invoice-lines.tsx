/** The lines of an invoice, or of a preview of one, each with how its amount came about. */

import { t } from '../i18n';
import { explanationText, type Line, lineText, partsText, periodText } from '../i18n/billing';
import { type Money, money } from '../i18n/format';

type LinesProps = {
  lines: readonly Line[];
  tax?: Money;
  creditApplied: Money;
  /** What the total is called, and how much it is. */
  total: readonly [name: string, amount: Money];
};

export function InvoiceLines({ lines, tax, creditApplied, total: [name, amount] }: LinesProps) {
  return (
    <div class="lines">
      <ul>
        {lines.map((line, index) => (
          <li key={index} class="line">
            <span class="line-what">
              <span>{lineText(line)}</span>
              <span class="hint">
                {line.explanation.totalDays > 0 && `${periodText(line.period)}: `}
                {explanationText(line)}
              </span>
              {partsText(line) && <span class="hint">{partsText(line)}</span>}
            </span>
            <span class="line-amount">{money(line.net)}</span>
          </li>
        ))}
        {tax && Number(tax.amount) !== 0 && <Extra name={t('invoice.tax')} amount={tax} />}
        {Number(creditApplied.amount) !== 0 && <Credit amount={creditApplied} />}
      </ul>
      <p class="total">
        <span>{name}</span> <strong>{money(amount)}</strong>
      </p>
    </div>
  );
}

function Extra({ name, amount }: { name: string; amount: Money }) {
  return (
    <li class="line">
      <span class="line-what">{name}</span>
      <span class="line-amount">{money(amount)}</span>
    </li>
  );
}

/** What came off the balance is shown as less to pay; a negative amount went onto it. */
function Credit({ amount }: { amount: Money }) {
  const isUsed = !amount.amount.startsWith('-');
  const shown = isUsed ? `-${amount.amount}` : amount.amount.slice(1);
  return (
    <Extra
      name={t(isUsed ? 'invoice.creditUsed' : 'invoice.creditKept')}
      amount={{ ...amount, amount: shown }}
    />
  );
}
