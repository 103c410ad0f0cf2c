/**
 * A process of its own for the test of a disk that takes no more: labels one photo after the other, prints the revision
 * of every acknowledged label, and at the end the error's code. Arguments: the database, its project, its classes.
 */
import { writeSync } from 'node:fs';
import { AppError } from '#app/domain/errors.ts';
import { classId, photoId, projectId } from '#app/domain/id-of.ts';
import { openStore } from '../store.ts';

const [path = '', project, photo, a, b] = process.argv.slice(2);
const store = openStore(path, { now: Date.now });
try {
  for (let i = 0; i < 100_000; i += 1) {
    const change = { photoId: photoId(Number(photo)), classId: classId(Number(i % 2 === 0 ? b : a)) };
    const { revision } = store.labels.set(projectId(Number(project)), [change], { actor: 'ada', source: 'manual' });
    writeSync(1, `${revision}\n`);
  }
} catch (thrown) {
  writeSync(1, `${thrown instanceof AppError ? thrown.code : String(thrown)}\n`);
}
