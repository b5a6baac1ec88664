/** The customer's pages. */

import { path, type Route, routeOf } from '../router';
import { Footer } from '../shell/footer';
import { Notices } from '../shell/notices';
import { type Area, Shell } from '../shell/shell';
import { NotFound } from '../ui/not-found';
import { ActivationScreen } from './activation';
import { ChangePlanScreen } from './change-plan';
import { CheckoutScreen } from './checkout';
import { InvoiceScreen } from './invoice';
import { InvoicesScreen } from './invoices';
import { PayScreen } from './pay';
import { PaymentMethodScreen } from './payment-method';
import { PaymentsScreen } from './payments';
import { PlansScreen } from './plans';
import { SubscriptionScreen } from './subscription';

const AREAS: readonly Area[] = [
  { to: '/planos', name: 'nav.plans', icon: 'list', within: /^\/$|^\/checkout\// },
  { to: '/assinatura', name: 'nav.subscription', icon: 'cycle', within: /^\/assinatura\// },
  { to: '/pagamentos', name: 'nav.payments', icon: 'card', within: /^\/pagar\// },
  { to: '/faturas', name: 'nav.invoices', icon: 'document', within: /^\/faturas\// },
];

const ROUTES: readonly Route[] = [
  { pattern: '/', view: () => <PlansScreen isHome /> },
  { pattern: '/planos', view: () => <PlansScreen /> },
  { pattern: '/checkout/:plan', view: ({ plan = '' }) => <CheckoutScreen planId={plan} /> },
  { pattern: '/assinatura', view: () => <SubscriptionScreen /> },
  { pattern: '/assinatura/ativacao', view: () => <ActivationScreen /> },
  { pattern: '/assinatura/forma', view: () => <PaymentMethodScreen /> },
  { pattern: '/assinatura/trocar/:plan', view: ({ plan = '' }) => <ChangePlanScreen planId={plan} /> },
  { pattern: '/pagamentos', view: () => <PaymentsScreen /> },
  { pattern: '/pagar/:invoice', view: ({ invoice = '' }) => <PayScreen invoiceId={invoice} /> },
  { pattern: '/faturas', view: () => <InvoicesScreen /> },
  { pattern: '/faturas/:invoice', view: ({ invoice = '' }) => <InvoiceScreen invoiceId={invoice} /> },
];

export function CustomerPages() {
  const found = routeOf(ROUTES, path.value);
  return (
    <Shell areas={AREAS} footer={<Footer />}>
      <Notices />
      <div key={path.value}>{found ? found[0].view(found[1]) : <NotFound home="/" />}</div>
    </Shell>
  );
}
