/** A dialog for an act that needs to know nothing more but why. */

import { useState } from 'preact/hooks';
import { type Payload, useAct } from '../api/acting';
import type { TadaDocumentNode } from '../graphql';
import { fieldErrors } from '../ui/problem';
import { ActDialog, ReasonField } from './act-dialog';

type ConfirmDialogProps<Input extends object> = {
  document: TadaDocumentNode<Record<string, Payload>, { input: Input & { reason?: string | null } }>;
  input: Input;
  title: string;
  /** What is going to happen. */
  text: string;
  confirm: string;
  look?: 'primary' | 'danger';
  onClose: () => void;
};

export function ConfirmDialog<Input extends object>({
  document,
  input,
  onClose,
  ...shown
}: ConfirmDialogProps<Input>) {
  const act = useAct(document, { once: true });
  const [reason, setReason] = useState('');
  const confirmed = async () => {
    if (await act.act({ ...input, reason: reason.trim() || null })) onClose();
  };
  const { reason: error } = fieldErrors(act.problem.errors, ['reason']);
  return (
    <ActDialog {...shown} act={act} fields={['reason']} onAct={confirmed} onClose={onClose}>
      <ReasonField value={reason} error={error} onValue={setReason} />
    </ActDialog>
  );
}
