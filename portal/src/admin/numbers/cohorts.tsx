/** Who stayed: for each month in which customers first paid, how many of them, or of their MRR, were left later. */

import { useState } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { firstOfMonth } from '../../i18n/business-day';
import { money, monthName, number, percent } from '../../i18n/format';
import { Segments } from '../../ui/choice';
import { Section } from '../../ui/page';
import { PendingPart } from '../../ui/pending';
import { Empty } from '../../ui/states';

const COHORTS = graphql(`
  query Cohorts($startDate: Date!, $endDate: Date!) {
    cohortReport(startDate: $startDate, endDate: $endDate) {
      cohorts {
        month
        customers
        mrr { amount currency }
        months { offset customers customerRetention mrr { amount currency } mrrRetention }
      }
    }
  }
`);

type Cohort = ResultOf<typeof COHORTS>['cohortReport']['cohorts'][number];
type Cell = Cohort['months'][number];

const MONTHS = 12;
const OF = ['customers', 'mrr'] as const;
type Of = (typeof OF)[number];

export function Cohorts({ until }: { until: string }) {
  const [of, setOf] = useState<Of>('customers');
  const answer = useAsk(COHORTS, { startDate: firstOfMonth(until, 1 - MONTHS), endDate: until });
  const cohorts = answer.data?.cohortReport.cohorts.filter(({ customers }) => customers > 0);
  return (
    <Section
      title={t('numbers.cohorts')}
      isRuled
      aside={
        <Segments
          legend={t('numbers.cohortsOf')}
          value={of}
          onValue={setOf}
          options={OF.map((value) => ({ value, label: t(`numbers.cohorts.${value}`) }))}
        />
      }
    >
      <p class="muted form-note">{t('numbers.cohortsText')}</p>
      {!cohorts ? (
        <PendingPart answer={answer} failed={t('numbers.failed')} />
      ) : cohorts.length ? (
        <Heatmap cohorts={cohorts} of={of} />
      ) : (
        <Empty title={t('numbers.cohortsEmpty')} text={t('numbers.cohortsEmptyText')} />
      )}
    </Section>
  );
}

function Heatmap({ cohorts, of }: { cohorts: readonly Cohort[]; of: Of }) {
  const width = Math.max(...cohorts.map(({ months }) => months.length));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
    <section class="heat-frame" aria-label={t('numbers.cohorts')} tabIndex={0}>
      <table class="heat">
        <caption class="hidden">{t('numbers.cohorts')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('numbers.cohort')}</th>
            <th scope="col">{t('numbers.cohortSize')}</th>
            {Array.from({ length: width }, (_, offset) => (
              <th key={offset} scope="col">
                {t('numbers.offset', { offset })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map((cohort) => (
            <tr key={cohort.month}>
              <th scope="row">{monthName(cohort.month)}</th>
              <td>{of === 'customers' ? number(cohort.customers) : money(cohort.mrr)}</td>
              {cohort.months.map((cell) => (
                <Kept key={cell.offset} cell={cell} cohort={cohort} of={of} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The share in figures, the colour beside it, and in words what it is a share of. */
function Kept({ cell, cohort, of }: { cell: Cell; cohort: Cohort; of: Of }) {
  const share = Number((of === 'customers' ? cell.customerRetention : cell.mrrRetention) ?? 0);
  const [part, whole] =
    of === 'customers'
      ? [number(cell.customers), number(cohort.customers)]
      : [money(cell.mrr), money(cohort.mrr)];
  const words = t('numbers.keptOf', { part, whole });
  return (
    <td class="heat-cell" style={{ '--share': Math.min(1, share) }} title={words}>
      {percent(share)}
      <span class="hidden"> ({words})</span>
    </td>
  );
}
