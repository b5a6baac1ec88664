/** What the editor opens with: the README's first queries, in its order and its words. */

export const STARTERS = [
  `{ plans(filter: { active: true }, first: 5) { edges { node { id name price { amount currency } billingCycle trialDays } } } }
`,
  `mutation {
  createSubscription(input: {
    planId: "plan_…", customerEmail: "cliente@email.com", skipTrial: true, paymentMethod: { pix: {} }
  }) {
    subscription { id status nextBillingDate }
    userErrors { code message field }
  }
}
`,
  `{ subscriptionReport { totalActive totalCancelled plans { planId name activeSubscriptions } } }
`,
];
