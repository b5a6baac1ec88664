/** What an event carries, in words: how much, by whom, for what. Whatever has no words here is in its data. */

import type { ComponentChildren } from 'preact';
import { t, word } from '../i18n';
import { declineText } from '../i18n/refusals';
import { Link } from '../router';
import { amountText, methodOf } from './event-details';
import type { EventRow } from './event-rows';
import { moment } from './moment';

type Data = Record<string, unknown>;
type Fact = readonly [name: string, value: ComponentChildren];

export function factsOf({ data }: EventRow): Fact[] {
  const given = (data ?? {}) as Data;
  const text = (name: string): string | null => {
    const value = given[name];
    return typeof value === 'string' && value ? value : null;
  };
  const mono = (name: string) => text(name) && <span class="mono">{text(name)}</span>;
  const invoiceId = text('invoice_id');
  const provider = text('provider');
  const failure = text('failure_code');
  return [
    [t('column.amount'), amountText(given)],
    [t('event.fee'), amountText({ amount: given.fee, currency: given.currency })],
    [t('column.method'), methodOf(given)],
    [t('event.failure'), failure && declineText(failure)],
    [t('event.won'), typeof given.won === 'boolean' ? t(given.won ? 'event.won.yes' : 'event.won.no') : null],
    [
      t('invoice'),
      invoiceId && (
        <Link to={`/admin/faturas/${invoiceId}`} class="link mono">
          {invoiceId}
        </Link>
      ),
    ],
    [t('event.payment'), mono('payment_id')],
    [t('event.refund'), mono('refund_id')],
    [t('event.provider'), provider && word('provider', provider)],
    [t('event.reference'), mono('provider_reference') ?? mono('dispute_id')],
    [t('subscription.reason'), text('reason')],
    [t('event.expires'), text('expires_at') && moment(text('expires_at') ?? '')],
  ];
}
