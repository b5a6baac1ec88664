/** The discounts of a subscription, one more by a code, and taking one away. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { counted, t } from '../../i18n';
import { money, percent } from '../../i18n/format';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/field';
import { Section } from '../../ui/page';
import { fieldErrors } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { type Column, Table } from '../../ui/table';
import { ActDialog, ReasonField } from '../act-dialog';
import { Allowed, useMay } from '../permissions';
import { RemoveDiscountDialog } from './confirm-dialogs';
import type { Held, HeldProps } from './held';

const APPLY = graphql(`
  mutation ApplyCoupon($input: ApplyCouponInput!) {
    applyCoupon(input: $input) { subscription { id } userErrors { code message field retryAt } }
  }
`);

type Discount = Held['discounts'][number];

const FIELDS = ['couponCode', 'reason'] as const;
const CODE_CHARS_MAX = 60;
const PERCENT_DIGITS = 2;

export function Discounts({ of: held }: { of: Held }) {
  const [isApplying, setApplying] = useState(false);
  const [removedId, setRemovedId] = useState<string | null>(null);
  const may = useMay()('SUBSCRIPTIONS_WRITE');
  const removed = held.discounts.find((one) => one.id === removedId);
  const canApply = held.status !== 'CANCELLED';
  if (!canApply && !held.discounts.length) return null;
  return (
    <Section
      title={t('desk.discounts')}
      isRuled
      aside={
        canApply && (
          <Allowed to="SUBSCRIPTIONS_WRITE">
            <Button isSmall onClick={() => setApplying(true)}>
              {t('desk.applyCoupon')}
            </Button>
          </Allowed>
        )
      }
    >
      {held.discounts.length ? (
        <Table
          caption={t('desk.discounts')}
          rows={held.discounts}
          columns={columnsOf(may && canApply ? setRemovedId : null)}
        />
      ) : (
        <Empty title={t('desk.noDiscount')} text={t('desk.noDiscountText')} />
      )}
      {isApplying && <ApplyDialog held={held} onClose={() => setApplying(false)} />}
      {removed && <RemoveDiscountDialog held={held} discount={removed} onClose={() => setRemovedId(null)} />}
    </Section>
  );
}

function columnsOf(remove: ((id: string) => void) | null): Column<Discount>[] {
  const columns: Column<Discount>[] = [
    { place: 'main', title: t('coupon'), cell: (one) => <span class="mono">{one.code}</span> },
    {
      place: 'amount',
      title: t('coupons.off'),
      cell: (one) => (one.amount ? money(one.amount) : percent(Number(one.percent) / 100, PERCENT_DIGITS)),
    },
    { place: 'how', title: t('column.note'), cell: noteText },
  ];
  if (!remove) return columns;
  const action: Column<Discount> = {
    place: 'action',
    title: '',
    cell: (one) => (
      <Button look="link" onClick={() => remove(one.id)}>
        {t('desk.removeDiscount')}
      </Button>
    ),
  };
  return [...columns, action];
}

/** For how long it goes on, and whether it rests since the plan has another currency. */
function noteText({ duration, left, rests }: Discount): string {
  const time =
    duration === 'FOREVER'
      ? t('coupons.FOREVER')
      : counted(duration === 'MONTHS' ? 'coupons.months' : 'coupons.periods', left ?? 0);
  return rests ? `${time}; ${t('desk.rests')}` : time;
}

function ApplyDialog({ held, onClose }: HeldProps) {
  const act = useAct(APPLY, { once: true });
  const [code, setCode] = useState('');
  const [reason, setReason] = useState('');
  const [isMissing, setMissing] = useState(false);
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const apply = async () => {
    setMissing(!code.trim());
    const given = { subscriptionId: held.id, couponCode: code.trim(), reason: reason.trim() || null };
    if (code.trim() && (await act.act(given))) onClose();
  };
  return (
    <ActDialog
      title={t('desk.applyCoupon')}
      text={t('desk.applyCouponText')}
      confirm={t('desk.applyCoupon')}
      act={act}
      fields={FIELDS}
      onAct={apply}
      onClose={onClose}
    >
      <TextField
        label={t('coupon')}
        value={code}
        error={isMissing ? t('desk.couponMissing') : errors.couponCode}
        onValue={setCode}
        maxLength={CODE_CHARS_MAX}
        required
      />
      <ReasonField value={reason} error={errors.reason} onValue={setReason} />
    </ActDialog>
  );
}
