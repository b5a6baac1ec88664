/** The sandbox's clock: today's date, and a way to let time pass. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { instantDay } from '../i18n/format';
import { Link } from '../router';
import { Button } from '../ui/button';
import { FormProblem } from '../ui/problem';

const CLOCK = graphql('query Clock { clock { now sandbox } }');
const ADVANCE = graphql(`
  mutation AdvanceClock($input: AdvanceClockInput!) {
    advanceClock(input: $input) { clock { now } userErrors { code message field } }
  }
`);

const STEPS = [
  ['P1D', 'clock.day'],
  ['P1M', 'clock.month'],
] as const;
/** Midnight passes by itself, and somebody else may move the clock without anything falling due. */
const EVERY_MS = 30_000;

/** Nothing where time is real; who may not move it sees only the date. */
export function ClockBar({ isMovable, hasMailbox = false }: { isMovable: boolean; hasMailbox?: boolean }) {
  const { data } = useAsk(CLOCK, {}, { everyMs: EVERY_MS });
  const { act, isBusy, problem } = useAct(ADVANCE);
  const [step, setStep] = useState('');
  if (!data?.clock.sandbox) return null;
  const advance = (by: string) => {
    setStep(by);
    void act({ by });
  };
  return (
    <section class="clock" aria-label={t('clock')}>
      <span class="tag">{t('clock.sandbox')}</span>
      <p aria-live="polite">
        <span class="muted">{t('clock.today')}</span> <strong>{instantDay(data.clock.now)}</strong>
      </p>
      {isMovable &&
        STEPS.map(([by, name]) => (
          <Button
            key={by}
            isSmall
            isBusy={isBusy && step === by}
            disabled={isBusy && step !== by}
            onClick={() => advance(by)}
          >
            {t(name)}
          </Button>
        ))}
      {hasMailbox && <Link to="/sandbox/mail">{t('clock.mailbox')}</Link>}
      <FormProblem problem={problem} />
    </section>
  );
}
