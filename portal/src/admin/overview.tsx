/** The overview: what comes in every month, how it moves, and whether the engine keeps up. */

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Answer, useAsk } from '../api/asking';
import { UNREACHABLE } from '../api/failure';
import { graphql, type ResultOf } from '../graphql';
import { counted, t } from '../i18n';
import { dayOf, firstOfMonth } from '../i18n/business-day';
import { monthName, number } from '../i18n/format';
import { Link } from '../router';
import { ButtonLink } from '../ui/button';
import { Page, Section } from '../ui/page';
import { Pending } from '../ui/pending';
import { Empty, Failed, Skeleton } from '../ui/states';
import { Table } from '../ui/table';
import { Bars } from './bars';
import { EVENT, type EventRow, useEventColumns } from './event-rows';
import { ExportButton } from './export-button';
import { Kpis } from './kpis';
import { MOVES, MovesSection } from './moves';
import { sameDaysOfLastMonth } from './numbers/span';
import { NumbersTabs } from './numbers/tabs';
import { Allowed, useMay } from './permissions';

const TODAY = graphql('query OverviewToday { clock { now } }');

const REVENUE = graphql(
  `
    query Revenue($startDate: Date!, $endDate: Date!) {
      revenueReport(startDate: $startDate, endDate: $endDate) {
        months {
          startDate
          startMrr { amount currency }
          mrr { amount currency }
          activeSubscriptions
          customerChurn
          movements { ...Moves }
        }
        totals { movements { ...Moves } }
      }
    }
  `,
  [MOVES],
);

const PLANS = graphql(`
  query OverviewPlans { subscriptionReport { totalActive plans { planId name activeSubscriptions } } }
`);

const ENGINE = graphql(
  `
    query Engine {
      consumerGroups { stream group lag pending }
      deadLetters(first: 1) { totalCount }
      events(first: 8) { edges { node { ...EventRow } } }
    }
  `,
  [EVENT],
);

type Revenue = ResultOf<typeof REVENUE>['revenueReport'];
type PlanCount = ResultOf<typeof PLANS>['subscriptionReport']['plans'][number];

const ENGINE_EVERY_MS = 5_000;
const MONTHS = 12;
/** How many plans have a bar of their own. */
const BARS_MAX = 8;

export function OverviewScreen() {
  const plans = useAsk(PLANS, {}, { everyMs: ENGINE_EVERY_MS });
  const seesEngine = useMay()('EVENTS_READ');
  const engine = useAsk(ENGINE, {}, { everyMs: ENGINE_EVERY_MS, pause: !seesEngine });
  const clock = useAsk(TODAY, {});
  const now = clock.data?.clock.now;
  const revenue = useAsk(REVENUE, windowUntil(now), { pause: !now });
  const earlier = useAsk(REVENUE, sameDaysOfLastMonth(dayOf(now ?? new Date(0).toISOString())), {
    pause: !now,
  });
  const missing = !plans.data ? plans : seesEngine && !engine.data ? engine : null;
  if (missing || !plans.data)
    return <Pending answer={missing ?? plans} title={t('overview')} failed={t('overview.failed')} />;
  const { subscriptionReport } = plans.data;
  const month = revenue.data?.revenueReport.months.at(-1);
  const before = earlier.data?.revenueReport.months.at(-1);
  return (
    <Page
      title={t('overview')}
      lede={now && t('overview.lede', { month: capitalised(monthName(dayOf(now))) })}
      aside={
        <div class="actions">
          <NumbersTabs />
          <ExportButton kind="movements" />
        </div>
      }
    >
      <Kpis
        month={month}
        before={before}
        active={subscriptionReport.totalActive}
        engine={engine.data && loadOf(engine.data)}
      />
      {revenue.data ? (
        <Money report={revenue.data.revenueReport} plans={subscriptionReport.plans} />
      ) : (
        <NoMoney answer={clock.failure ? clock : revenue} />
      )}
      {engine.data && <LatestEvents rows={engine.data.events.edges.map((edge) => edge.node)} />}
    </Page>
  );
}

