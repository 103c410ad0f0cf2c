/**
 * Small pictures of photos, many in one answer: a request each costs both ends more than the picture itself, and a screen
 * full of them is what a person waits for. What came once stays, and stands in the page as it is.
 */
import { thumbsAddress } from './media.ts';

/** In one request. */
const TOGETHER = 48;
/** Characters; some 2,000 pictures. */
const MOST_KEPT = 32_000_000;
const THUMB = /^\/media\/thumb\/(\d+)\?h=([0-9a-f]+)$/;

export interface Thumbs {
  /**
   * What a picture's element shows for an address of `media.ts`: the picture itself in a data URL where it could be had
   * together with others, else the address, which says by itself what is wrong. At once where it is known.
   */
  source(address: string): string | Promise<string>;
}

/** What came in one answer: its pictures are pieces of its text, which stays until none of them is kept. */
interface Answer {
  readonly addresses: readonly string[];
  readonly characters: number;
}

interface Picture {
  readonly source: string;
  readonly answer: Answer;
}

/** `read`: the lines of the answer, data URLs; rejects where there is none. */
export function createThumbs(read: (address: string) => Promise<readonly string[]>, mostKept = MOST_KEPT): Thumbs {
  const kept = new Map<string, Picture>();
  /** Those in use longest ago first. */
  const answers = new Set<Answer>();
  const coming = new Map<string, Promise<string>>();
  let characters = 0;
  let asked: string[] = [];
  let next: Promise<void> | null = null;

  /** Used last: dropped last, with all that came with it. */
  function use(answer: Answer): void {
    answers.delete(answer);
    answers.add(answer);
  }

  function keep(addresses: readonly string[], sources: readonly string[]): void {
    const answer = { addresses, characters: sources.reduce((sum, { length }) => sum + length, 0) };
    if (answer.characters === 0) return;
    for (const [at, source] of sources.entries()) {
      const address = addresses[at];
      if (address !== undefined && source !== '') kept.set(address, { source, answer });
    }
    use(answer);
    characters += answer.characters;
    for (const oldest of answers) {
      if (characters <= mostKept || oldest === answer) break;
      answers.delete(oldest);
      characters -= oldest.characters;
      for (const address of oldest.addresses) if (kept.get(address)?.answer === oldest) kept.delete(address);
    }
  }

  async function fetched(addresses: readonly string[]): Promise<void> {
    try {
      keep(addresses, await read(thumbsAddress(addresses.map(nameOf))));
    } catch {
      // Each is asked for by itself then.
    }
  }

  /** What a screen asks for in one go. */
  async function together(): Promise<void> {
    await Promise.resolve();
    const all = asked;
    [asked, next] = [[], null];
    const parts = Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, part) =>
      all.slice(part * TOGETHER, (part + 1) * TOGETHER),
    );
    await Promise.all(parts.map(fetched));
  }

  return {
    source(address) {
      const known = kept.get(address);
      if (known !== undefined) {
        use(known.answer);
        return known.source;
      }
      if (!THUMB.test(address)) return address;
      const before = coming.get(address);
      if (before !== undefined) return before;
      asked.push(address);
      next ??= together();
      const one = next.then(() => {
        coming.delete(address);
        return kept.get(address)?.source ?? address;
      });
      coming.set(address, one);
      return one;
    },
  };
}

function nameOf(address: string): { readonly photo: string; readonly hash: string } {
  const [, photo = '', hash = ''] = THUMB.exec(address) ?? [];
  return { photo, hash };
}

export const thumbs = createThumbs(async (address) => {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return (await response.text()).split('\n');
});
