/** Asking the API from a component: the answer stays on the page while it is asked again. */

import type { AnyVariables } from '@urql/core';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TadaDocumentNode } from '../graphql';
import { entry } from '../router';
import { changes, client } from './client';
import { type Failure, failureOf } from './failure';

export type Answer<Data> = {
  data: Data | undefined;
  failure: Failure | undefined;
  /** Whether what is shown belongs to an earlier question. */
  isStale: boolean;
  retry: () => void;
};

type Options = {
  /** Nothing is asked while this is set. */
  pause?: boolean;
  /** Asks again so often, for what no event announces. */
  everyMs?: number;
};

type State<Data> = { key: string; data?: Data | undefined; failure?: Failure | undefined };

export function useAsk<Data, Variables extends AnyVariables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false, everyMs }: Options = {},
): Answer<Data> {
  const key = JSON.stringify(variables);
  const asked = client.value;
  // What is known already is there at once: a page that is come back to is as long as it was.
  const [state, setState] = useState<State<Data>>(() => ({
    key,
    data: pause ? undefined : asked.readQuery(document, variables)?.data,
  }));
  const again = useRef(() => {});

  useEffect(() => {
    if (pause) return;
    const known = asked.readQuery(document, variables)?.data;
    setState((before) => (known ? { key, data: known } : { ...before, failure: undefined }));
    const asking = repeatedly(async (isCurrent) => {
      const result = await asked.query(document, variables, { requestPolicy: 'network-only' }).toPromise();
      if (!isCurrent()) return;
      const failure = result.error && failureOf(result.error);
      setState((before) => ({
        key,
        data: result.data ?? (before.key === key ? before.data : undefined),
        failure,
      }));
    });
    again.current = asking.ask;
    const stopListening = changes.subscribe(asking.ask);
    const timer = everyMs ? setInterval(asking.ask, everyMs) : 0;
    return () => {
      stopListening();
      clearInterval(timer);
      asking.stop();
    };
  }, [asked, document, key, pause, everyMs]);

  return {
    data: state.data,
    failure: state.failure,
    isStale: state.key !== key,
    retry: () => again.current(),
  };
}

type Connection<Row> = {
  edges: { node: Row }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
};

export type Pages<Row> = {
  rows: Row[] | undefined;
  failure: Failure | undefined;
  isStale: boolean;
  hasMore: boolean;
  isLoadingMore: boolean;
  more: () => void;
  retry: () => void;
};

type Paged = { first: number; after?: string | null };
type Tail<Row> = { key: string; rows: Row[]; page: Connection<Row>['pageInfo'] };

const PAGE = 20;
const PAGE_MAX = 100;

type Loaded<Row> = { first: number; tail: Tail<Row> | null };

/** How much was loaded of each list, by the entry of the history that shows it: who comes back finds it again. */
const loadedLists = new WeakMap<object, Map<string, Loaded<unknown>>>();
const LOADED_MAX = 20;

function loadedOf(document: object, key: string): Loaded<unknown> | undefined {
  return loadedLists.get(document)?.get(`${entry} ${key}`);
}

function keepLoaded(document: object, key: string, loaded: Loaded<unknown>): void {
  const lists = loadedLists.get(document) ?? new Map<string, Loaded<unknown>>();
  loadedLists.set(document, lists);
  lists.delete(`${entry} ${key}`);
  lists.set(`${entry} ${key}`, loaded);
  const [oldest] = lists.keys();
  if (oldest !== undefined && lists.size > LOADED_MAX) lists.delete(oldest);
}

