/** What keeps nobody out: a screen as axe sees it, in both themes and both sizes. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { Frame } from './frame.ts';

/** Each theme once, for its colours, and each size once, for what lies where; the other two pairs tell nothing new. */
const VIEWS = [
  { theme: 'light', width: 1440, height: 900 },
  { theme: 'dark', width: 1024, height: 700 },
] as const;
const FADING = 'document.getAnimations().some((one) => one instanceof CSSTransition)';

/** A photo in the grid is named by its file first; its caption, hidden from screen readers, has another order. */
const isCaption = (rule: string, html: string): boolean =>
  rule === 'label-content-name-mismatch' && html.includes('role="gridcell"');

/** Finds no serious or critical violation in what is seen now; afterwards the window is as it was before. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const before = page.viewportSize();
  // Notices are not part of a screen.
  await expect(new Frame(page).notices).toHaveCount(0, { timeout: 20_000 });
  // What fades in is measured when it is there.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const { theme, ...size } of VIEWS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: theme });
    await expect(page.locator('html')).toHaveClass(theme === 'dark' ? /dark/ : /^(?!.*dark)/);
    await expect.poll(() => page.evaluate(FADING)).toBe(false);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const grave = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({ id, nodes: nodes.filter(({ html }) => !isCaption(id, html)) }))
      .filter(({ nodes }) => nodes.length > 0)
      .map(({ id, nodes }) => ({
        id,
        at: nodes.slice(0, 3).map(({ html, failureSummary }) => [html, failureSummary]),
      }));
    expect.soft(grave, `${what}, ${theme}, ${size.width} x ${size.height}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}
