/** Files that need a session: fetched, so that a refusal is told on the page, then opened from memory. */

import { OWN_PAGE } from '../session';
import { type Failure, failureOfResponse, UNREACHABLE } from './failure';

const KEEP_MS = 60_000;

/** Hands a PDF to the browser as a download; returns what went wrong, if anything did. */
export async function download(path: string, fileName: string): Promise<Failure | null> {
  let response: Response;
  try {
    response = await fetch(path, { headers: OWN_PAGE, cache: 'no-store' });
  } catch {
    return UNREACHABLE;
  }
  if (!response.ok) return failureOfResponse(response);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
  return null;
}
