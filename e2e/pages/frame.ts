/** What is around every screen: the way to others, the status bar, palette, shortcut sheet and task list. */
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export type Screen = 'Library' | 'Label' | 'Train' | 'Runs' | 'Packs';

/** The keys that lead to a screen, one after the other. */
const goKeys: Readonly<Record<Screen, string>> = { Library: 'l', Label: 'a', Train: 't', Runs: 'r', Packs: 'p' };

export const REFUSED = 'The disk is full. Nothing was changed.';
/** As the core sends it (`app/contract/wire-error.ts`). */
const REFUSAL = {
  defined: false,
  code: 'APP_ERROR',
  status: 500,
  message: REFUSED,
  data: { code: 'files.full', kind: 'expected', message: REFUSED, data: {} },
};

export class Frame {
  readonly page: Page;
  readonly heading: Locator;
  readonly status: Locator;
  readonly palette: Locator;
  readonly shortcuts: Locator;
  readonly notices: Locator;

  constructor(page: Page) {
    this.page = page;
    this.heading = page.getByRole('main').getByRole('heading', { level: 1 });
    this.status = page.getByRole('contentinfo');
    this.palette = page.getByRole('dialog', { name: 'Search or run a command' });
    this.notices = page.getByRole('region', { name: /^Notifications/ }).getByRole('listitem');
    this.shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  }

  async goByKeys(screen: Screen): Promise<void> {
    await this.page.keyboard.press('g');
    await this.page.keyboard.press(goKeys[screen]);
    await expect(this.heading).toHaveText(screen);
  }

  async go(screen: Screen | 'Projects' | 'Backbones' | 'Settings'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click();
    await expect(this.heading).toHaveText(screen);
  }

  /** `"112 of 160 labelled"` */
  async seesLabelled(labelled: number, total: number): Promise<void> {
    await expect(this.status).toContainText(`${labelled} of ${total} labelled`);
  }

  /** From the next load on, what the core says comes so many milliseconds later, as on a slower machine; in a browser only. */
  async hearsLate(milliseconds: number): Promise<void> {
    await this.page.routeWebSocket(/^ws/, (socket) => {
      const core = socket.connectToServer();
      core.onMessage((message) => void setTimeout(() => socket.send(message), milliseconds));
    });
  }

  /**
   * From the next load on, a call of the procedure that is named last (`runs/start`) fails; null: none does. In a browser
   * only.
   */
  async refusing(): Promise<(procedure: string | null) => void> {
    let refused: string | null = null;
    await this.page.routeWebSocket(/^ws/, (socket) => {
      const core = socket.connectToServer();
      socket.onMessage((message) => {
        const call = JSON.parse(String(message)) as { readonly i: string; readonly p?: { readonly u?: string } };
        if (call.p?.u !== `/${refused ?? ''}`) core.send(message);
        else socket.send(JSON.stringify({ i: call.i, p: { s: 500, b: { json: REFUSAL } } }));
      });
    });
    return (procedure) => {
      refused = procedure;
    };
  }

  async openTasks(): Promise<Locator> {
    await this.status.getByRole('button').click();
    const list = this.page.getByRole('dialog').filter({ has: this.page.getByRole('region', { name: 'At work' }) });
    await expect(list).toBeVisible();
    return list;
  }

  /** Something has the focus: after a step that leaves it nowhere, keys and screen readers start again at the top. */
  async keepsFocus(): Promise<void> {
    await expect(this.page.locator(':focus')).toHaveCount(1);
  }
}
