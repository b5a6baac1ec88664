/** The operators' pages; each is there for those who have its permission. */

import type { JSX } from 'preact';
import { learn, t } from '../i18n';
import { type Parameters, path, Redirect, type Route, routeOf } from '../router';
import { ClockBar } from '../shell/clock-bar';
import { type Area, Shell } from '../shell/shell';
import { NotFound } from '../ui/not-found';
import { Failed, Skeleton } from '../ui/states';
import { ActsScreen } from './access/acts';
import { ApprovalsScreen } from './access/approvals';
import { KeysScreen } from './access/keys';
import { CouponsScreen } from './coupons/coupons';
import { couponsPt } from './coupons/words-pt';
import { CustomerScreen } from './customers/customer';
import { CustomersScreen } from './customers/customers';
import { customersPt } from './customers/words-pt';
import { DeadLettersScreen } from './dead-letters';
import { EventsScreen, ReviewScreen } from './events';
import { InvoiceScreen } from './invoices/invoice';
import { InvoicesScreen } from './invoices/invoices';
import { invoicesPt } from './invoices/words-pt';
import { itemsPt } from './items/words-pt';
import { CheckoutLinksScreen } from './links/checkout-links';
import { linksPt } from './links/words-pt';
import { MailScreen } from './mail/mail';
import { MailboxScreen } from './mail/mailbox';
import { MailRulesScreen } from './mail/rules';
import { mailPt } from './mail/words-pt';
import { LateScreen } from './numbers/late';
import { NumbersScreen } from './numbers/numbers';
import { numbersPt } from './numbers/words-pt';
import { OverviewScreen } from './overview';
import { PaymentsScreen } from './payments';
import { Knowing, type Permission, useMay, useMe } from './permissions';
import { EditPlanScreen, NewPlanScreen } from './plan';
import { PlansScreen } from './plans';
import { operatorRefusalsPt } from './refusals-pt';
import { Search } from './search/search';
import { FeaturesScreen } from './selling/features';
import { EditProductScreen, NewProductScreen } from './selling/product';
import { ProductsScreen } from './selling/products';
import { ReportsScreen } from './selling/reports';
import { sellingPt } from './selling/words-pt';
import { SubscriptionScreen } from './subscriptions/subscription';
import { SubscriptionsScreen } from './subscriptions/subscriptions';
import { subscriptionsPt } from './subscriptions/words-pt';
import { TeamScreen } from './team/team';
import { teamPt } from './team/words-pt';
import { useWaitingReviews } from './waiting-reviews';
import { EndpointScreen } from './webhooks/endpoint';
import { EndpointsScreen } from './webhooks/endpoints';
import { webhooksPt } from './webhooks/words-pt';
import { adminPt } from './words-pt';
import '../styles/admin.css';

/** Whose words are all here: English ones are fetched when somebody wants them. */
export const ready = learn(
  {
    ...operatorRefusalsPt,
    ...adminPt,
    ...webhooksPt,
    ...couponsPt,
    ...customersPt,
    ...invoicesPt,
    ...itemsPt,
    ...sellingPt,
    ...linksPt,
    ...mailPt,
    ...numbersPt,
    ...subscriptionsPt,
    ...teamPt,
  },
  () => import('./english').then(({ english }) => english),
);

const HOME = '/admin';
const EVENTS = '/admin/eventos';
const NUMBERS = /^\/admin\/(numeros|atrasos|relatorios)$/;
const ACCESS = /^\/admin\/(acesso\/|equipe$)/;

