/** The filters of a list of payments, kept by the address. */

import { t, word } from '../i18n';
import { type Money, money } from '../i18n/format';
import { useSearchParameter } from '../router';
import { Select } from '../ui/field';
import { periodOptions, useStartOf } from './period-filter';

export const PAYMENT_STATUSES = ['COMPLETED', 'PENDING', 'FAILED', 'REFUNDED'] as const;
export const PAYMENT_METHODS = ['CREDIT_CARD', 'PIX', 'BOLETO'] as const;

type PaymentFilter = {
  status: (typeof PAYMENT_STATUSES)[number] | null;
  method: (typeof PAYMENT_METHODS)[number] | null;
  startDate: string | null;
};

export type ChosenFilter = {
  filter: PaymentFilter;
  /** Whether the period's first day is still to be known. */
  isPending: boolean;
  fields: readonly (readonly [value: string, set: (value: string) => void])[];
  /** Given while something is chosen. */
  clear: (() => void) | undefined;
};

export function usePaymentFilter(): ChosenFilter {
  const fields = [
    useSearchParameter('situacao'),
    useSearchParameter('forma'),
    useSearchParameter('periodo'),
  ] as const;
  const [[status], [method], [period]] = fields;
  const startDate = useStartOf(period);
  const clear = () => {
    for (const [, set] of fields) set('');
  };
  return {
    filter: {
      status: PAYMENT_STATUSES.find((one) => one === status) ?? null,
      method: PAYMENT_METHODS.find((one) => one === method) ?? null,
      startDate: startDate ?? null,
    },
    isPending: startDate === undefined,
    fields,
    clear: status || method || period ? clear : undefined,
  };
}

export function PaymentFilters({ chosen: { fields } }: { chosen: ChosenFilter }) {
  const options = [choices('payment', PAYMENT_STATUSES), choices('method', PAYMENT_METHODS), periodOptions()];
  const labels = ['filter.status', 'filter.method', 'filter.period'] as const;
  return (
    <div class="filters">
      {fields.map(([value, set], index) => (
        <Select
          key={labels[index]}
          label={t(labels[index] ?? 'filter.status')}
          value={value}
          onValue={set}
          options={options[index] ?? []}
        />
      ))}
    </div>
  );
}

type Refundable = { amount: Money; refundedAmount: Money; status: string };

/** An amount, and how much of it went back. */
export function PaidAmount({ payment: { amount, refundedAmount, status } }: { payment: Refundable }) {
  const isPartlyBack = status === 'COMPLETED' && Number(refundedAmount.amount) > 0;
  return (
    <>
      {money(amount)}
      {isPartlyBack && (
        <span class="sub block small">{t('payments.partlyBack', { amount: money(refundedAmount) })}</span>
      )}
    </>
  );
}

function choices(kind: string, values: readonly string[]) {
  return [['', t('filter.all')] as const, ...values.map((value) => [value, word(kind, value)] as const)];
}
