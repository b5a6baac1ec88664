/** A long code, or several one a line, and a button that copies it. */

import { useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Button } from './button';
import { Icon } from './icon';

const SAID_MS = 3_000;

type CopyProps = {
  text: string;
  label: string;
  name: string;
  /** How many lines a text without breaks is shown in. */
  rows?: number;
};

export function Copy({ text, label, name, rows = 1 }: CopyProps) {
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not allowed, or not served over HTTPS: the code is selected, ready to be copied by hand.
      field.current?.focus();
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_MS);
  };
  const isLong = rows > 1 || text.includes('\n');
  const shown = {
    ref: field,
    class: 'input mono',
    readOnly: true,
    value: text,
    'aria-label': name,
    onFocus: () => field.current?.select(),
  };
  return (
    <div class="copy">
      <Button look="primary" onClick={copy}>
        <Icon name={isCopied ? 'check' : 'copy'} />
        <span aria-live="polite">{isCopied ? t('copied') : label}</span>
      </Button>
      {isLong ? <textarea rows={Math.max(rows, 2)} {...shown} /> : <input {...shown} />}
    </div>
  );
}
