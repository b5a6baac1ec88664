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
  const axis = { font: FONT, stroke: colour('--muted'), ticks: { show: false } };
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_, places) =>
          places.map((at) => (Number.isInteger(at) && months[at] ? month(months[at].startDate) : '')),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        grid: { stroke: colour('--line'), width: 1 },
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
