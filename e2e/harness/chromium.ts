/** The browser that is installed: none is fetched. */
import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** `DTL_CHROMIUM`, or where distributions put it. Throws when there is none. */
export function chromiumPath(): string {
  const named = process.env['DTL_CHROMIUM'];
  const found = named ?? places.find((place) => existsSync(place));
  if (found === undefined) {
    throw new Error(`There is no chromium at ${places.join(', ')}: install one, or name it in DTL_CHROMIUM.`);
  }
  return found;
}

/** Quiet about the outside: without these it looks for updates and its maker's hosts at every start. */
export const chromiumArguments = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];
