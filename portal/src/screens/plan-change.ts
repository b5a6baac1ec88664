/** A change of plan as customers and operators ask for it: what it comes to, and making it. */

import { graphql } from '../graphql';
import { LINE } from '../i18n/billing';

export type Timing = 'IMMEDIATE' | 'PERIOD_END';

export const PREVIEW = graphql(
  `
    query PlanChangePreview($input: PreviewPlanChangeInput!) {
      previewPlanChange(input: $input) {
        lines { ...Line }
        creditApplied { amount currency }
        totalDueNow { amount currency }
        takesEffectOn
        takesEffectWhenPaid
        nextBillingDate
        nextAmount { amount currency }
        status
      }
    }
  `,
  [LINE],
);

export const CHANGE = graphql(`
  mutation ChangePlan($input: ChangePlanInput!) {
    changePlan(input: $input) {
      subscription { id status invoices(first: 1) { edges { node { id status } } } }
      userErrors { code message field invoiceId retryAt }
    }
  }
`);
