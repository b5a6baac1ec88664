/** MRR by month as a line, and as a table for whoever can't see it. */

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { t } from '../i18n';
import { type Money, money, month, monthName, shortMoney } from '../i18n/format';
import { language } from '../i18n/language';

type Month = { startDate: string; mrr: Money };

const HEIGHT = 260;
const AXIS_WIDTH = 72;
const MONTHS_HEIGHT = 32;
const MONTH_WIDTH = 52;
const MARKS = 5;
const ROUND = [1, 2, 2.5, 5, 10];
const FONT = '13px "Hanken Grotesk Variable"';

export function MrrChart({ months }: { months: readonly Month[] }) {
  const [first, last] = [months[0], months.at(-1)];
  if (!first || !last) return null;
  const summary = t('chart.summary', {
    from: monthName(first.startDate),
    to: monthName(last.startDate),
    start: money(first.mrr),
    end: money(last.mrr),
  });
  return (
    <figure class="chart">
      <Line months={months} label={summary} />
      <details>
        <summary class="link">{t('chart.table')}</summary>
        <table class="table">
          <caption class="hidden">{t('overview.mrr')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('chart.month')}</th>
              <th scope="col" class="at-amount">
                {t('kpi.mrr')}
              </th>
            </tr>
          </thead>
          <tbody>
            {months.map((one) => (
              <tr key={one.startDate}>
                <td class="at-main">{monthName(one.startDate)}</td>
                <td class="at-amount">{money(one.mrr)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Line({ months, label }: { months: readonly Month[]; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const spoken = language.value;
  // What the chart shows, as a value: answers come again without anything new in them.
  const key = JSON.stringify([spoken, months.map((one) => [one.startDate, one.mrr])]);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    let chart: uPlot | null = null;
    let isGone = false;
    const resized = new ResizeObserver(() => chart?.setSize({ width: box.clientWidth, height: HEIGHT }));
    // A canvas keeps the font that is there when it is drawn.
    void document.fonts.load(FONT).then(() => {
      if (isGone) return;
      chart = draw(box, months);
      resized.observe(box);
    });
    return () => {
      isGone = true;
      resized.disconnect();
      chart?.destroy();
    };
  }, [key]);
  return <div ref={place} role="img" aria-label={label} class="chart-box" />;
}

function draw(box: HTMLElement, months: readonly Month[]): uPlot {
  const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
  const currency = months[0]?.mrr.currency ?? 'BRL';
  const amounts = months.map((one) => Number(one.mrr.amount));
  const marks = marksUpTo(Math.max(...amounts));
  const axis = { font: FONT, stroke: colour('--muted'), ticks: { show: false } };
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: HEIGHT,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: [0, marks.at(-1) ?? 1] } },
    axes: [
      {
        ...axis,
        size: MONTHS_HEIGHT,
        grid: { show: false },
        splits: (chart) => countedBack(amounts.length, Math.max(2, chart.width / MONTH_WIDTH)),
        values: (_, places) => places.map((at) => monthLabel(months[at])),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        grid: { stroke: colour('--line'), width: 1 },
        splits: () => marks,
        values: (_, values) => values.map((value) => shortMoney(value, currency)),
      },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        width: 3,
        fill: `color-mix(in srgb, ${colour('--accent')} 8%, transparent)`,
        points: { show: amounts.length === 1 },
      },
    ],
  };
  return new uPlot(options, [amounts.map((_, index) => index), amounts], box);
}

/** Returns round amounts from 0 to the first that is not below *most*. */
function marksUpTo(most: number): number[] {
  const rough = Math.max(most, 1) / MARKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (ROUND.find((one) => one * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(Math.max(most, 1) / step) + 1 }, (_, index) => index * step);
}

/** Returns evenly spaced places of *count*, at most so many, and always the last: it is now. */
function countedBack(count: number, atMost: number): number[] {
  const step = Math.ceil(count / atMost);
  const places = Array.from({ length: Math.ceil(count / step) }, (_, index) => count - 1 - index * step);
  return places.reverse();
}

/** "nov": axes go without the point of an abbreviation. */
function monthLabel(one: Month | undefined): string {
  return one ? month(one.startDate).replace('.', '') : '';
}
