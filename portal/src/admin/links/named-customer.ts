/** Who a link is made for: found by what an operator knows of them, their address or their id. */

import { client } from '../../api/client';
import { type Failure, failureOf } from '../../api/failure';
import { graphql } from '../../graphql';

const NAMED = graphql(`
  query CustomerOfLink($id: ID, $email: String) {
    customer(id: $id, email: $email) { id }
  }
`);

const FRESH = { requestPolicy: 'network-only' } as const;
/** What can't be an address or an id is nobody's either. */
const NOBODY = new Set(['INVALID_VALUE', 'MALFORMED_ID', 'CUSTOMER_NOT_FOUND']);

export type Named = { id: string | null; failure: Failure | null };

export async function findNamed(text: string): Promise<Named> {
  const key = text.includes('@') ? { email: text } : { id: text };
  const { data, error } = await client.value.query(NAMED, key, FRESH).toPromise();
  const failure = error ? failureOf(error) : null;
  return { id: data?.customer?.id ?? null, failure: failure && !NOBODY.has(failure.code) ? failure : null };
}
