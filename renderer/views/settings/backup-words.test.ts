import { expect, it } from 'vitest';
import type { BackupView } from '#app/contract/backups.ts';
import { holds, removalWords } from './backup-words.ts';

const backup: BackupView = {
  id: 1,
  at: 0,
  reason: 'asked',
  bytes: 1_200_000,
  contents: { projects: ['oaks'], photos: 320, labelled: 1, runs: 2 },
};
const unread: BackupView = { ...backup, contents: null };

it('says what a backup holds', () => {
  expect(holds(backup)).toBe('1 project, 320 photos, 1 label');
  expect(holds(unread)).toBe('Cannot be read');
  expect(holds({ ...unread, reason: 'damaged' })).toBe('Kept for those who repair databases');
});

it('says before a removal what goes with it, and that it does not come back', () => {
  const rest = 'This frees 1.2 MB and cannot be undone. The database in use stays as it is.';
  expect(removalWords(backup)).toBe(`It holds 1 project, 320 photos, 1 label. ${rest}`);
  expect(removalWords(unread)).toBe(`It cannot be read. ${rest}`);
  expect(removalWords({ ...unread, reason: 'damaged' })).toContain('It is a damaged database');
});
