/** Finding anything from anywhere: a button in the head, Ctrl+K, and answers by kind that the arrows walk. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { counted, t } from '../../i18n';
import { navigate } from '../../router';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { Icon } from '../../ui/icon';
import { PendingPart } from '../../ui/pending';
import { FOUND, type Found, foundBy } from './found';

const SEARCH = graphql('query Search($text: String!) { search(text: $text) { ...Found } }', [FOUND]);

const TEXT_CHARS_MIN = 2;
const TEXT_CHARS_MAX = 100;
/** Nobody wants answers to half a word. */
const SEARCH_WAIT_MS = 150;

/** The button, and the dialog that it or the keys open. */
export function Search() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      // What is open asks for an answer first.
      if (!document.querySelector('dialog[open]')) setOpen(true);
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <>
      <button
        type="button"
        class="icon-button search-button"
        onClick={() => setOpen(true)}
        aria-label={t('search.button')}
        aria-keyshortcuts="Control+K"
        title={`${t('search.button')} (Ctrl+K)`}
      >
        <Icon name="search" size={18} />
      </button>
      {isOpen && <SearchDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function SearchDialog({ onClose }: { onClose: () => void }) {
  const place = useRef<HTMLElement>(null);
  const [typed, setTyped] = useState('');
  const [text, setText] = useState('');
  /** Whether Enter asked for the first answer, which may be still to come. */
  const [isHurried, setHurried] = useState(false);
  // Before the next key can be pressed: who knows what to look for types on.
  useLayoutEffect(() => place.current?.querySelector('input')?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), SEARCH_WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const isAsked = text.length >= TEXT_CHARS_MIN;
  const answer = useAsk(SEARCH, { text }, { pause: !isAsked });
  const found = isAsked && answer.data ? foundBy(answer.data.search) : [];
  const go = (to: string) => {
    onClose();
    navigate(to);
  };
  const walk = (event: KeyboardEvent) => {
    // A field for searches takes the first Escape for itself.
    if (event.key === 'Escape') onClose();
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const stops = [...(place.current?.querySelectorAll<HTMLElement>('input, a') ?? [])];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    stops[(at + (event.key === 'ArrowDown' ? 1 : -1) + stops.length) % stops.length]?.focus();
  };
  const first = found[0]?.rows[0]?.to;
  const isAnswered = isAsked && text === typed.trim() && Boolean(answer.data) && !answer.isStale;
  useEffect(() => {
    if (!isHurried || !isAnswered) return;
    setHurried(false);
    if (first) go(first);
  }, [isHurried, isAnswered, first]);
  const hurry = (event: SubmitEvent) => {
    event.preventDefault();
    setText(typed.trim());
    setHurried(true);
  };
  return (
    <Dialog title={t('search.title')} onClose={onClose} isWide>
      <search class="stack" ref={place} onKeyDown={walk}>
        <form onSubmit={hurry}>
          <TextField
            label={t('search.label')}
            hint={t('search.hint')}
            type="search"
            value={typed}
            onValue={(value) => {
              setTyped(value);
              setHurried(false);
            }}
            maxLength={TEXT_CHARS_MAX}
          />
        </form>
        {isAsked && <Answers answer={answer} found={found} onGo={go} />}
      </search>
    </Dialog>
  );
}

type AnswersProps = {
  answer: ReturnType<typeof useAsk>;
  found: readonly Found[];
  onGo: (to: string) => void;
};

function Answers({ answer, found, onGo }: AnswersProps) {
  if (!answer.data || answer.failure) return <PendingPart answer={answer} failed={t('search.failed')} />;
  const count = found.reduce((sum, { rows }) => sum + rows.length, 0);
  return (
    <div class={`stack${answer.isStale ? ' is-stale' : ''}`} aria-busy={answer.isStale}>
      <p class={count ? 'hidden' : 'muted'} role="status">
        {count ? counted('search.count', count) : t('search.none')}
      </p>
      {found.map(({ kind, rows }) => (
        <section key={kind} aria-label={kind}>
          <h3 class="label">{kind}</h3>
          <ul class="found">
            {rows.map((row) => (
              <li key={row.to}>
                <a
                  href={row.to}
                  onClick={(event) => {
                    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
                    event.preventDefault();
                    onGo(row.to);
                  }}
                >
                  <strong>{row.name}</strong>
                  <span class="sub">{row.note}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
