/** Plans on offer and those that are not any more. */

import { useAsk, usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { planText } from '../i18n/billing';
import { instantDate, money, number } from '../i18n/format';
import { Link, useSearchParameter } from '../router';
import { ButtonLink } from '../ui/button';
import { Select } from '../ui/field';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { Allowed, useMay } from './permissions';
import { PlanTabs } from './plan-tabs';

const PLANS = graphql(`
  query AdminPlans($filter: PlanFilter, $first: Int!, $after: String) {
    plans(filter: $filter, first: $first, after: $after) {
      edges {
        node { id version name billingCycle active createdAt price { amount currency } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const COUNTS = graphql('query PlanCounts { subscriptionReport { plans { planId activeSubscriptions } } }');

type Plan = ResultOf<typeof PLANS>['plans']['edges'][number]['node'];

export function PlansScreen() {
  const [state, setState] = useSearchParameter('situacao');
  const pages = usePages(
    PLANS,
    { filter: { active: state ? state === 'ON_OFFER' : null } },
    (data) => data.plans,
  );
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
      <div class="filters">
        <Select
          label={t('filter.status')}
          value={state}
          onValue={setState}
          options={[
            ['', t('filter.allPlans')],
            ['ON_OFFER', t('plan.ON_OFFER')],
            ['ARCHIVED', t('plan.ARCHIVED')],
          ]}
        />
      </div>
      <List
        caption={t('plans')}
        pages={pages}
        columns={columns(byPlan, may('PLANS_WRITE'))}
        failed={t('plans.failed')}
        onClear={state ? () => setState('') : undefined}
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