const AREAS: readonly (Area & { needs: Permission })[] = [
  { to: HOME, name: 'nav.overview', icon: 'gauge', within: NUMBERS, needs: 'REPORTS_READ' },
  {
    to: '/admin/clientes',
    name: 'nav.customers',
    icon: 'people',
    within: /^\/admin\/clientes\//,
    needs: 'BILLING_READ',
  },
  {
    to: '/admin/assinaturas',
    name: 'nav.subscriptions',
    icon: 'cycle',
    within: /^\/admin\/assinaturas\//,
    needs: 'BILLING_READ',
  },
  {
    to: '/admin/faturas',
    name: 'nav.invoices',
    icon: 'document',
    within: /^\/admin\/faturas\//,
    needs: 'BILLING_READ',
  },
  { to: '/admin/pagamentos', name: 'nav.payments', icon: 'card', needs: 'BILLING_READ' },
  {
    to: EVENTS,
    name: 'nav.events',
    icon: 'bolt',
    within: /^\/admin\/eventos\//,
    needs: 'EVENTS_READ',
  },
  { to: '/admin/planos', name: 'nav.plans', icon: 'list', within: /^\/admin\/planos\//, needs: 'PLANS_READ' },
];

/** The area of access leads to the first of its pages that one may see. */
const ACCESS_PAGES: readonly { to: string; needs: Permission }[] = [
  { to: '/admin/acesso/aprovacoes', needs: 'REFUNDS_WRITE' },
  { to: '/admin/acesso/chaves', needs: 'KEYS_WRITE' },
  { to: '/admin/acesso/registro', needs: 'AUDIT_READ' },
  { to: '/admin/equipe', needs: 'MEMBERS_WRITE' },
];

const ROUTES: readonly Route[] = [
  page(HOME, 'REPORTS_READ', () => <OverviewScreen />),
  page('/admin/clientes', 'BILLING_READ', () => <CustomersScreen />),
  page('/admin/clientes/:id', 'BILLING_READ', ({ id = '' }) => <CustomerScreen customerId={id} />),
  page('/admin/assinaturas', 'BILLING_READ', () => <SubscriptionsScreen />),
  page('/admin/assinaturas/:id', 'BILLING_READ', ({ id = '' }) => <SubscriptionScreen subscriptionId={id} />),
  page('/admin/faturas', 'BILLING_READ', () => <InvoicesScreen />),
  page('/admin/faturas/:id', 'BILLING_READ', ({ id = '' }) => <InvoiceScreen invoiceId={id} />),
  page('/admin/pagamentos', 'BILLING_READ', () => <PaymentsScreen />),
  page('/admin/eventos', 'EVENTS_READ', () => <EventsScreen />),
  page('/admin/eventos/revisao', 'EVENTS_READ', () => <ReviewScreen />),
  page('/admin/eventos/falhas', 'EVENTS_READ', () => <DeadLettersScreen />),
  page('/admin/eventos/webhooks', 'WEBHOOKS_READ', () => <EndpointsScreen />),
  page('/admin/eventos/webhooks/:id', 'WEBHOOKS_READ', ({ id = '' }) => <EndpointScreen endpointId={id} />),
  page('/admin/eventos/emails', 'BILLING_READ', () => <MailRulesScreen />),
  page('/sandbox/mail', 'BILLING_READ', () => <MailboxScreen />),
  page('/sandbox/mail/:id', 'BILLING_READ', ({ id = '' }) => <MailScreen mailId={id} />),
  page('/admin/planos', 'PLANS_READ', () => <PlansScreen />),
  page('/admin/planos/novo', 'PLANS_WRITE', () => <NewPlanScreen />),
  page('/admin/planos/cupons', 'PLANS_READ', () => <CouponsScreen />),
  page('/admin/planos/links', 'BILLING_READ', () => <CheckoutLinksScreen />),
  page('/admin/planos/produtos', 'PLANS_READ', () => <ProductsScreen />),
  page('/admin/planos/produtos/novo', 'PLANS_WRITE', () => <NewProductScreen />),
  page('/admin/planos/produtos/:id', 'PLANS_WRITE', ({ id = '' }) => <EditProductScreen productId={id} />),
  page('/admin/planos/recursos', 'ENTITLEMENTS_READ', () => <FeaturesScreen />),
  page('/admin/numeros', 'REPORTS_READ', () => <NumbersScreen />),
  page('/admin/atrasos', 'BILLING_READ', () => <LateScreen />),
  page('/admin/relatorios', 'REPORTS_READ', () => <ReportsScreen />),
  page('/admin/planos/:id', 'PLANS_WRITE', ({ id = '' }) => <EditPlanScreen planId={id} />),
  page('/admin/acesso/aprovacoes', 'REFUNDS_WRITE', () => <ApprovalsScreen />),
  page('/admin/acesso/chaves', 'KEYS_WRITE', () => <KeysScreen />),
  page('/admin/acesso/registro', 'AUDIT_READ', () => <ActsScreen />),
  page('/admin/equipe', 'MEMBERS_WRITE', () => <TeamScreen />),
];

export function AdminPages() {
  const { data, failure, retry } = useMe();
  if (data) {
    return (
      <Knowing me={data.me}>
        <Pages />
      </Knowing>
    );
  }
  return (
    <main class="content">
      {failure ? <Failed what={t('page.failed')} failure={failure} onRetry={retry} /> : <Skeleton />}
    </main>
  );
}

function Pages() {
  const may = useMay();
  const found = routeOf(ROUTES, path.value);
  const access = ACCESS_PAGES.find(({ needs }) => may(needs));
  const waiting = useWaitingReviews();
  const areas: Area[] = AREAS.filter(({ needs }) => may(needs)).map((area) =>
    area.to === EVENTS ? { ...area, waiting } : area,
  );
  if (access) areas.push({ to: access.to, name: 'nav.access', icon: 'key', within: ACCESS });
  return (
    <Shell
      areas={areas}
      tool={may('BILLING_READ') && <Search />}
      feed={may('EVENTS_READ') ? 'events' : 'reports'}
      banner={<ClockBar isMovable={may('CLOCK_WRITE')} hasMailbox={may('BILLING_READ')} />}
    >
      <div key={path.value}>{found ? found[0].view(found[1]) : <NotFound home={areas[0]?.to ?? HOME} />}</div>
    </Shell>
  );
}

function page(pattern: string, needs: Permission, view: (parameters: Parameters) => JSX.Element): Route {
  return { pattern, view: (parameters) => <Guarded needs={needs}>{() => view(parameters)}</Guarded> };
}

/** A page for those who may see it. Others are led from the first page to theirs; elsewhere there is none. */
function Guarded({ needs, children }: { needs: Permission; children: () => JSX.Element }) {
  const may = useMay();
  if (may(needs)) return children();
  const theirs = AREAS.find((area) => may(area.needs))?.to ?? HOME;
  return path.value === HOME && theirs !== HOME ? <Redirect to={theirs} /> : <NotFound home={theirs} />;
}
