/** A long code, or several one a line, and a button that copies it. */

import { useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Button } from './button';
import { Icon } from './icon';

const SAID_MS = 3_000;

export function Copy({ text, label, name }: { text: string; label: string; name: string }) {
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
      {text.includes('\n') ? <textarea rows={3} {...shown} /> : <input {...shown} />}
      <Button look="primary" onClick={copy}>
        <Icon name={isCopied ? 'check' : 'copy'} />
        <span aria-live="polite">{isCopied ? t('copied') : label}</span>
      </Button>
    </div>
  );
}
