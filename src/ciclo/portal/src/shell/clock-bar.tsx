/** The sandbox's clock: today's date, and a way to let time pass. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { date, localDay } from '../i18n/format';
import { Button } from '../ui/button';
import { FormProblem } from '../ui/problem';

const CLOCK = graphql('query Clock { clock { now sandbox } }');
const ADVANCE = graphql(`
  mutation AdvanceClock($input: AdvanceClockInput!) {
    advanceClock(input: $input) { clock { now } userErrors { code message field } }
  }
`);

export function ClockBar() {
  const { data } = useAsk(CLOCK, {});
  const { act, isBusy, problem } = useAct(ADVANCE);
  const [step, setStep] = useState('');
  if (!data?.clock.sandbox) return null;
  const advance = (by: string) => {
    setStep(by);
    void act({ by });
  };
  return (
    <section class="clock" aria-label={t('clock')}>
      <p>
        <span class="muted">{t('clock.today')}</span>{' '}
        <strong>{date(localDay(new Date(data.clock.now)))}</strong>
      </p>
      <Button
        isSmall
        isBusy={isBusy && step === 'P1D'}
        disabled={isBusy && step !== 'P1D'}
        onClick={() => advance('P1D')}
      >
        {t('clock.day')}
      </Button>
      <Button
        isSmall
        isBusy={isBusy && step === 'P1M'}
        disabled={isBusy && step !== 'P1M'}
        onClick={() => advance('P1M')}
      >
        {t('clock.month')}
      </Button>
      <FormProblem problem={problem} />
    </section>
  );
}
