/** The overview: what comes in every month, how it moves, and whether the engine keeps up. */

import { useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { counted, t } from '../i18n';
import { localDay, money, monthName, number, percent } from '../i18n/format';
import { Link } from '../router';
import { Segments } from '../ui/choice';
import { Page, Section } from '../ui/page';
import { Pending } from '../ui/pending';
import { Failed, Skeleton } from '../ui/states';
import { Bars } from './bars';
import { EVENT, EventRows } from './event-rows';
import { MrrChart } from './mrr-chart';

const TODAY = graphql('query OverviewToday { clock { now } }');

const REVENUE = graphql(`
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
  fragment Moves on MrrMovements @_unmask {
    new { amount currency }
    expansion { amount currency }
    reactivation { amount currency }
    resume { amount currency }
    contraction { amount currency }
    churn { amount currency }
    pause { amount currency }
  }
`);

const ENGINE = graphql(
  `
    query Engine {
      subscriptionReport { totalActive plans { planId name activeSubscriptions } }
      consumerGroups { stream group lag pending }
      deadLetters(first: 1) { totalCount }
      events(first: 8) { edges { node { ...EventRow } } }
    }
  `,
  [EVENT],
);

type Revenue = ResultOf<typeof REVENUE>['revenueReport'];
type Engine = ResultOf<typeof ENGINE>;

const ENGINE_EVERY_MS = 5_000;
const MONTHS = 12;
const GAINS = ['new', 'expansion', 'reactivation', 'resume'] as const;
const LOSSES = ['contraction', 'churn', 'pause'] as const;

export function OverviewScreen() {
  const engine = useAsk(ENGINE, {}, { everyMs: ENGINE_EVERY_MS });
  const now = useAsk(TODAY, {}).data?.clock.now;
  const revenue = useAsk(REVENUE, windowUntil(now), { pause: !now });
  if (!engine.data) return <Pending answer={engine} title={t('overview')} failed={t('overview.failed')} />;
  return (
    <Page
      title={t('overview')}
      lede={now && t('overview.lede', { month: monthName(localDay(new Date(now))) })}
    >
      <Kpis engine={engine.data} revenue={revenue.data?.revenueReport} />
      {revenue.data ? (
        <Money report={revenue.data.revenueReport} engine={engine.data} />
      ) : revenue.failure ? (
        <Failed what={t('revenue.failed')} failure={revenue.failure} onRetry={revenue.retry} />
      ) : (
        <Skeleton rows={5} />
      )}
      <Section
        title={t('overview.events')}
        isRuled
        aside={
          <Link to="/admin/eventos" class="link">
            {t('overview.allEvents')}
          </Link>
        }
      >
        <EventRows
          events={engine.data.events.edges.map((edge) => edge.node)}
          caption={t('overview.events')}
        />
      </Section>
    </Page>
  );
}

function Kpis({ engine, revenue }: { engine: Engine; revenue: Revenue | undefined }) {
  const [before, now] = revenue?.months.slice(-2) ?? [];
  const waiting = engine.consumerGroups.reduce((sum, group) => sum + (group.lag ?? 0) + group.pending, 0);
  const dead = engine.deadLetters.totalCount ?? 0;
  return (
    <dl class="kpis">
      <Kpi
        name={t('kpi.mrr')}
        value={now ? money(now.mrr) : '–'}
        note={now && growthText(Number(now.startMrr.amount), Number(now.mrr.amount))}
      />
      <Kpi
        name={t('kpi.active')}
        value={number(engine.subscriptionReport.totalActive)}
        note={before && now && differenceText(now.activeSubscriptions - before.activeSubscriptions)}
      />
      <Kpi
        name={t('kpi.churn')}
        value={now?.customerChurn ? percent(Number(now.customerChurn), 1) : '–'}
        note={
          before?.customerChurn && t('kpi.churnBefore', { rate: percent(Number(before.customerChurn), 1) })
        }
      />
      <Kpi name={t('kpi.queue')} value={number(waiting)} note={dead > 0 && <DeadLink count={dead} />} />
    </dl>
  );
}

type KpiProps = { name: string; value: string; note?: preact.ComponentChildren };

function Kpi({ name, value, note }: KpiProps) {
  return (
    <div class="kpi">
      <dt class="label">{name}</dt>
      <dd class="kpi-value">{value}</dd>
      <dd class="kpi-note">{note || t('kpi.steady')}</dd>
    </div>
  );
}

function DeadLink({ count }: { count: number }) {
  return (
    <Link to="/admin/eventos/falhas" class="kpi-bad">
      {counted('kpi.dead', count)}
    </Link>
  );
}

function Money({ report, engine }: { report: Revenue; engine: Engine }) {
  const [span, setSpan] = useState<'month' | 'year'>('month');
  const moves = span === 'month' ? report.months.at(-1)?.movements : report.totals.movements;
  const plans = new Map<string, number>();
  for (const plan of engine.subscriptionReport.plans) {
    plans.set(plan.name, (plans.get(plan.name) ?? 0) + plan.activeSubscriptions);
  }
  const byCount = [...plans].sort(([, one], [, other]) => other - one);
  return (
    <>
      <div class="columns overview">
        <section>
          <h2>{t('overview.mrr')}</h2>
          <MrrChart months={report.months} />
        </section>
        <section>
          <h2>{t('overview.plans')}</h2>
          <Bars rows={byCount.map(([name, value]) => ({ name, value, text: number(value) }))} />
        </section>
      </div>
      <Section
        title={t('overview.moves')}
        aside={
          <Segments
            legend={t('overview.span')}
            value={span}
            onValue={setSpan}
            options={[
              { value: 'month', label: t('overview.thisMonth') },
              { value: 'year', label: t('overview.year') },
            ]}
          />
        }
      >
        {moves && (
          <div class="pairs">
            <Bars rows={GAINS.map((kind) => moveOf(kind, moves[kind]))} />
            <Bars rows={LOSSES.map((kind) => moveOf(kind, moves[kind]))} tone="loss" />
          </div>
        )}
      </Section>
    </>
  );
}

function moveOf(kind: (typeof GAINS | typeof LOSSES)[number], amount: { amount: string; currency: string }) {
  return { name: t(`move.${kind}`), value: Number(amount.amount), text: money(amount) };
}

function growthText(before: number, now: number): string | null {
  if (!before || before === now) return null;
  return t(now > before ? 'kpi.up' : 'kpi.down', { rate: percent(Math.abs(now / before - 1), 1) });
}

function differenceText(difference: number): string | null {
  if (!difference) return null;
  return t(difference > 0 ? 'kpi.more' : 'kpi.fewer', { count: number(Math.abs(difference)) });
}

/** The last twelve calendar months, this one included. */
function windowUntil(now: string | undefined) {
  const today = now ? new Date(now) : new Date(0);
  const start = new Date(today.getFullYear(), today.getMonth() - MONTHS + 1, 1);
  const tomorrow = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
  return { startDate: localDay(start), endDate: localDay(tomorrow) };
}
