/** A dialog in which an operator acts: what is going to happen, what it needs to know, and doing it. */

import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/acting';
import { t } from '../i18n';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { FormProblem } from '../ui/problem';

type ActDialogProps = {
  title: string;
  /** What is going to happen. */
  text?: string;
  /** What the button that does it says. */
  confirm: string;
  look?: 'primary' | 'danger';
  act: { isBusy: boolean; problem: Problem };
  /** The names of the fields at which refusals are shown. */
  fields?: readonly string[];
  isWide?: boolean;
  onAct: () => unknown;
  onClose: () => void;
  children?: ComponentChildren;
};

export function ActDialog({
  title,
  text,
  confirm,
  look = 'primary',
  act: { isBusy, problem },
  fields = [],
  isWide = false,
  onAct,
  onClose,
  children,
}: ActDialogProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isBusy) onAct();
  };
  return (
    <Dialog title={title} onClose={onClose} isWide={isWide}>
      <form class="form" onSubmit={submit} noValidate>
        {text && <p class="muted">{text}</p>}
        {children}
        <FormProblem problem={problem} fields={fields} />
        <div class="actions">
          <Button type="submit" look={look} isBusy={isBusy}>
            {confirm}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

const REASON_CHARS_MAX = 200;

type ReasonFieldProps = { value: string; error?: string | undefined; onValue: (value: string) => void };

/** Why: kept with who did it, for whoever asks later. */
export function ReasonField({ value, error, onValue }: ReasonFieldProps) {
  return (
    <TextField
      label={t('refund.reason')}
      value={value}
      error={error}
      onValue={onValue}
      maxLength={REASON_CHARS_MAX}
    />
  );
}
