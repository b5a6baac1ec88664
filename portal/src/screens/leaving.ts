/** Withdrawing, and taking back a cancellation or a pause, as customers and operators ask for it. */

import { graphql } from '../graphql';

export const WITHDRAWAL_PREVIEW = graphql(`
  query WithdrawalPreview($id: ID!) {
    previewWithdrawal(subscriptionId: $id) {
      givenBack { amount currency }
      refunded { amount currency }
    }
  }
`);

export const WITHDRAW = graphql(`
  mutation Withdraw($input: WithdrawInput!) {
    withdraw(input: $input) {
      subscription { id status endReason withdrawableUntil }
      userErrors { code message field }
    }
  }
`);

export const UNCANCEL = graphql(`
  mutation Uncancel($input: UncancelSubscriptionInput!) {
    uncancelSubscription(input: $input) {
      subscription { id cancelAtPeriodEnd }
      userErrors { code message field }
    }
  }
`);

export const RESUME = graphql(`
  mutation Resume($input: ResumeSubscriptionInput!) {
    resumeSubscription(input: $input) {
      subscription { id status }
      userErrors { code message field invoiceId }
    }
  }
`);
