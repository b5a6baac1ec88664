/** Toasts: a word about something that changed elsewhere. They wait while somebody reads them. */

import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon';

const SHOWN_MS = 6_000;

type Toast = { id: number; text: string; icon: IconName; tone: string };

const shown = signal<Toast[]>([]);
let count = 0;

export function toast(
  text: string,
  { icon = 'info', tone = 'info' }: { icon?: IconName; tone?: string } = {},
): void {
  shown.value = [...shown.value, { id: ++count, text, icon, tone }];
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((one) => (
        <Shown key={one.id} toast={one} />
      ))}
    </div>
  );
}

function Shown({ toast: { id, text, icon, tone } }: { toast: Toast }) {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => {
      shown.value = shown.value.filter((one) => one.id !== id);
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, isHeld]);
  return (
    <p class={`toast tone-${tone}`} onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)}>
      <Icon name={icon} />
      <span>{text}</span>
    </p>
  );
}
