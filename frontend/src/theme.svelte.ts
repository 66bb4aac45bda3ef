/** Light, dark, or as the system has it; remembered in this browser. */
import { keep, kept } from './kept';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'tablecast.theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

class ThemeChoice {
  chosen = $state<Theme>('system');

  restore(): void {
    const before = kept(KEY);
    this.choose(THEMES.find((theme) => theme === before) ?? 'system');
  }

  choose(theme: Theme): void {
    this.chosen = theme;
    document.documentElement.dataset.theme = theme;
    keep(KEY, theme === 'system' ? null : theme);
  }

  next(): void {
    this.choose(THEMES[(THEMES.indexOf(this.chosen) + 1) % THEMES.length] ?? 'system');
  }
}

export const theme = new ThemeChoice();
