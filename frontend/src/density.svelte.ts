/** How close rows stand; remembered in this browser. */
import { keep, kept } from './kept';

export const DENSITIES = ['compact', 'normal', 'roomy'] as const;
export type Density = (typeof DENSITIES)[number];

const KEY = 'tablecast.density';
const HEIGHTS: Readonly<Record<Density, number>> = { compact: 24, normal: 30, roomy: 40 };

class DensityChoice {
  chosen = $state<Density>(DENSITIES.find((one) => one === kept(KEY)) ?? 'normal');

  /** Of a row, in pixels. */
  get rowHeight(): number {
    return HEIGHTS[this.chosen];
  }

  choose(density: Density): void {
    this.chosen = density;
    keep(KEY, density === 'normal' ? null : density);
  }
}

export const density = new DensityChoice();
