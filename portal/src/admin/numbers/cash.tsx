/** Cash to come, week by week: what is due, and what renews. */

import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { counted, t } from '../../i18n';
import { type Money, money, shortDate } from '../../i18n/format';
import { Link } from '../../router';
import { Facts } from '../../ui/facts';
import { Section } from '../../ui/page';
import { PendingPart } from '../../ui/pending';
import { total } from '../amount';
import { Bars } from '../bars';
import { useMay } from '../permissions';

const EXPECTED = graphql(`
  query ExpectedCash {
    expectedCash(days: 35) {
      late { amount currency }
      lateInvoices
      due { amount currency }
      renewals { amount currency }
      days { date due { amount currency } renewals { amount currency } }
    }
  }
`);

type Expected = ResultOf<typeof EXPECTED>['expectedCash'];

const WEEK = 7;

export function ExpectedCash() {
  const answer = useAsk(EXPECTED, {});
  return (
    <Section title={t('numbers.expected')} isRuled>
      <p class="muted form-note">{t('numbers.expectedText')}</p>
      {answer.data ? (
        <Known expected={answer.data.expectedCash} />
      ) : (
        <PendingPart answer={answer} failed={t('numbers.failed')} />
      )}
    </Section>
  );
}

function Known({ expected }: { expected: Expected }) {
  const may = useMay();
  const { late, lateInvoices } = expected;
  const lateText = t('numbers.lateSum', {
    amount: money(late),
    invoices: counted('numbers.invoices', lateInvoices),
  });
  return (
    <div class="pairs">
      <Facts
        facts={[
          [t('numbers.due'), money(expected.due)],
          [t('numbers.renewals'), money(expected.renewals)],
          [
            t('numbers.late'),
            !lateInvoices ? (
              money(late)
            ) : may('BILLING_READ') ? (
              <Link to="/admin/atrasos" class="link">
                {lateText}
              </Link>
            ) : (
              lateText
            ),
          ],
        ]}
      />
      <Bars rows={weeksOf(expected.days)} />
    </div>
  );
}

function weeksOf(days: Expected['days']) {
  const starts = days.filter((_, place) => place % WEEK === 0);
  return starts.map((first, place) => {
    const week = days.slice(place * WEEK, (place + 1) * WEEK);
    const sum = total(week.flatMap(({ due, renewals }): Money[] => [due, renewals]));
    const name = t('period', {
      start: shortDate(first.date),
      end: shortDate(week.at(-1)?.date ?? first.date),
    });
    return { name, value: Number(sum.amount), text: money(sum) };
  });
}
