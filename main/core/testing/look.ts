/** Whether a profile that something happened to holds all that was told before, whole and in agreement with itself. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';
import { runId } from '#app/domain/id-of.ts';
import { openDatabase } from '../../db/open.ts';
import { openStore } from '../../db/store.ts';
import { readPack, readTrained } from '../../files/packs/pack-files.ts';
import { openCore } from '../open-core.ts';
import type { Step } from './main-flow.ts';

const step = z.discriminatedUnion('step', [
  z.object({ step: z.enum(['project', 'import', 'split', 'backbone', 'closed']) }),
  z.object({ step: z.literal('label'), photo: z.number(), to: z.number().nullable(), revision: z.number() }),
  z.object({ step: z.enum(['run', 'finished']), run: z.number() }),
  z.object({ step: z.literal('pack'), sha256: z.string() }),
]);

/** The lines of a `steps.log`. */
export function stepsOf(text: string): readonly Step[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => step.parse(JSON.parse(line)));
}

/** Opens the profile as the program does, and asserts; `when` tells the moment in a failure. */
export async function look(home: string, told: readonly Step[], when: string): Promise<void> {
  await wholeFiles(home, when);
  const core = await openCore({ home, what: 'a test', access: 'write' });
  core.close();
  const db = openDatabase(join(home, 'dtl-studio.sqlite'));
  expect(db.pragma('integrity_check'), when).toBe('ok');
  db.close();
  const store = openStore(join(home, 'dtl-studio.sqlite'), { now: Date.now });
  try {
    const [project] = store.projects.list();
    const events = project === undefined ? [] : store.labels.events(project.id, 0, 10_000);
    for (const one of told) {
      if (one.step === 'project') expect(project, when).toBeDefined();
      if (one.step === 'import' && project) expect(store.photos.count(project.id), when).toBe(12);
      if (one.step === 'label') {
        expect(events[one.revision - 1], when).toMatchObject({
          photoId: one.photo,
          to: one.to,
          revision: one.revision,
        });
      }
      if (one.step === 'backbone')
        expect(
          store.backbones.list().map(({ name }) => name),
          when,
        ).toContain('tiny');
      if (one.step === 'run') expect(store.runs.samples(runId(one.run)), when).toHaveLength(12);
      if (one.step === 'finished') {
        const { result } = store.runs.get(runId(one.run));
        expect((await readTrained(join(home, result?.weightsPath ?? ''))).size, when).toBeGreaterThan(0);
      }
      if (one.step === 'pack') {
        const [pack] = store.packs.list();
        expect((await readPack(join(home, pack?.path ?? ''))).sha256, when).toBe(one.sha256);
      }
    }
    // Labels are what their history says, whatever was cut off behind it.
    if (project) {
      const label = new Map(events.map(({ photoId, to }) => [photoId, to]));
      for (const { id, classId } of store.photos.list(project.id)) expect(classId, when).toBe(label.get(id) ?? null);
    }
  } finally {
    store.close();
  }
}

/** A file that has its name has all its bytes. */
async function wholeFiles(home: string, when: string): Promise<void> {
  const files = (name: string): readonly string[] => {
    try {
      return readdirSync(join(home, name), { recursive: true, encoding: 'utf8' })
        .filter((one) => /(^|\/)[^./][^/]*\.safetensors$/.test(one))
        .map((one) => join(home, name, one));
    } catch {
      return [];
    }
  };
  for (const path of [...files('runs'), ...files('backbones')])
    expect(isWhole(readFileSync(path)), `${path} ${when}`).toBe(true);
  for (const path of files('packs')) await readPack(path);
}

/** A safetensors file ends with its last tensor. */
function isWhole(bytes: Buffer): boolean {
  const header = bytes.length < 8 ? Infinity : Number(bytes.readBigUInt64LE(0));
  if (8 + header > bytes.length) return false;
  const places = [...bytes.toString('utf8', 8, 8 + header).matchAll(/"data_offsets":\s*\[\d+,\s*(\d+)\]/g)].map(
    ([, end]) => Number(end),
  );
  return bytes.length === 8 + header + Math.max(0, ...places);
}
