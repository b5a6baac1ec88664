/** How MRR went from the first day to the last, step by step: each bar begins where the one before ended. */

import { t } from '../../i18n';
import { type Money, money } from '../../i18n/format';
import { Section } from '../../ui/page';
import type { Figures } from './numbers';

const GAINS = ['new', 'expansion', 'reactivation', 'resume'] as const;
const LOSSES = ['contraction', 'churn', 'pause'] as const;

type Step = { name: string; from: number; to: number; text: string; tone: 'whole' | 'gain' | 'loss' };

export function Waterfall({ figures }: { figures: Figures }) {
  const steps = stepsOf(figures);
  const full = Math.max(...steps.flatMap(({ from, to }) => [from, to]), 0);
  const place = (value: number) => (full ? (100 * value) / full : 0);
  return (
    <Section title={t('numbers.waterfall')} isRuled>
      <p class="muted form-note">{t('numbers.waterfallText')}</p>
      <ol class="waterfall">
        {steps.map(({ name, from, to, text, tone }) => (
          <li key={name} class={`is-${tone}`}>
            <span>{name}</span>
            <strong>{text}</strong>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect x={place(Math.min(from, to))} width={place(Math.abs(to - from))} height="8" />
            </svg>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** Amounts are drawn as numbers, and written as the decimal texts that they came as. */
function stepsOf({ startMrr, mrr, movements }: Figures): Step[] {
  let at = Number(startMrr.amount);
  const whole = (name: string, amount: Money): Step => ({
    name,
    from: 0,
    to: Number(amount.amount),
    text: money(amount),
    tone: 'whole',
  });
  const step = (kind: (typeof GAINS | typeof LOSSES)[number], tone: 'gain' | 'loss'): Step => {
    const amount = movements[kind];
    const from = at;
    at += (tone === 'gain' ? 1 : -1) * Number(amount.amount);
    const isNothing = !Number(amount.amount);
    const sign = isNothing ? '' : tone === 'gain' ? '+' : '\u2212';
    return { name: t(`move.${kind}`), from, to: at, text: sign + money(amount), tone };
  };
  return [
    whole(t('numbers.startMrr'), startMrr),
    ...GAINS.map((kind) => step(kind, 'gain')),
    ...LOSSES.map((kind) => step(kind, 'loss')),
    whole(t('numbers.endMrr'), mrr),
  ];
}
