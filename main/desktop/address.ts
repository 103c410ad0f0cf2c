/** The page's address. A scheme of its own gives it an origin, so storage, CSP and `fetch` work as on a server. */
export const SCHEME = 'dtl';
export const HOST = 'app';
export const PAGE = `${SCHEME}://${HOST}/`;

/** Whether `url` lies under the page's own origin. */
export function isOwn(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed?.protocol === `${SCHEME}:` && parsed.host === HOST;
}

/** Whether `url` is the page itself, wherever in it. */
export function isPage(url: string): boolean {
  return isOwn(url) && ['/', '/index.html'].includes(new URL(url).pathname);
}
