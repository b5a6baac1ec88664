/** Figures of any days, beside the days before them: revenue and how it moved, trials, cash, and who stayed. */

import { useState } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { dayOf } from '../../i18n/business-day';
import { date, type Money, money, number, percent } from '../../i18n/format';
import { useSearchParameter } from '../../router';
import { Select, TextField } from '../../ui/field';
import { Page } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { Failed, Skeleton } from '../../ui/states';
import { MOVES } from '../moves';
import { ExpectedCash } from './cash';
import { Cohorts } from './cohorts';
import { type Days, PRESETS, type Preset, type Span, spanOf } from './span';
import { NumbersTabs } from './tabs';
import { Waterfall } from './waterfall';

const TODAY = graphql('query NumbersToday { clock { now } }');
const FIGURES = graphql(
  `
    query Numbers($startDate: Date!, $endDate: Date!) {
      revenueReport(startDate: $startDate, endDate: $endDate) {
        totals {
          startMrr { amount currency }
          mrr { amount currency }
          movements { ...Moves }
          activeSubscribers
          customerChurn
          netRetention
          arpu { amount currency }
          ltv { amount currency }
          trialsDecided
          trialsConverted
          trialConversion
          collected { amount currency }
          refunded { amount currency }
          outstanding { amount currency }
        }
      }
    }
  `,
  [MOVES],
);

export type Figures = ResultOf<typeof FIGURES>['revenueReport']['totals'];

export function NumbersScreen() {
  const clock = useAsk(TODAY, {});
  if (!clock.data) return <Pending answer={clock} title={t('numbers')} failed={t('numbers.failed')} />;
  return <Numbers today={dayOf(clock.data.clock.now)} />;
}

function Numbers({ today }: { today: string }) {
  const [kept, keep] = useSearchParameter('periodo');
  const [startDate, setStart] = useSearchParameter('de');
  const [endDate, setEnd] = useSearchParameter('ate');
  const preset: Preset = PRESETS.find((one) => one === kept) ?? 'month';
  const span = spanOf(preset, today, { startDate, endDate });
  const [shown, setShown] = useState<Span | null>(span);
  // While a date is being typed the figures before it stay.
  const current = span ?? shown;
  if (span && JSON.stringify(span) !== JSON.stringify(shown)) setShown(span);
  const choose = (value: string) => {
    keep(value);
    if (value !== 'days' || !current) return;
    setStart(current.startDate);
    setEnd(current.endDate);
  };
  return (
    <Page title={t('numbers')} lede={current && ledeOf(current)} aside={<NumbersTabs />}>
      <div class="filters">
        <Select
          label={t('numbers.span')}
          value={preset}
          onValue={choose}
          options={PRESETS.map((one) => [one, t(`numbers.span.${one}`)] as const)}
        />
        {preset === 'days' && (
          <>
            <TextField label={t('reports.start')} type="date" value={startDate} onValue={setStart} />
            <TextField
              label={t('reports.end')}
              type="date"
              value={endDate}
              onValue={setEnd}
              error={startDate && endDate && startDate > endDate ? t('numbers.endsBefore') : undefined}
            />
          </>
        )}
      </div>
      {current && <Report span={current} today={today} />}
    </Page>
  );
}

function Report({ span: { before, ...days }, today }: { span: Span; today: string }) {
  const now = useAsk(FIGURES, days);
  const then = useAsk(FIGURES, before);
  if (!now.data) {
    return now.failure ? (
      <Failed what={t('numbers.failed')} failure={now.failure} onRetry={now.retry} />
    ) : (
      <Skeleton rows={6} />
    );
  }
  const figures = now.data.revenueReport.totals;
  const earlier = then.isStale ? undefined : then.data?.revenueReport.totals;
  const cohortsUntil = days.endDate < today ? days.endDate : today;
  return (
    <div aria-busy={now.isStale}>
      <Compared figures={figures} before={earlier} />
      <Waterfall figures={figures} />
      <ExpectedCash />
      <Cohorts until={cohortsUntil} />
    </div>
  );
}

type ComparedProps = { figures: Figures; before: Figures | undefined };

function Compared({ figures, before }: ComparedProps) {
  const amount = (name: 'mrr' | 'arpu' | 'ltv' | 'collected' | 'refunded' | 'outstanding') => ({
    name: t(`numbers.${name}`),
    value: text(figures[name]),
    was: before && text(before[name]),
  });
  const share = (name: 'customerChurn' | 'netRetention') => ({
    name: t(`numbers.${name}`),
    value: shareText(figures[name]),
    was: before && shareText(before[name]),
  });
  const rows = [
    amount('mrr'),
    {
      name: t('numbers.subscribers'),
      value: number(figures.activeSubscribers),
      was: before && number(before.activeSubscribers),
    },
    share('customerChurn'),
    share('netRetention'),
    amount('arpu'),
    amount('ltv'),
    {
      name: t('numbers.trials'),
      value: shareText(figures.trialConversion),
      was: before && shareText(before.trialConversion),
      note: figures.trialsDecided
        ? t('numbers.trialsOf', { converted: figures.trialsConverted, decided: figures.trialsDecided })
        : undefined,
    },
    amount('collected'),
    amount('refunded'),
    amount('outstanding'),
  ];
  return (
    <dl class="kpis">
      {rows.map(({ name, value, was, ...more }) => (
        <div key={name} class="kpi">
          <dt class="label">{name}</dt>
          <dd class="kpi-value is-compact">{value}</dd>
          {'note' in more && more.note && <dd class="kpi-note">{more.note}</dd>}
          <dd class="kpi-note">{was ? t('numbers.was', { value: was }) : '\u00a0'}</dd>
        </div>
      ))}
    </dl>
  );
}

function text(amount: Money | null): string {
  return amount ? money(amount) : '–';
}

function shareText(share: string | null): string {
  return share === null ? '–' : percent(Number(share), 1);
}

function ledeOf({ before, ...days }: Span): string {
  return t('numbers.lede', { ...named(days), ...prefixed(named(before)) });
}

function named({ startDate, endDate }: Days) {
  return { start: date(startDate), end: date(endDate) };
}

function prefixed({ start, end }: { start: string; end: string }) {
  return { beforeStart: start, beforeEnd: end };
}
