/** The lines of an invoice, or of a preview of one, each with how its amount came about. */

import { graphql } from '../graphql';
import { t } from '../i18n';
import { LINE, type Line } from '../i18n/billing';
import { type Money, money } from '../i18n/format';
import { spoken } from '../i18n/language';

/** What a page about an invoice tells to whomever it is shown. */
export const BILLED = graphql(
  `
    fragment Billed on Invoice @_unmask {
      id
      number
      kind
      status
      lines { ...Line }
      creditApplied { amount currency }
      total { amount currency }
      amountPaid { amount currency }
      amountDue { amount currency }
      overpaid { amount currency }
      issuedAt
      dueDate
      paidAt
      pdfUrl
    }
  `,
  [LINE],
);

type LinesProps = {
  lines: readonly Line[];
  creditApplied: Money;
  /** What the total is called, and how much it is. */
  total: readonly [name: string, amount: Money];
};

export function InvoiceLines({ lines, creditApplied, total: [name, amount] }: LinesProps) {
  return (
    <div class="lines">
      <ul>
        {lines.map((line, index) => (
          <li key={index} class="line">
            <span class="line-what">
              <span>{line.description}</span>
              <span class="hint">{spoken(line.explanation)}</span>
              {line.taxes.map((tax) => (
                <span key={tax.pt} class="hint">
                  {spoken(tax)}: {money(tax.amount)}
                </span>
              ))}
            </span>
            <span class="line-amount">{money(line.total)}</span>
          </li>
        ))}
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
