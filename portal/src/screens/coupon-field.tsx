/** A code at checkout: what it comes to, in the words of the API, before anything is bought. */

import { useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { spoken } from '../i18n/language';
import { refusalText } from '../i18n/refusals';
import { useSearchParameter } from '../router';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';

const COUPON = graphql(`
  query CouponPreview($code: String!, $plan: ID!) {
    couponPreview(code: $code, planId: $plan) {
      valid
      reason
      pt: text(language: PORTUGUESE)
      en: text(language: ENGLISH)
      firstInvoice { total { amount currency } }
    }
  }
`);

const CODE_CHARS_MAX = 60;

export type CouponPreview = ResultOf<typeof COUPON>['couponPreview'];

/** What a code that was typed gives; null while there is none, or its answer is on the way. The address keeps it. */
export function useCoupon(planId: string) {
  const [code, setCode] = useSearchParameter('cupom');
  const { data, isStale } = useAsk(COUPON, { code, plan: planId }, { pause: !code });
  const preview = code && data && !isStale ? data.couponPreview : null;
  return { code: preview?.valid ? code : null, typed: code, preview, setCode };
}

type CouponFieldProps = { start: string; preview: CouponPreview | null; onCode: (code: string) => void };

export function CouponField({ start, preview, onCode }: CouponFieldProps) {
  const [typed, setTyped] = useState(start);
  const refusal = preview?.reason && (refusalText(preview.reason) ?? t('coupon.refused'));
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onCode(typed.trim());
      }}
    >
      <TextField
        label={t('coupon')}
        value={typed}
        maxLength={CODE_CHARS_MAX}
        error={refusal || undefined}
        hint={preview?.valid ? spoken(preview) : undefined}
        onValue={setTyped}
      />
      <Button type="submit">{t('coupon.apply')}</Button>
    </form>
  );
}