/** How much waits, and how much has failed. */
function loadOf({ consumerGroups, deadLetters }: ResultOf<typeof ENGINE>) {
  return {
    waiting: consumerGroups.reduce((sum, group) => sum + (group.lag ?? 0) + group.pending, 0),
    dead: deadLetters.totalCount ?? 0,
  };
}

function NoMoney({ answer: { failure, retry } }: { answer: Pick<Answer<unknown>, 'failure' | 'retry'> }) {
  return failure ? (
    <Failed what={t('revenue.failed')} failure={failure} onRetry={retry} />
  ) : (
    <Skeleton rows={5} />
  );
}

function Money({ report, plans }: { report: Revenue; plans: readonly PlanCount[] }) {
  const month = report.months.at(-1);
  return (
    <>
      <div class="columns overview">
        <section>
          <h2>{t('overview.mrr')}</h2>
          <Chart months={sinceTheFirst(report.months)} />
        </section>
        <section>
          <h2>{t('overview.plans')}</h2>
          <PlanBars plans={plans} />
        </section>
      </div>
      {month && <MovesSection month={month.movements} year={report.totals.movements} />}
    </>
  );
}

/** What draws the line comes with the first visit: no other page needs it. */
function Chart({ months }: { months: Revenue['months'] }) {
  const [Loaded, setLoaded] = useState<ComponentType<{ months: Revenue['months'] }>>();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    import('./mrr-chart').then(
      (module) => setLoaded(() => module.MrrChart),
      () => setFailed(true),
    );
  }, []);
  if (Loaded) return <Loaded months={months} />;
  if (!hasFailed) return <Skeleton rows={4} />;
  return <Failed what={t('revenue.failed')} failure={UNREACHABLE} onRetry={() => location.reload()} />;
}

/** A name's plans together, whatever their cycles. */
function PlanBars({ plans }: { plans: readonly PlanCount[] }) {
  const byName = new Map<string, number>();
  for (const { name, activeSubscriptions } of plans) {
    byName.set(name, (byName.get(name) ?? 0) + activeSubscriptions);
  }
  if (!byName.size) {
    return (
      <Empty title={t('plans.none')} text={t('plans.noneText')}>
        <Allowed to="PLANS_WRITE">
          <ButtonLink to="/admin/planos/novo" isSmall>
            {t('plan.create')}
          </ButtonLink>
        </Allowed>
      </Empty>
    );
  }
  const byCount = [...byName].sort(([, one], [, other]) => other - one);
  const rest = byCount.slice(BARS_MAX);
  const rows = byCount.slice(0, BARS_MAX).map(([name, value]) => ({ name, value, text: number(value) }));
  if (rest.length) {
    const sum = rest.reduce((so, [, value]) => so + value, 0);
    rows.push({ name: counted('overview.otherPlans', rest.length), value: sum, text: number(sum) });
  }
  return <Bars rows={rows} />;
}

function LatestEvents({ rows }: { rows: readonly EventRow[] }) {
  const { columns, dialog } = useEventColumns();
  return (
    <Section
      title={t('overview.events')}
      isRuled
      aside={
        <Link to="/admin/eventos" class="link">
          {t('overview.allEvents')}
        </Link>
      }
    >
      {rows.length ? (
        <Table caption={t('overview.events')} columns={columns} rows={rows} />
      ) : (
        <Empty title={t('events.empty')} text={t('events.emptyText')} />
      )}
      {dialog}
    </Section>
  );
}

/** The months from the one before the first in which anything recurred: a young business sees all of its growth. */
function sinceTheFirst(months: Revenue['months']): Revenue['months'] {
  const first = months.findIndex(({ mrr }) => /[1-9]/.test(mrr.amount));
  return months.slice(Math.max(0, first - 1));
}

/** The last twelve calendar months, this one included. */
function windowUntil(now: string | undefined) {
  const today = dayOf(now ?? new Date(0).toISOString());
  return { startDate: firstOfMonth(today, 1 - MONTHS), endDate: today };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
