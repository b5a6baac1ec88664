/** The types of messages, in the order in which they are shown. */

import { graphql, type ResultOf } from '../../graphql';

export const ENDPOINT = graphql(`
  fragment WebhookEndpointRow on WebhookEndpoint @_unmask {
    id
    url
    description
    types
    ordered
    enabled
    disabledAt
    disableReason
    failingSince
    secretHint
    createdAt
    stats { succeeded failed pending }
  }
`);

export type Endpoint = ResultOf<typeof ENDPOINT>;
export type MessageType = Endpoint['types'][number];

export const TYPES: readonly MessageType[] = [
  'SUBSCRIPTION_CREATED',
  'SUBSCRIPTION_ACTIVATED',
  'SUBSCRIPTION_UPDATED',
  'SUBSCRIPTION_PAST_DUE',
  'SUBSCRIPTION_SUSPENDED',
  'SUBSCRIPTION_PAUSED',
  'SUBSCRIPTION_RESUMED',
  'SUBSCRIPTION_CANCELLED',
  'INVOICE_ISSUED',
  'INVOICE_PAID',
  'INVOICE_OVERDUE',
  'INVOICE_VOIDED',
  'INVOICE_UPDATED',
  'PAYMENT_PENDING',
  'PAYMENT_SUCCEEDED',
  'PAYMENT_FAILED',
  'PAYMENT_REFUNDED',
  'PAYMENT_DISPUTED',
  'PAYMENT_UPDATED',
  'CREDIT_NOTE_ISSUED',
  'ENTITLEMENTS_CHANGED',
  'OPERATIONS_LOG_HEAD',
  'CUSTOMER_UPDATED',
  'WEBHOOK_ENDPOINT_DISABLED',
];

const NOUNS = [
  'subscription',
  'invoice',
  'payment',
  'credit_note',
  'entitlements',
  'operations_log',
  'customer',
  'webhook_endpoint',
] as const;

/** Returns a type as messages write it: invoice.paid for INVOICE_PAID. */
export function typeText(type: MessageType): string {
  const text = type.toLowerCase();
  const noun = NOUNS.find((one) => text.startsWith(`${one}_`));
  return noun ? `${noun}.${text.slice(noun.length + 1)}` : text;
}

/** Returns the key of the word for how an endpoint is doing. */
export function stateOf(endpoint: Pick<Endpoint, 'enabled' | 'disableReason'>) {
  return `webhooks.state.${endpoint.enabled ? 'ON' : (endpoint.disableReason ?? 'OPERATOR')}` as const;
}
