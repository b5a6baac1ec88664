/** For which plans, cycles and prices a coupon is, and for whom. */

import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t, word } from '../../i18n';
import { planText } from '../../i18n/billing';
import { Checks, Segments } from '../../ui/choice';
import { TextField } from '../../ui/field';

const PLANS = graphql(`
  query CouponPlans {
    plans(filter: { active: true }, first: 100) { edges { node { id name billingCycle } } }
  }
`);
const CYCLES = ['MONTHLY', 'QUARTERLY', 'SEMIANNUAL', 'ANNUAL'] as const;
const CURRENCY_CHARS = 3;

export type Restrictions = {
  someOnly: boolean;
  planIds: readonly string[];
  cycles: readonly (typeof CYCLES)[number][];
  firstPurchaseOnly: boolean;
};
export type RestrictionsWrong = { planIds?: string; minimum?: string };
type Minimum = { minimum: string; minimumCurrency: string };

type RestrictionFieldsProps = {
  draft: Restrictions & Minimum;
  wrong: RestrictionsWrong;
  onDraft: (changed: Partial<Restrictions & Minimum>) => void;
};

export function RestrictionFields({ draft, wrong, onDraft }: RestrictionFieldsProps) {
  const plans = useAsk(PLANS, {}).data?.plans.edges.map((edge) => edge.node) ?? [];
  return (
    <>
      <Segments
        legend={t('coupons.plansFor')}
        showsLegend
        value={draft.someOnly ? 'SOME' : 'ALL'}
        options={[
          { value: 'ALL', label: t('coupons.plansAll') },
          { value: 'SOME', label: t('coupons.plansSome') },
        ]}
        onValue={(value) => onDraft({ someOnly: value === 'SOME' })}
      />
      {draft.someOnly && (
        <Checks
          legend={t('coupons.plansWhich')}
          values={draft.planIds}
          options={plans.map((plan) => ({ value: plan.id, label: planText(plan) }))}
          onValues={(planIds) => onDraft({ planIds })}
          error={wrong.planIds}
        />
      )}
      <Checks
        legend={t('coupons.cycles')}
        values={draft.cycles}
        options={CYCLES.map((value) => ({ value, label: word('cycle', value) }))}
        onValues={(cycles) => onDraft({ cycles })}
      />
      <div class="pair">
        <TextField
          label={t('coupons.minimum')}
          value={draft.minimum}
          error={wrong.minimum}
          onValue={(minimum) => onDraft({ minimum })}
          inputMode="decimal"
        />
        <TextField
          label={t('coupons.minimumCurrency')}
          value={draft.minimumCurrency}
          onValue={(minimumCurrency) => onDraft({ minimumCurrency })}
          maxLength={CURRENCY_CHARS}
        />
      </div>
      <Checks
        legend={t('coupons.who')}
        values={draft.firstPurchaseOnly ? ['first'] : []}
        options={[{ value: 'first', label: t('coupons.firstOnly') }]}
        onValues={(values) => onDraft({ firstPurchaseOnly: values.length > 0 })}
      />
    </>
  );
}
