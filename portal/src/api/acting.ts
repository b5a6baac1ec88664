/** Mutations from a component: one at a time, never twice by accident, refusals sorted to their fields. */

import type { CombinedError } from '@urql/core';
import { useRef, useState } from 'preact/hooks';
import type { TadaDocumentNode } from '../graphql';
import { changes, client } from './client';
import { type Failure, failureOf, isLost } from './failure';
import { expectOwnChange } from './live';

export type UserError = {
  code: string;
  message: string;
  field: string[] | null;
  /** The invoice that has to be paid first. */
  invoiceId?: string | null;
  /** When the same may be asked for again. */
  retryAt?: string | null;
  /** By which the provider's script lets the payer's bank ask. */
  clientSecret?: string | null;
  /** Why a card was declined, in the provider's word. */
  declineCode?: string | null;
};
export type Payload = { userErrors: UserError[] };

export type Problem = { errors: UserError[]; failure: Failure | null };
export const NO_PROBLEM: Problem = { errors: [], failure: null };

export type Act<Input, Result> = {
  isBusy: boolean;
  problem: Problem;
  /** Returns what the mutation came to, or null if it was refused or did not arrive. */
  act: (input: Input) => Promise<Result | null>;
  clear: () => void;
};

/** How long to wait before asking again what became of a request whose answer was lost. */
const ASK_AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000];

type Options = {
  /**
   * Sends a key with each request, the same one for the same input until an answer arrives: asked again, the
   * server tells what became of the first.
   */
  once?: boolean;
};

export function useAct<Result extends Payload, Input extends object>(
  document: TadaDocumentNode<Record<string, Result>, { input: Input }>,
  { once = false }: Options = {},
): Act<Input, Result> {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(NO_PROBLEM);
  const running = useRef(false);
  const kept = useRef({ input: '', key: '' });

  const keyed = (input: Input): Input => {
    const text = JSON.stringify(input);
    if (kept.current.input !== text) kept.current = { input: text, key: newKey() };
    return { ...input, idempotencyKey: kept.current.key };
  };
  const act = async (input: Input): Promise<Result | null> => {
    if (running.current) return null;
    running.current = true;
    setBusy(true);
    setProblem(NO_PROBLEM);
    expectOwnChange();
    const asked = { input: once ? keyed(input) : input };
    const ask = () => client.value.mutation(document, asked).toPromise();
    let result = await ask();
    for (const ms of once ? ASK_AGAIN_MS : []) {
      if (!isLost(result.error)) break;
      setProblem({ errors: [], failure: { ...failureOf(result.error as CombinedError), kind: 'checking' } });
      await untilOnline(ms);
      result = await ask();
    }
    running.current = false;
    setBusy(false);
    changes.value++;
    const payload = result.data && Object.values(result.data)[0];
    if (payload) kept.current = { input: '', key: '' };
    if (payload && !payload.userErrors.length) return payload;
    setProblem({
      errors: payload?.userErrors ?? [],
      failure: result.error ? outcomeOf(result.error) : null,
    });
    return null;
  };
  return { isBusy, problem, act, clear: () => setProblem(NO_PROBLEM) };
}

/** A lost answer leaves open whether the request was carried out: nothing else may be said of it. */
function outcomeOf(error: CombinedError): Failure {
  const failure = failureOf(error);
  return isLost(error) ? { ...failure, kind: 'unknown' } : failure;
}

/** Waits so long, or until there is a network again. */
function untilOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    addEventListener('online', go);
  });
}

/** `crypto.randomUUID` is missing where a page is not served over HTTPS or from this machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
