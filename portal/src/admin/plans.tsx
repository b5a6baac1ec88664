/** Plans on offer and those that are not any more. */

import { useAsk, usePages, useTotal } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { planText } from '../i18n/billing';
import { instantDate, money, number } from '../i18n/format';
import { Link } from '../router';
import { ButtonLink } from '../ui/button';
import { orderOf, useFilters } from '../ui/filters';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { Allowed, useMay } from './permissions';
import { PlanTabs } from './plan-tabs';

const PLANS = graphql(`
  query AdminPlans($filter: PlanFilter, $orderBy: PlanOrder, $first: Int!, $after: String) {
    plans(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node { id version name billingCycle active createdAt price { amount currency } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const TOTAL = graphql(`
  query PlansTotal($filter: PlanFilter) { plans(filter: $filter, first: 1) { totalCount } }
`);
const COUNTS = graphql('query PlanCounts { subscriptionReport { plans { planId activeSubscriptions } } }');

type Plan = ResultOf<typeof PLANS>['plans']['edges'][number]['node'];

const ORDERS = ['CREATED_AT', 'PRICE'] as const;

export function PlansScreen() {
  const { chosen, clear, fields } = useFilters([
    {
      name: 'situacao',
      label: t('filter.status'),
      options: [
        ['', t('filter.allPlans')],
        ['ON_OFFER', t('plan.ON_OFFER')],
        ['ARCHIVED', t('plan.ARCHIVED')],
      ],
    },
    orderOf(ORDERS, 'plans'),
  ]);
  const state = chosen('situacao');
  const filter = { active: state === null ? null : state === 'ON_OFFER' };
  const field = chosen<(typeof ORDERS)[number]>('ordem') ?? 'CREATED_AT';
  const orderBy = { field, direction: 'DESC' as const };
  const may = useMay();
  const counts = useAsk(COUNTS, {}, { pause: !may('REPORTS_READ') }).data?.subscriptionReport.plans;
  const byPlan = counts && new Map(counts.map((one) => [one.planId, one.activeSubscriptions]));
  return (
    <Page title={t('plans')} lede={t('plans.adminLede')} aside={<PlanTabs />}>
      <Allowed to="PLANS_WRITE">
        <div class="actions before-list">
          <ButtonLink to="/admin/planos/novo" look="primary" isSmall>
            {t('plan.new')}
          </ButtonLink>
        </div>
      </Allowed>
      {fields}
      <List
        caption={t('plans')}
        pages={usePages(PLANS, { filter, orderBy }, (data) => data.plans)}
        total={useTotal(TOTAL, { filter }, (data) => data.plans.totalCount)}
        columns={columns(byPlan, may('PLANS_WRITE'))}
        failed={t('plans.failed')}
        onClear={clear}
        empty={<Empty title={t('plans.none')} text={t('plans.noneText')} />}
      />
    </Page>
  );
}

function columns(byPlan: ReadonlyMap<string, number> | undefined, canEdit: boolean): Column<Plan>[] {
  return [
    {
      place: 'main',
      title: t('plan'),
      cell: (plan) =>
        canEdit ? (
          <Link to={`/admin/planos/${plan.id}`} class="row-link">
            {planText(plan)}
          </Link>
        ) : (
          planText(plan)
        ),
    },
    {
      place: 'how',
      title: t('plan.version'),
      cell: (plan) => t('plan.versionOf', { version: plan.version }),
    },
    { place: 'when', title: t('plan.created'), cell: (plan) => instantDate(plan.createdAt) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (plan) => <Status of="plan" value={plan.active ? 'ON_OFFER' : 'ARCHIVED'} />,
    },
    { place: 'amount', title: t('checkout.priceName'), cell: (plan) => money(plan.price) },
    {
      place: 'action',
      title: t('kpi.active'),
      cell: (plan) => <span class="if-wide">{byPlan ? number(byPlan.get(plan.id) ?? 0) : '–'}</span>,
    },
  ];
}
