/** A native dialog: focus goes in and comes back, and Esc closes it. */

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { Icon } from './icon';

type DialogProps = { title: string; onClose: () => void; children: ComponentChildren; isWide?: boolean };

/** Shown for as long as it is rendered. */
export function Dialog({ title, onClose, children, isWide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the next key can be pressed: a quick Tab would move the focus behind the dialog.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  // A dialog that shut itself would say so a moment later, when a quick Enter may have opened it again.
  const cancel = (event: Event) => {
    if (!event.cancelable) return;
    event.preventDefault();
    onClose();
  };
  const closed = () => {
    if (dialog.current) onClose();
  };
  return (
    <dialog
      ref={dialog}
      class={`dialog${isWide ? ' is-wide' : ''}`}
      aria-labelledby={titleId}
      onCancel={cancel}
      onClose={closed}
      closedby="any"
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="icon-button" aria-label={t('close')} onClick={onClose}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
