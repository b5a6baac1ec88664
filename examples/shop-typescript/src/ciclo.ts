/** Ciclo's API, typed by its schema: a field that is not there does not compile. */

import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada';
import { print } from 'graphql';
import type { introspection } from './graphql-env.js';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Decimal: string; Date: string; DateTime: string };
}>();

export class Ciclo {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** Asks; throws what is no answer: no permission, a limit, Ciclo away. */
  async ask<Result, Variables>(
    document: TadaDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}` },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const answer = (await response.json()) as { data: Result; errors?: { message: string }[] };
    if (answer.errors) throw new Error(answer.errors.map((one) => one.message).join('; '));
    return answer.data;
  }
}
