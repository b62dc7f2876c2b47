import {effect, signal} from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';
const STORE = 'callcast.theme';

/** As the system has it, unless somebody wants it otherwise; that is remembered. */
export const theme = signal<Theme>((localStorage.getItem(STORE) as Theme | null) ?? 'auto');

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  localStorage.setItem(STORE, theme.value);
});
