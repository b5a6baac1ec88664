/** The operators' pages. */

import { learn } from '../i18n';
import { path, type Route, routeOf } from '../router';
import { ClockBar } from '../shell/clock-bar';
import { type Area, Shell } from '../shell/shell';
import { NotFound } from '../ui/not-found';
import { DeadLettersScreen } from './dead-letters';
import { EventsScreen, ReviewScreen } from './events';
import { OverviewScreen } from './overview';
import { PaymentsScreen } from './payments';
import { EditPlanScreen, NewPlanScreen } from './plan';
import { PlansScreen } from './plans';
import { SubscriptionScreen } from './subscription';
import { SubscriptionsScreen } from './subscriptions';
import { adminEn } from './words-en';
import { adminPt } from './words-pt';
import '../styles/admin.css';

learn({ 'pt-BR': adminPt, en: adminEn });

const AREAS: readonly Area[] = [
  { to: '/admin', name: 'nav.overview', icon: 'gauge' },
  { to: '/admin/assinaturas', name: 'nav.subscriptions', icon: 'people', within: /^\/admin\/assinaturas\// },
  { to: '/admin/pagamentos', name: 'nav.payments', icon: 'card' },
  { to: '/admin/eventos', name: 'nav.events', icon: 'bolt', within: /^\/admin\/eventos\// },
  { to: '/admin/planos', name: 'nav.plans', icon: 'list', within: /^\/admin\/planos\// },
];

const ROUTES: readonly Route[] = [
  { pattern: '/admin', view: () => <OverviewScreen /> },
  { pattern: '/admin/assinaturas', view: () => <SubscriptionsScreen /> },
  {
    pattern: '/admin/assinaturas/:id',
    view: ({ id = '' }) => <SubscriptionScreen subscriptionId={id} />,
  },
  { pattern: '/admin/pagamentos', view: () => <PaymentsScreen /> },
  { pattern: '/admin/eventos', view: () => <EventsScreen /> },
  { pattern: '/admin/eventos/revisao', view: () => <ReviewScreen /> },
  { pattern: '/admin/eventos/falhas', view: () => <DeadLettersScreen /> },
  { pattern: '/admin/planos', view: () => <PlansScreen /> },
  { pattern: '/admin/planos/novo', view: () => <NewPlanScreen /> },
  { pattern: '/admin/planos/:id', view: ({ id = '' }) => <EditPlanScreen planId={id} /> },
];

export function AdminPages() {
  const found = routeOf(ROUTES, path.value);
  return (
    <Shell areas={AREAS} isOperator banner={<ClockBar />}>
      <div key={path.value}>{found ? found[0].view(found[1]) : <NotFound home="/admin" />}</div>
    </Shell>
  );
}
