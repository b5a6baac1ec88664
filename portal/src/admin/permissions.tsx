/** What the operator who is signed in may. The server decides; here it only decides what is shown. */

import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Answer, useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';

const ME = graphql('query Me { me { subject email permissions } }');

export type Me = ResultOf<typeof ME>['me'];
export type Permission = Me['permissions'][number];

const NOBODY: Me = { subject: '', email: null, permissions: [] };
const Known = createContext<Me>(NOBODY);

/** Asks who one is; until that is known nothing is shown. */
export function useMe(): Answer<ResultOf<typeof ME>> {
  return useAsk(ME, {});
}

export function Knowing({ me, children }: { me: Me; children: ComponentChildren }) {
  return <Known.Provider value={me}>{children}</Known.Provider>;
}

export function useSubject(): string {
  return useContext(Known).subject;
}

/** Returns the operator's own e-mail address, where one is known. */
export function useAddress(): string | null {
  return useContext(Known).email;
}

/** Returns all that the operator may: nobody hands on more. */
export function usePermissions(): readonly Permission[] {
  return useContext(Known).permissions;
}

/** Returns whether the operator has a permission. */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useContext(Known);
  return (permission) => permissions.includes(permission);
}

/** Shows what is for those who have a permission. */
export function Allowed({ to, children }: { to: Permission; children: ComponentChildren }) {
  return useMay()(to) ? <>{children}</> : null;
}
