/** A long code, and a button that copies it. */

import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Button } from './button';
import { Icon } from './icon';

const SAID_MS = 3_000;

export function Copy({ text, label, name }: { text: string; label: string; name: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_MS);
  };
  return (
    <div class="copy">
      <input
        class="input mono"
        readOnly
        value={text}
        aria-label={name}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button look="primary" onClick={copy}>
        <Icon name={isCopied ? 'check' : 'copy'} />
        <span aria-live="polite">{isCopied ? t('copied') : label}</span>
      </Button>
    </div>
  );
}
