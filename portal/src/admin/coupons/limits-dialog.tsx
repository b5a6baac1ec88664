/** Other limits of a coupon that is there: the discount itself never changes. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { FormProblem, fieldErrors } from '../../ui/problem';
import type { Coupon } from './coupon';
import { LIMIT_FIELDS, LimitFields, type LimitsWrong, limitsOf, NameField } from './limit-fields';

const UPDATE = graphql(`
  mutation UpdateCoupon($input: UpdateCouponInput!) {
    updateCoupon(input: $input) { coupon { id } userErrors { code message field } }
  }
`);

export function LimitsDialog({ coupon, onClose }: { coupon: Coupon; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(UPDATE);
  const [draft, setDraft] = useState({
    name: coupon.name,
    startsOn: coupon.startsOn ?? '',
    endsOn: coupon.endsOn ?? '',
    maxRedemptions: String(coupon.maxRedemptions ?? ''),
    maxPerCustomer: String(coupon.maxPerCustomer ?? ''),
  });
  const [wrong, setWrong] = useState<LimitsWrong>({});
  const fields = {
    draft,
    wrong: { ...fieldErrors(problem.errors, LIMIT_FIELDS), ...wrong },
    onDraft: (changed: Partial<typeof draft>) => setDraft({ ...draft, ...changed }),
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = limitsOf(draft);
    setWrong(read.wrong);
    if (isBusy || Object.keys(read.wrong).length) return;
    if (await act({ couponId: coupon.id, ...read.limits })) onClose();
  };
  return (
    <Dialog title={t('coupons.changeTitle', { name: coupon.name })} onClose={onClose}>
      <form class="form" onSubmit={save} noValidate>
        <p class="muted">{t('coupons.changeText')}</p>
        <NameField {...fields} />
        <LimitFields {...fields} />
        <FormProblem problem={problem} fields={LIMIT_FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('coupons.save')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
