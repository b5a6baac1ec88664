/** Four figures: what comes in every month, from how many, how many leave, and whether the engine keeps up. */

import type { ComponentChildren } from 'preact';
import { counted, t } from '../i18n';
import { type Money, money, number, percent } from '../i18n/format';
import { Link } from '../router';

export type Month = {
  startMrr: Money;
  mrr: Money;
  activeSubscriptions: number;
  customerChurn: string | null;
};

type KpisProps = {
  /** This month and the one before, once they are known. */
  month: Month | undefined;
  before: Month | undefined;
  active: number;
  /** Events that wait to be taken or finished, and those that failed; for those who may know. */
  engine: { waiting: number; dead: number } | undefined;
};

type Note = { text: string; tone: 'good' | 'bad' | 'quiet' };

export function Kpis({ month, before, active, engine }: KpisProps) {
  return (
    <dl class="kpis">
      <Kpi name={t('kpi.mrr')} value={month ? money(month.mrr) : '–'} note={month && growthOf(month)} />
      <Kpi
        name={t('kpi.active')}
        value={number(active)}
        note={month && before && differenceOf(month.activeSubscriptions - before.activeSubscriptions)}
      />
      <Kpi
        name={t('kpi.churn')}
        value={month?.customerChurn ? percent(Number(month.customerChurn), 1) : '–'}
        note={month && churnNote(month, before)}
      />
      {engine && (
        <Kpi
          name={t('kpi.queue')}
          value={number(engine.waiting)}
          note={engine.dead ? undefined : NO_FAILURE()}
        >
          {engine.dead > 0 && (
            <Link to="/admin/eventos/falhas" class="kpi-link">
              {counted('kpi.dead', engine.dead)}
            </Link>
          )}
        </Kpi>
      )}
    </dl>
  );
}

type KpiProps = { name: string; value: string; note?: Note | undefined; children?: ComponentChildren };

function Kpi({ name, value, note, children }: KpiProps) {
  return (
    <div class="kpi">
      <dt class="label">{name}</dt>
      <dd class="kpi-value">{value}</dd>
      <dd class={`kpi-note is-${note?.tone ?? 'quiet'}`}>{children || note?.text}</dd>
    </div>
  );
}

const STEADY = (): Note => ({ text: t('kpi.steady'), tone: 'quiet' });
const NO_FAILURE = (): Note => ({ text: t('kpi.noFailure'), tone: 'quiet' });

function growthOf({ startMrr, mrr }: Month): Note {
  const [start, now] = [Number(startMrr.amount), Number(mrr.amount)];
  if (!start || start === now) return STEADY();
  const rate = percent(Math.abs(now / start - 1), 1);
  return now > start
    ? { text: t('kpi.up', { rate }), tone: 'good' }
    : { text: t('kpi.down', { rate }), tone: 'bad' };
}

function differenceOf(difference: number): Note {
  if (!difference) return STEADY();
  const count = number(Math.abs(difference));
  return difference > 0
    ? { text: t('kpi.more', { count }), tone: 'good' }
    : { text: t('kpi.fewer', { count }), tone: 'bad' };
}

function churnNote(month: Month, before: Month | undefined): Note {
  if (month.customerChurn === null) return { text: t('kpi.churnUnknown'), tone: 'quiet' };
  if (!before?.customerChurn) return { text: t('kpi.churnFirst'), tone: 'quiet' };
  const points = Math.round(1_000 * (Number(month.customerChurn) - Number(before.customerChurn))) / 10;
  if (!points) return STEADY();
  const change = number(Math.abs(points));
  return points > 0
    ? { text: t('kpi.pointsMore', { points: change }), tone: 'bad' }
    : { text: t('kpi.pointsLess', { points: change }), tone: 'good' };
}
