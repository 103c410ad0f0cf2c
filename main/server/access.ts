/**
 * Who may talk to the server. It listens on this machine only, but so does every other user's program, and every page that
 * the person has open can send requests to it.
 *
 * The address that is printed carries a token, which is exchanged for a cookie. The token stays valid as long as the server
 * runs: whoever can read the terminal may click the line once more, in another browser or after the cookies were cleared.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly words: string;
}

/**
 * The first characters of the token say whom somebody wants to be, the others prove it. Guesses are counted apart by the
 * first: a stranger who tries tokens as fast as it can keeps nobody out who has the right one.
 */
const NAMING = 16;

/** Wrong tokens that are answered at once, and how many more a second. */
const WRONG_TOKENS = 10;
const WRONG_TOKENS_A_SECOND = 0.5;

class Patience {
  #left = WRONG_TOKENS;
  #countedAt = 0;

  /** `now`: milliseconds. */
  has(now: number): boolean {
    const earned = ((now - this.#countedAt) / 1000) * WRONG_TOKENS_A_SECOND;
    this.#left = Math.min(WRONG_TOKENS, this.#left + earned);
    this.#countedAt = now;
    return this.#left >= 1;
  }

  wear(): void {
    this.#left--;
  }
}

export class Access {
  readonly token = randomBytes(32).toString('base64url');
  readonly #session = randomBytes(32).toString('base64url');
  readonly #now: () => number;
  #port = 0;
  readonly #patience = { strangers: new Patience(), own: new Patience() };

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Browsers send cookies to every port of a host: two servers at once need two names. */
  listensOn(port: number): void {
    this.#port = port;
  }

  get #cookieName(): string {
    return `dtl-studio-${this.#port}`;
  }

  /** The way out of here for a browser that brought the right token. */
  cookie(): string {
    return `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** For requests from anywhere but this server's own pages. Null: none of its business. */
  stranger({ headers }: IncomingMessage): Refusal | null {
    const { host = '', origin } = headers;
    // Any port: a tunnel may bring the server to another one. A foreign name is a page that rebound its own to this machine.
    if (!/^(127\.0\.0\.1|localhost)(:\d{1,5})?$/.test(host)) {
      return { status: 403, words: 'This server answers to 127.0.0.1 and localhost only.' };
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      return { status: 403, words: 'Pages of other sites may not use this server.' };
    }
    const site = headers['sec-fetch-site'];
    const foreign = site === 'cross-site' || site === 'same-site';
    // A link may lead here; a frame would let another page send tokens without anybody seeing it.
    const { 'sec-fetch-mode': mode, 'sec-fetch-dest': into = 'document' } = headers;
    if (foreign && (mode !== 'navigate' || into !== 'document')) {
      return { status: 403, words: 'Pages of other sites may not use this server.' };
    }
    return null;
  }

  /** Null: the token is right. */
  refuseToken(token: string): Refusal | null {
    const named = equal(token.slice(0, NAMING), this.token.slice(0, NAMING));
    const patience = named ? this.#patience.own : this.#patience.strangers;
    if (!patience.has(this.#now())) {
      return { status: 429, words: 'Too many wrong tokens. Wait a moment and try again.' };
    }
    if (equal(token, this.token)) return null;
    patience.wear();
    return {
      status: 401,
      words: 'This address is not valid any more. Open the address that the running server has printed.',
    };
  }

  isKnown({ headers }: IncomingMessage): boolean {
    const start = `${this.#cookieName}=`;
    const given = (headers.cookie ?? '').split(/;\s*/).filter((cookie) => cookie.startsWith(start));
    return given.some((cookie) => equal(cookie.slice(start.length), this.#session));
  }
}

function equal(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
