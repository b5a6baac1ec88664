/** The sandbox's clock: today's date, and a way to let time pass. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { instantDay } from '../i18n/format';
import { Link } from '../router';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
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
  const [asked, ask] = useState<(typeof STEPS)[number] | null>(null);
  if (!data?.clock.sandbox) return null;
  // It is asked about here, and told of in the bar: moving it may take longer than anybody looks at a dialog.
  const advance = (by: string) => {
    ask(null);
    void act({ by });
  };
  return (
    <>
      <section class="clock" aria-label={t('clock')}>
        <span class="tag">{t('clock.sandbox')}</span>
        <p aria-live="polite">
          <span class="muted">{t('clock.today')}</span> <strong>{instantDay(data.clock.now)}</strong>
        </p>
        {isMovable &&
          STEPS.map((step) => (
            <Button key={step[0]} isSmall isBusy={isBusy} onClick={() => ask(step)}>
              {t(step[1])}
            </Button>
          ))}
        {hasMailbox && <Link to="/sandbox/mail">{t('clock.mailbox')}</Link>}
        <FormProblem problem={problem} />
      </section>
      {asked && (
        <Dialog title={t('clock.ask')} onClose={() => ask(null)}>
          <p>{t('clock.askText')}</p>
          <div class="actions">
            <Button look="primary" onClick={() => advance(asked[0])}>
              {t(asked[1])}
            </Button>
            <Button onClick={() => ask(null)}>{t('back')}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
