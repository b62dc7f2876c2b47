import {signal} from '@preact/signals';
import type {Access} from '../api/types';

/**
 * Who is at the page. A key or a token is kept for this tab only (sessionStorage), is sent as a header, and never stands in
 * an address. A node without authentication asks for neither.
 */
const STORE = 'callcast.key';

/** Empty where none is needed, or none was given yet. */
export const key = signal(sessionStorage.getItem(STORE) ?? '');

/** undefined while it is not known; null when a key is needed. */
export const access = signal<Access | null | undefined>(undefined);

/** Why the last key was not taken. */
export const refusal = signal('');

export function may(scope: 'read' | 'control' | 'admin'): boolean {
  const scopes = access.value?.scopes ?? [];
  return scopes.includes('admin') || scopes.includes(scope) || (scope === 'read' && scopes.includes('control'));
}

/** Whether whoever is here may ask for some calls only, and not for what is of the node. */
export function bound(): boolean {
  return access.value?.call !== undefined || access.value?.calls !== undefined;
}

/** Takes the token that the address brought along, and takes it out of the address. */
export function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) {
    keep(token);
    location.replace('#/'); // which the router hears of
  }
}

export function keep(text: string): void {
  key.value = text;
  if (text) sessionStorage.setItem(STORE, text);
  else sessionStorage.removeItem(STORE);
}

/** The node does not take the key that a request was sent with, or takes it no longer. */
export function refused(why: string, used: string): void {
  if (used !== key.value) return; // Somebody has signed in with another one since, or was told already.
  if (used) refusal.value = why;
  keep('');
  access.value = null;
}
