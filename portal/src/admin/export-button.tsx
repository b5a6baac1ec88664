/** Files for spreadsheets and other programs: what, of which days, in which format. */

import { useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { download } from '../api/download';
import type { Failure } from '../api/failure';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { dayOf, firstOfMonth, plusDays, yearBefore } from '../i18n/business-day';
import { Button } from '../ui/button';
import { Segments } from '../ui/choice';
import { Dialog } from '../ui/dialog';
import { ErrorText, Select } from '../ui/field';
import { Icon } from '../ui/icon';
import { failureText, RequestId } from '../ui/states';
import { useMay } from './permissions';

const TODAY = graphql('query ExportToday { clock { now } }');

const KINDS = ['payments', 'invoices', 'subscriptions', 'movements', 'events', 'customers'] as const;
const SPANS = ['month', 'lastMonth', '90d', '12m'] as const;
const FORMATS = ['csv', 'jsonl'] as const;

export type Kind = (typeof KINDS)[number];
type Span = (typeof SPANS)[number];
type Format = (typeof FORMATS)[number];

/** Opens the dialog with what the page is about already chosen. */
export function ExportButton({ kind }: { kind: Kind }) {
  const [isOpen, setOpen] = useState(false);
  if (!useMay()('EXPORTS_READ')) return null;
  return (
    <>
      <Button isSmall onClick={() => setOpen(true)}>
        <Icon name="download" />
        {t('export')}
      </Button>
      {isOpen && <ExportDialog start={kind} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ start, onClose }: { start: Kind; onClose: () => void }) {
  const now = useAsk(TODAY, {}).data?.clock.now;
  const [kind, setKind] = useState<Kind>(start);
  const [span, setSpan] = useState<Span>('month');
  const [format, setFormat] = useState<Format>('csv');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const fetchIt = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!now || isBusy) return;
    setBusy(true);
    const { from, to } = windowOf(span, dayOf(now));
    const failed = await download(
      `/exports/${kind}.${format}?from=${from}&to=${to}`,
      `ciclo-${kind}-${from}-${to}.${format}`,
    );
    setBusy(false);
    setFailure(failed);
    if (!failed) onClose();
  };
  return (
    <Dialog title={t('export.title')} onClose={onClose}>
      <form class="form" onSubmit={fetchIt}>
        <Select
          label={t('export.kind')}
          value={kind}
          onValue={(value) => setKind(value as Kind)}
          options={KINDS.map((one) => [one, t(`export.${one}`)] as const)}
        />
        <Select
          label={t('filter.period')}
          value={span}
          onValue={(value) => setSpan(value as Span)}
          options={SPANS.map((one) => [one, t(`export.span.${one}`)] as const)}
        />
        <Segments
          legend={t('export.format')}
          showsLegend
          value={format}
          onValue={setFormat}
          options={FORMATS.map((one) => ({ value: one, label: t(`export.${one}`) }))}
        />
        <p class="hint">{t(`export.${format}Text`)}</p>
        {failure && (
          <div class="form-problem">
            <ErrorText>{`${t('export.failed')} ${failureText(failure)}`}</ErrorText>
            <RequestId failure={failure} />
          </div>
        )}
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy} disabled={!now}>
            {t('export.fetch')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Returns the days of a span: from the first, up to and without the second. */
function windowOf(span: Span, today: string): { from: string; to: string } {
  const tomorrow = plusDays(today, 1);
  const spans = {
    month: [firstOfMonth(today), tomorrow],
    lastMonth: [firstOfMonth(today, -1), firstOfMonth(today)],
    '90d': [plusDays(today, -89), tomorrow],
    '12m': [plusDays(yearBefore(today), 1), tomorrow],
  } as const;
  const [from, to] = spans[span];
  return { from, to };
}
