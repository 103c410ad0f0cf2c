import vm from 'node:vm';
import { expect, it } from 'vitest';
import type { RecordingProbes } from './loop.ts';
import { fuzzingLoop, recordingProbes } from './loop.ts';
import { PROBES, withProbes } from './probes.ts';
import { seeded } from './random.ts';

/** Four conditions after each other: by chance alone one input in 2 to the power of 80 meets them. */
const HIDDEN = `
  const text = Buffer.from(bytes).toString('latin1');
  if (text.slice(0, 4) === 'MAGI') {
    const length = Buffer.from(bytes).readUInt32LE(4);
    if (length === 424242) {
      const word = text.slice(8, 13);
      if (word !== 'pixel') return 'no';
      throw new Error('found');
    }
  }
  return bytes.length > 3 ? 'long' : 'short';
`;

type Code = (bytes: Uint8Array) => unknown;

function probed(code: string): { readonly run: Code; readonly probes: RecordingProbes } {
  const { code: withThem, places } = withProbes(`(bytes) => {${code}}`, 'hidden.js', 0);
  const probes = recordingProbes(places);
  Object.defineProperty(globalThis, PROBES, { value: probes, configurable: true });
  return { run: vm.runInThisContext(withThem) as Code, probes };
}

it('finds what stands behind several conditions, one after the other', async () => {
  const { run, probes } = probed(HIDDEN);
  const loop = fuzzingLoop({ target: (bytes) => void run(bytes), probes, words: [], random: seeded(1) });
  await loop.attempt(Buffer.from('something else to begin with'));
  let found = false;
  for (let tries = 0; tries < 200_000 && !found; tries++) {
    try {
      await loop.attempt(loop.next());
    } catch (error) {
      // Reading four bytes behind the end is a find too, but not the one that is hidden.
      found = error instanceof Error && error.message === 'found';
    }
  }
  expect(found).toBe(true);
  expect(loop.corpus.length).toBeGreaterThan(3);
});

it('keeps an input only where it reaches something new, or the same more often', async () => {
  const { run, probes } = probed('for (const byte of bytes) if (byte === 7) bytes.length;');
  const loop = fuzzingLoop({ target: (bytes) => void run(bytes), probes, words: [], random: seeded(1) });
  expect(await loop.attempt(Buffer.of(1, 2))).toBe(true);
  expect(await loop.attempt(Buffer.of(3, 4))).toBe(false);
  expect(await loop.attempt(Buffer.of(7, 4))).toBe(true);
  expect(await loop.attempt(Buffer.alloc(40, 1))).toBe(true);
  expect(await loop.attempt(Buffer.alloc(41, 1))).toBe(false);
});

it('leaves what code does as it is', () => {
  const code = `
    const kind = typeof bytes === 'object' ? 'object' : 'none';
    const pick = (x) => ({ x });
    let out = '';
    switch (bytes.length) { case 1: out += 'one'; case 2: out += 'two'; break; default: out += 'many'; }
    try { if (out === 'many') throw new Error('x'); else out += '!'; } catch { out += '?'; }
    return [kind, pick(3).x, out, bytes[9] ?? 'nine', bytes.length !== 2 && 'not two', null || 'or'].join(' ');
  `;
  const { run } = probed(code);
  const plain = vm.runInThisContext(`(bytes) => {${code}}`) as Code;
  for (const bytes of [Uint8Array.of(1), Uint8Array.of(1, 2), new Uint8Array(12)])
    expect(run(bytes)).toBe(plain(bytes));
});
