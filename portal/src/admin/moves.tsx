/** What moved revenue: what came in above, what left below, on one scale. */

import { useState } from 'preact/hooks';
import { type FragmentOf, graphql } from '../graphql';
import { t } from '../i18n';
import { type Money, money } from '../i18n/format';
import { Segments } from '../ui/choice';
import { Section } from '../ui/page';
import { Bars } from './bars';

export const MOVES = graphql(`
  fragment Moves on MrrMovements @_unmask {
    new { amount currency }
    expansion { amount currency }
    reactivation { amount currency }
    resume { amount currency }
    contraction { amount currency }
    churn { amount currency }
    pause { amount currency }
    net { amount currency }
  }
`);

type Moves = FragmentOf<typeof MOVES>;

const GAINS = ['new', 'expansion', 'reactivation', 'resume'] as const;
const LOSSES = ['contraction', 'churn', 'pause'] as const;
const SPANS = ['month', 'year'] as const;

export function MovesSection({ month, year }: { month: Moves; year: Moves }) {
  const [span, setSpan] = useState<(typeof SPANS)[number]>('month');
  const moves = span === 'month' ? month : year;
  const gains = GAINS.map((kind) => barOf(kind, moves[kind]));
  const losses = LOSSES.map((kind) => barOf(kind, moves[kind]));
  const full = Math.max(...[...gains, ...losses].map((bar) => bar.value));
  return (
    <Section
      title={t('overview.moves')}
      aside={
        <Segments
          legend={t('overview.span')}
          value={span}
          onValue={setSpan}
          options={SPANS.map((one) => ({ value: one, label: t(`overview.${one}`) }))}
        />
      }
    >
      <p class="muted moves-net">{netText(moves.net)}</p>
      <div class="pairs">
        <Bars rows={gains} full={full} />
        <Bars rows={losses} full={full} tone="loss" />
      </div>
    </Section>
  );
}

function barOf(kind: (typeof GAINS | typeof LOSSES)[number], amount: Money) {
  return { name: t(`move.${kind}`), value: Number(amount.amount), text: money(amount) };
}

function netText(net: Money): string {
  const isLess = net.amount.startsWith('-');
  const amount = money({ ...net, amount: net.amount.replace('-', '') });
  if (!Number(net.amount)) return t('move.steady');
  return t(isLess ? 'move.netLess' : 'move.netMore', { amount });
}
