import type { DesktopHost } from '#app/contract/host.ts';

declare global {
  interface Window {
    /** Missing in a browser. */
    readonly dtl?: DesktopHost;
  }
}
