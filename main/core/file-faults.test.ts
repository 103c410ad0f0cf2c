/**
 * Every call by which the main flow changes the disk is refused in turn: the flow ends with words or does without, what was
 * told stays, nothing half-written is left, and the same flow comes to its end once the disk is well.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type * as FilePromises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asAppError } from '#app/domain/errors.ts';
import { failAt, failing, healFiles } from './testing/failing-files.ts';
import { inProcessEngine } from './testing/in-process-engine.ts';
import { look } from './testing/look.ts';
import type { Step } from './testing/main-flow.ts';
import { flowPlaces, walkMainFlow, writeFlowInputs } from './testing/main-flow.ts';

vi.mock('node:fs/promises', async (original) => {
  const wrapped = failing(await original<typeof FilePromises>());
  return { ...wrapped, default: wrapped };
});

const ERRORS = ['ENOSPC', 'EIO', 'EROFS'];
/** `DTL_FAULTS=all` refuses each call in each way; otherwise one call of each kind is refused in one way. */
const ALL = process.env['DTL_FAULTS'] === 'all';

let folder: string;
let calls: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtl-faults-'));
  await writeFlowInputs(flowPlaces(folder));
  failAt(flowPlaces(folder).home, 0, '');
  await walkMainFlow(flowPlaces(folder), () => undefined, inProcessEngine);
  calls = healFiles();
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a disk that refuses one call', () => {
  it('is asked for all that the flow keeps', () => {
    const deeds = new Set(calls.map((call) => call.split(' ')[0]));
    for (const deed of ['mkdir', 'open', 'writeFile', 'sync', 'rename', 'copy', 'chmod']) expect(deeds).toContain(deed);
    for (const part of ['runs/', 'packs/', 'backbones/']) expect(calls.some((call) => call.includes(part))).toBe(true);
  });

  it('ends the flow with words, and loses nothing', { timeout: ALL ? 0 : 900_000 }, async () => {
    const { home } = flowPlaces(folder);
    for (const [index, call] of calls.entries()) {
      if (!ALL && calls.findIndex((one) => kindOf(one) === kindOf(call)) !== index) continue;
      for (const code of ALL ? ERRORS : [ERRORS[index % ERRORS.length] ?? 'EIO']) {
        const when = `${code} at call ${index + 1}: ${call}`;
        rmSync(home, { recursive: true, force: true });
        const told: Step[] = [];
        failAt(home, index + 1, code);
        const error = await walkMainFlow(flowPlaces(folder), (step) => told.push(step), inProcessEngine).then(
          () => null,
          (thrown: unknown) => asAppError(thrown),
        );
        healFiles();
        // Pictures are made anew when they are not there; everything else is missed.
        expect(error !== null, when).toBe(!call.includes(' cache/'));
        if (error !== null) {
          expect(error.kind, `${when}: ${error.message}`).toBe('expected');
          expect(error.message, when).toMatch(/full|read-only|could not/);
        }
        await look(home, told, when);
        const again: Step[] = [];
        await walkMainFlow(flowPlaces(folder), (step) => again.push(step), inProcessEngine);
        await look(home, again, `${when}, and once more`);
        expect(leftovers(home), when).toEqual([]);
      }
    }
  });
});

/** What is done, and in which folder of the profile: `sync runs`. */
function kindOf(call: string): string {
  const [deed = '', path = ''] = call.split(' ');
  const folder = path.split('/')[0] ?? '';
  return deed === 'mkdir'
    ? 'mkdir'
    : `${deed} ${folder === 'cache' ? 'cache' : path.includes('checkpoint') ? 'checkpoint' : folder}`;
}

function leftovers(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.partial$|unfinished$|\.lock/.test(name),
  );
}
