/** Whether what is on the screen can be used by everyone, as far as a program can tell. */
import { AxeBuilder, expect, type Page } from '../../frontend/browser/kit';

/** What the standard asks, without what is only good practice: for pages that others have made. */
export const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const ALL = [...STANDARD, 'best-practice'];

/** What is open upon a page: that behind it was looked at before. */
export const OPENED = 'dialog[open], :popover-open';

/**
 * No violation of WCAG 2.2 AA and no bad practice, in light and in dark: colours are all that a
 * scheme changes, so in dark only contrast is looked at.
 */
export async function expectAccessible(page: Page, within = 'body', tags = ALL): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await untilStill(page);
  const rules = { 'target-size': { enabled: true } };
  const everything = new AxeBuilder({ page })
    .options({ rules, runOnly: tags, resultTypes: ['violations'] })
    .include(within);
  expect(told((await everything.analyze()).violations)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await untilStill(page);
  const contrast = new AxeBuilder({ page })
    .options({ runOnly: ['color-contrast'], resultTypes: ['violations'] })
    .include(within);
  expect(told((await contrast.analyze()).violations)).toEqual([]);
}

/** Longer than any colour takes to go over into another; what goes on for ever is not waited for. */
const STILL_MS = 1_500;

async function untilStill(page: Page): Promise<void> {
  await page.evaluate(async (most) => {
    const still = async () => {
      await new Promise(requestAnimationFrame);
      await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    };
    await Promise.race([still(), new Promise((done) => setTimeout(done, most))]);
  }, STILL_MS);
}

type Violations = Awaited<ReturnType<AxeBuilder['analyze']>>['violations'];

function told(violations: Violations): string[] {
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 300)} ${failureSummary ?? ''}`),
  );
}