/** A list that grows: its first rows follow what changes, those that were loaded later stay as they were. */
export function usePages<Data, Variables extends Paged, Row extends { id: string }>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Omit<Variables, 'first' | 'after'>,
  connectionOf: (data: Data) => Connection<Row>,
  options: Options = {},
): Pages<Row> {
  const key = JSON.stringify(variables);
  const before = useRef(loadedOf(document, key) as Loaded<Row> | undefined).current;
  const [size, setSize] = useState({ key, first: before?.first ?? PAGE });
  const first = size.key === key ? size.first : PAGE;
  const [tail, setTail] = useState<Tail<Row> | null>(before?.tail ?? null);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const answer = useAsk(document, { ...variables, first } as Variables, options);
  const head = answer.data && connectionOf(answer.data);
  const loaded = tail?.key === key ? tail : null;
  const page = loaded?.page ?? head?.pageInfo;
  useEffect(() => keepLoaded(document, key, { first, tail: loaded }), [key, first, loaded]);

  const more = async () => {
    if (first < PAGE_MAX && !loaded) {
      setSize({ key, first: first + PAGE });
      return;
    }
    setLoadingMore(true);
    const asked = { ...variables, first: PAGE, after: page?.endCursor ?? null } as unknown as Variables;
    const result = await client.value.query(document, asked, { requestPolicy: 'network-only' }).toPromise();
    setLoadingMore(false);
    if (!result.data) return;
    const next = connectionOf(result.data);
    const rows = [...(loaded?.rows ?? []), ...next.edges.map((edge) => edge.node)];
    setTail({ key, rows, page: next.pageInfo });
  };

  return {
    rows: head && distinct([...head.edges.map((edge) => edge.node), ...(loaded?.rows ?? [])]),
    failure: answer.failure,
    // A longer first page is the same list.
    isStale: answer.isStale && first === PAGE,
    hasMore: page?.hasNextPage ?? false,
    isLoadingMore: isLoadingMore || (answer.isStale && first > PAGE),
    more,
    retry: answer.retry,
  };
}

/** How many match in all: counting may take a while, so it is asked beside the list, and once for each filter. */
export function useTotal<Data, Variables extends AnyVariables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  totalOf: (data: Data) => number | null,
  { pause = false }: Options = {},
): number | null {
  const key = JSON.stringify(variables);
  const [total, setTotal] = useState<{ key: string; count: number | null }>({ key, count: null });
  useEffect(() => {
    if (pause) return;
    let isOver = false;
    const count = async () => {
      const result = await client.value.query(document, variables).toPromise();
      if (!isOver && result.data) setTotal({ key, count: totalOf(result.data) });
    };
    void count();
    return () => {
      isOver = true;
    };
  }, [document, key, pause]);
  return total.key === key ? total.count : null;
}

const PAGES_MAX = 20;

/** All of a short list, such as the plans that are on sale: page after page, up to PAGES_MAX of them. */
export function useAll<Data, Row>(
  document: TadaDocumentNode<Data, Paged>,
  connectionOf: (data: Data) => Connection<Row>,
): Answer<Row[]> {
  const first = useAsk(document, { first: PAGE_MAX });
  const head = first.data && connectionOf(first.data);
  const [rest, setRest] = useState<{ of: Connection<Row>; rows: Row[] } | null>(null);
  const [failure, setFailure] = useState<Failure>();

  useEffect(() => {
    if (!head) return;
    let isOver = false;
    const fetchRest = async () => {
      const rows: Row[] = [];
      let page = head.pageInfo;
      for (let count = 1; page.hasNextPage && count < PAGES_MAX; count++) {
        const asked = { first: PAGE_MAX, after: page.endCursor };
        const result = await client.value
          .query(document, asked, { requestPolicy: 'network-only' })
          .toPromise();
        if (isOver) return;
        if (!result.data) {
          setFailure(result.error && failureOf(result.error));
          return;
        }
        const next = connectionOf(result.data);
        rows.push(...next.edges.map((edge) => edge.node));
        page = next.pageInfo;
      }
      if (!isOver) setRest({ of: head, rows });
    };
    void fetchRest();
    return () => {
      isOver = true;
    };
  }, [first.data]);

  const isWhole = head && (!head.pageInfo.hasNextPage || rest?.of === head);
  return {
    ...first,
    data: isWhole
      ? [...head.edges.map((edge) => edge.node), ...(rest?.of === head ? rest.rows : [])]
      : undefined,
    failure: first.failure ?? failure,
  };
}

/** Leaves out rows that moved from the first page into a later one while it was loaded. */
function distinct<Row extends { id: string }>(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** Runs *work* one at a time; whatever is asked for meanwhile is done once, afterwards. */
function repeatedly(work: (isCurrent: () => boolean) => Promise<void>) {
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;
  const ask = async () => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted && !isStopped) {
      isWanted = false;
      await work(() => !isStopped);
    }
    isRunning = false;
  };
  return { ask: () => void ask(), stop: () => (isStopped = true) };
}
