/** What a search found, as groups of rows that lead somewhere. */

import { type FragmentOf, graphql } from '../../graphql';
import { t, word } from '../../i18n';
import { methodText, planText, stateOf } from '../../i18n/billing';
import { money } from '../../i18n/format';

export const FOUND = graphql(`
  fragment Found on SearchFindings @_unmask {
    customers { id name email taxId anonymizedAt }
    subscriptions {
      id
      status
      cancelAtPeriodEnd
      paymentMethod { kind brand lastFour }
      plan { id name billingCycle }
      customer { id name email }
    }
    invoices { id number status total { amount currency } subscription { id customer { id name email } } }
    payments { id status amount { amount currency } invoice { id number } }
  }
`);

type Findings = FragmentOf<typeof FOUND>;
type Row = { to: string; name: string; note: string };
export type Found = { kind: string; rows: Row[] };

/** Returns the kinds of which something was found. */
export function foundBy({ customers, subscriptions, invoices, payments }: Findings): Found[] {
  const groups = [
    { kind: t('customers'), rows: customers.map(customerRow) },
    { kind: t('subscriptions'), rows: subscriptions.map(subscriptionRow) },
    { kind: t('invoices'), rows: invoices.map(invoiceRow) },
    { kind: t('payments'), rows: payments.map(paymentRow) },
  ];
  return groups.filter(({ rows }) => rows.length);
}

type Named = { name: string | null; email: string };

function nameOf({ name, email }: Named): string {
  return name ?? email;
}

function customerRow(one: Findings['customers'][number]): Row {
  const to = `/admin/clientes/${one.id}`;
  if (one.anonymizedAt) return { to, name: t('customer.anonymized'), note: one.id };
  return { to, name: nameOf(one), note: joined(one.name && one.email, one.taxId) };
}

function subscriptionRow(one: Findings['subscriptions'][number]): Row {
  return {
    to: `/admin/assinaturas/${one.id}`,
    name: nameOf(one.customer),
    note: joined(
      planText(one.plan),
      word('subscription', stateOf(one)).toLowerCase(),
      one.paymentMethod && methodText(one.paymentMethod),
    ),
  };
}

function invoiceRow(one: Findings['invoices'][number]): Row {
  return {
    to: `/admin/faturas/${one.id}`,
    name: one.number ?? one.id,
    note: joined(
      nameOf(one.subscription.customer),
      money(one.total),
      word('invoice', one.status).toLowerCase(),
    ),
  };
}

function paymentRow(one: Findings['payments'][number]): Row {
  return {
    to: `/admin/faturas/${one.invoice.id}`,
    name: money(one.amount),
    note: joined(word('payment', one.status).toLowerCase(), one.invoice.number),
  };
}

function joined(...parts: (string | null | undefined)[]): string {
  return parts.filter(Boolean).join(', ');
}
