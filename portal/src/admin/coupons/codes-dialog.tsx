/** Codes of a coupon, each for one use: how many, and then the codes themselves, this once. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Copy } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { wholeOf } from '../amount';
import type { Coupon } from './coupon';

const CREATE = graphql(`
  mutation CreateCouponCodes($input: CreateCouponCodesInput!) {
    createCouponCodes(input: $input) { codes userErrors { code message field } }
  }
`);

const FIELDS = ['count', 'prefix'] as const;
const PREFIX_CHARS_MAX = 30;

export function CodesDialog({ coupon, onClose }: { coupon: Coupon; onClose: () => void }) {
  const [codes, setCodes] = useState<readonly string[]>([]);
  return (
    <Dialog title={t('coupons.codesTitle', { name: coupon.name })} onClose={onClose}>
      {codes.length ? (
        <div class="form">
          <p class="muted">{t('coupons.codesOnce')}</p>
          <Copy text={codes.join('\n')} label={t('coupons.codesCopy')} name={t('coupons.codes')} />
          <div class="actions">
            <Button onClick={onClose}>{t('close')}</Button>
          </div>
        </div>
      ) : (
        <CodesForm couponId={coupon.id} onMade={setCodes} />
      )}
    </Dialog>
  );
}

type CodesFormProps = { couponId: string; onMade: (codes: readonly string[]) => void };

function CodesForm({ couponId, onMade }: CodesFormProps) {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  const [count, setCount] = useState('10');
  const [prefix, setPrefix] = useState('');
  const [isWrong, setWrong] = useState(false);
  const errors = fieldErrors(problem.errors, FIELDS);
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = wholeOf(count);
    setWrong(wanted === null);
    if (isBusy || wanted === null) return;
    const made = await act({ couponId, count: wanted, prefix: prefix.trim() });
    if (made) onMade(made.codes);
  };
  return (
    <form class="form" onSubmit={create} noValidate>
      <p class="muted">{t('coupons.codesText')}</p>
      <TextField
        label={t('coupons.codesCount')}
        hint={t('coupons.codesHint')}
        value={count}
        error={isWrong ? t('coupons.numberWrong') : errors.count}
        onValue={setCount}
        inputMode="numeric"
        required
      />
      <TextField
        label={t('coupons.prefix')}
        value={prefix}
        error={errors.prefix}
        onValue={setPrefix}
        maxLength={PREFIX_CHARS_MAX}
      />
      <FormProblem problem={problem} fields={FIELDS} />
      <div class="actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('coupons.codesCreate')}
        </Button>
      </div>
    </form>
  );
}
