/** What is awaited, or did not come: a page shows its title at once, then the outline of its content. */

import type { ComponentChildren, JSX } from 'preact';
import type { Answer } from '../api/asking';
import { Page } from './page';
import { Failed, Skeleton } from './states';

type PendingProps = {
  answer: Answer<unknown>;
  title: string;
  lede?: ComponentChildren;
  /** What could not be loaded, as a sentence. */
  failed: string;
  skeleton?: JSX.Element;
};

type PartProps = { answer: Answer<unknown>; failed: string; rows?: number };

/** The same for a part of a page, or what a dialog is about. */
export function PendingPart({ answer, failed, rows = 3 }: PartProps) {
  if (!answer.failure) return <Skeleton rows={rows} />;
  return <Failed what={failed} failure={answer.failure} onRetry={answer.retry} />;
}

export function Pending({ answer, title, lede, failed, skeleton = <Skeleton rows={5} /> }: PendingProps) {
  return (
    <Page title={title} lede={lede}>
      {answer.failure ? <Failed what={failed} failure={answer.failure} onRetry={answer.retry} /> : skeleton}
    </Page>
  );
}
