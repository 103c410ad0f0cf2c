import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { archiveFiles } from '#main/files/archive/archive-files.ts';

/** The reader takes a path. */
const place = join(tmpdir(), `dtl-fuzzed-archive-${process.pid}`);

export async function archive(bytes: Uint8Array): Promise<void> {
  writeFileSync(place, bytes);
  try {
    const source = await archiveFiles.open(place);
    try {
      for (const { name, bytes: declared } of source.entries.values()) {
        if (/^[/\\]|\.\.|[:\\]/.test(name)) throw new Error(`${name} leads out of the archive`);
        if (declared > 250 * bytes.length + (1 << 20)) throw new Error(`${name} is larger than it may be`);
      }
      await source.json('project.json');
      for (const name of source.entries.keys()) {
        if (!name.endsWith('.jsonl')) continue;
        for await (const lines of source.lines(name)) if (lines.length === 0) throw new Error('a group without lines');
      }
      await source.check({});
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'expected')) throw error;
  }
  if (Object.keys(Object.prototype).length > 0) throw new Error('the prototype of all objects was changed');
}
