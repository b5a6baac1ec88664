/** What can go wrong on the way to an answer, in the few kinds that people can do something about. */

import type { CombinedError } from '@urql/core';
import { expire } from '../session';

export type Failure = {
  /** What was asked for has been done or not: `checking` asks again, `unknown` has asked long enough. */
  kind: 'unreachable' | 'refused' | 'broken' | 'checking' | 'unknown';
  /** The server's code, such as SAME_PLAN; empty if it did not answer. */
  code: string;
  /** What support needs to find it in the logs. */
  requestId: string | null;
  /** The invoice that has to be paid first. */
  invoiceId?: string | null;
};

export const UNREACHABLE: Failure = { kind: 'unreachable', code: '', requestId: null };

const SIGNED_OUT = 'UNAUTHENTICATED';
/** Codes that are no refusals of billing but faults of a server or of this page. */
const BROKEN = new Set(['', 'INTERNAL', 'QUERY_TOO_COMPLEX', 'GRAPHQL_VALIDATION_FAILED']);

/** Returns what went wrong; a session that is over ends here, for every caller. */
export function failureOf(error: CombinedError): Failure {
  const response: Response | undefined = error.response;
  const [first] = error.graphQLErrors;
  // What stands before the API, such as a proxy, limits callers without a code of ours.
  const code = String(first?.extensions?.code ?? (response?.status === 429 ? 'RATE_LIMITED' : ''));
  if (code === SIGNED_OUT || response?.status === 401) expire();
  if (!first && !response) return UNREACHABLE;
  return {
    kind: BROKEN.has(code) ? 'broken' : 'refused',
    code,
    invoiceId: first?.extensions?.invoiceId as string | undefined,
    requestId: String(first?.extensions?.requestId ?? response?.headers.get('x-request-id') ?? '') || null,
  };
}

/** Whether an answer is lost, so that nobody here knows if the request was carried out. */
export function isLost(error: CombinedError | undefined): boolean {
  if (!error || error.graphQLErrors.length) return false;
  const response: Response | undefined = error.response;
  return !response || response.status >= 500;
}

/** Returns what a refusing answer of the plain HTTP routes says. */
export async function failureOfResponse(response: Response): Promise<Failure> {
  if (response.status === 401) expire();
  const problem = await response.json().catch(() => ({}));
  return {
    kind: response.status < 500 ? 'refused' : 'broken',
    code: String(problem.code ?? ''),
    requestId: response.headers.get('x-request-id'),
  };
}
