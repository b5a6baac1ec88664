/** What the acts of an operator have to know of a subscription. */

import { type FragmentOf, graphql } from '../../graphql';

export const HELD_BY_CUSTOMER = graphql(`
  fragment HeldByCustomer on BillingSubscription @_unmask {
    id
    status
    quantity
    price { amount currency }
    currentPeriod { start end }
    trialEndsOn
    pendingChange { planName takesEffectOn awaitingPayment }
    cancelAtPeriodEnd
    pauseAtPeriodEnd
    pausesOn
    withdrawableUntil
    discounts { id code kind percent amount { amount currency } duration left rests }
    plan { id name billingCycle }
    customer { id }
  }
`);

export type Held = FragmentOf<typeof HELD_BY_CUSTOMER>;

export type HeldProps = { held: Held; onClose: () => void };
