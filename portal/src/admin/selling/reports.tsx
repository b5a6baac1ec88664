/** What taxes and discounts came to on the lines that were issued in some days. */

import { useState } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { dayOf, firstOfMonth, plusDays } from '../../i18n/business-day';
import { money, number, percent } from '../../i18n/format';
import { TextField } from '../../ui/field';
import { Page, Section } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { Empty, Failed, Skeleton } from '../../ui/states';
import { type Column, Table } from '../../ui/table';
import { NumbersTabs } from '../numbers/tabs';

const TODAY = graphql('query ReportToday { clock { now } }');
const REPORTS = graphql(`
  query SellingReports($start: Date!, $end: Date!, $currency: String!) {
    taxReport(start: $start, end: $end, currency: $currency) {
      name
      basisPoints
      inclusive
      net { amount currency }
      tax { amount currency }
      creditedTax { amount currency }
    }
    discountReport(start: $start, end: $end, currency: $currency) {
      code
      lines
      given { amount currency }
      credited { amount currency }
    }
  }
`);

type TaxRow = ResultOf<typeof REPORTS>['taxReport'][number] & { id: string };
type DiscountRow = ResultOf<typeof REPORTS>['discountReport'][number] & { id: string };
type Days = { start: string; last: string; currency: string };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CURRENCY = /^[A-Z]{3}$/;
const PERCENT_DIGITS = 2;

export function ReportsScreen() {
  const clock = useAsk(TODAY, {});
  if (!clock.data) return <Pending answer={clock} title={t('reports.title')} failed={t('reports.failed')} />;
  return <Reports today={dayOf(clock.data.clock.now)} />;
}

function Reports({ today }: { today: string }) {
  const [days, setDays] = useState<Days>({ start: firstOfMonth(today), last: today, currency: 'BRL' });
  const currency = days.currency.trim().toUpperCase();
  const isReadable =
    DAY.test(days.start) && DAY.test(days.last) && days.start <= days.last && CURRENCY.test(currency);
  const end = isReadable ? plusDays(days.last, 1) : days.last;
  const answer = useAsk(REPORTS, { start: days.start, end, currency }, { pause: !isReadable });
  const field = (name: keyof Days) => ({
    value: days[name],
    onValue: (value: string) => setDays({ ...days, [name]: value }),
  });
  return (
    <Page title={t('reports.title')} lede={t('reports.lede')} aside={<NumbersTabs />}>
      <div class="filters">
        <TextField label={t('reports.start')} type="date" {...field('start')} />
        <TextField label={t('reports.end')} type="date" {...field('last')} />
        <TextField label={t('reports.currency')} maxLength={3} {...field('currency')} />
      </div>
      {answer.data ? (
        <Sums data={answer.data} />
      ) : answer.failure ? (
        <Failed what={t('reports.failed')} failure={answer.failure} onRetry={answer.retry} />
      ) : (
        <Skeleton rows={4} />
      )}
    </Page>
  );
}

function Sums({ data }: { data: ResultOf<typeof REPORTS> }) {
  const taxes = data.taxReport.map((row) => ({
    ...row,
    id: `${row.name} ${row.basisPoints} ${row.inclusive}`,
  }));
  const discounts = data.discountReport.map((row) => ({ ...row, id: row.code }));
  return (
    <>
      <Section title={t('reports.taxes')}>
        <p class="muted form-note">{t('reports.taxesText')}</p>
        {taxes.length ? (
          <Table caption={t('reports.taxes')} rows={taxes} columns={taxColumns()} />
        ) : (
          <Empty title={t('reports.taxesEmpty')} text={t('reports.emptyText')} />
        )}
      </Section>
      <Section title={t('reports.discounts')} isRuled>
        <p class="muted form-note">{t('reports.discountsText')}</p>
        {discounts.length ? (
          <Table caption={t('reports.discounts')} rows={discounts} columns={discountColumns()} />
        ) : (
          <Empty title={t('reports.discountsEmpty')} text={t('reports.emptyText')} />
        )}
      </Section>
    </>
  );
}

function taxColumns(): Column<TaxRow>[] {
  return [
    {
      place: 'main',
      title: t('reports.rate'),
      cell: (row) => (
        <>
          {row.name} {percent(row.basisPoints / 10_000, PERCENT_DIGITS)}{' '}
          <span class="sub">{t(row.inclusive ? 'reports.inclusive' : 'reports.exclusive')}</span>
        </>
      ),
    },
    { place: 'when', title: t('reports.net'), cell: (row) => money(row.net) },
    { place: 'amount', title: t('reports.tax'), cell: (row) => money(row.tax) },
    { place: 'how', title: t('reports.creditedTax'), cell: (row) => money(row.creditedTax) },
  ];
}

function discountColumns(): Column<DiscountRow>[] {
  return [
    { place: 'main', title: t('reports.code'), cell: (row) => <span class="mono">{row.code}</span> },
    { place: 'when', title: t('reports.lines'), cell: (row) => number(row.lines) },
    { place: 'amount', title: t('reports.given'), cell: (row) => money(row.given) },
    { place: 'how', title: t('reports.kept'), cell: (row) => money(row.credited) },
  ];
}
