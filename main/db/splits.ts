import { AppError } from '#app/domain/errors.ts';
import { photoId, projectId, splitId } from '#app/domain/id-of.ts';
import type { ProjectId, SplitId } from '#app/domain/ids.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { Split, SplitMember } from '#app/domain/split.ts';
import type { SplitRepository } from '#app/ports/repositories.ts';
import type { Connection, SqlValue } from './connection.ts';

interface Row {
  readonly id: number;
  readonly project_id: number;
  readonly number: number;
  readonly name: string;
  readonly seed: number | null;
  readonly train_fraction: number | null;
  readonly validation_fraction: number | null;
  readonly test_fraction: number | null;
  readonly label_revision: number;
  readonly digest: string;
  readonly train_photos: number;
  readonly validation_photos: number;
  readonly test_photos: number;
  readonly created_at: number;
}

interface MemberRow {
  readonly photo_id: number;
  readonly subset: Subset;
  readonly cluster: number;
}

/** Seed and fractions stand together or not at all: a CHECK of the table. */
function drawnOf(row: Row): Split['drawn'] {
  const { seed, train_fraction: train, validation_fraction: validation, test_fraction: test } = row;
  if (seed === null || train === null || validation === null || test === null) return null;
  return { seed, fractions: { train, validation, test } };
}

function fromRow(row: Row): Split {
  return {
    id: splitId(row.id),
    projectId: projectId(row.project_id),
    number: row.number,
    name: row.name,
    drawn: drawnOf(row),
    labelRevision: row.label_revision,
    digest: row.digest,
    createdAt: row.created_at,
    counts: { train: row.train_photos, validation: row.validation_photos, test: row.test_photos },
  };
}

function countSubsets(members: readonly SplitMember[]): Record<Subset, number> {
  const counts: Record<Subset, number> = { train: 0, validation: 0, test: 0 };
  for (const { subset } of members) counts[subset] += 1;
  return counts;
}

export function unknownSplit(id: SplitId): AppError {
  return new AppError('splits.unknown', `There is no split ${id}. Nothing was changed.`, { data: { id } });
}

export function splitRepository(db: Connection, now: () => number): SplitRepository {
  const insert = db.prepare<SqlValue[]>(
    `INSERT INTO splits (project_id, number, name, seed, train_fraction, validation_fraction, test_fraction,
       label_revision, digest, train_photos, validation_photos, test_photos, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertMember = db.prepare<[number, number, Subset, number]>(
    'INSERT INTO split_members (split_id, photo_id, subset, cluster) VALUES (?, ?, ?, ?)',
  );
  const byId = db.prepare<[number], Row>('SELECT * FROM splits WHERE id = ?');
  const byName = db.prepare<[number, string], Row>('SELECT * FROM splits WHERE project_id = ? AND name = ?');
  const newest = db.prepare<[number], Row>('SELECT * FROM splits WHERE project_id = ? ORDER BY number DESC LIMIT 1');
  const all = db.prepare<[number], Row>('SELECT * FROM splits WHERE project_id = ? ORDER BY number DESC');
  const membersOf = db.prepare<[number], MemberRow>(
    'SELECT photo_id, subset, cluster FROM split_members WHERE split_id = ? ORDER BY photo_id',
  );

  function get(id: SplitId): Split {
    const row = byId.get(id);
    if (!row) throw unknownSplit(id);
    return fromRow(row);
  }

  /** "split 3", or the next one that nobody has given by hand. */
  function freeName(project: ProjectId, number: number): string {
    let suffix = number;
    while (byName.get(project, `split ${suffix}`)) suffix += 1;
    return `split ${suffix}`;
  }

  return {
    create: (split, members) =>
      db.transaction(() => {
        if (members.length === 0) {
          throw new AppError('splits.empty', 'A split needs at least one photo; none was stored. Label photos first.');
        }
        const number = (newest.get(split.projectId)?.number ?? 0) + 1;
        const name = split.name ?? freeName(split.projectId, number);
        if (byName.get(split.projectId, name)) {
          throw new AppError(
            'splits.name-taken',
            `There is a split "${name}" already. It was left as it is. Choose another name.`,
            { data: { name } },
          );
        }
        const fractions = split.drawn?.fractions;
        const counts = countSubsets(members);
        const { id } = insert.run(
          split.projectId,
          number,
          name,
          split.drawn?.seed ?? null,
          fractions?.train ?? null,
          fractions?.validation ?? null,
          fractions?.test ?? null,
          split.labelRevision,
          split.digest,
          counts.train,
          counts.validation,
          counts.test,
          now(),
        );
        for (const member of members) insertMember.run(id, member.photoId, member.subset, member.cluster);
        return get(splitId(id));
      }),
    get,
    find: (project, name) => {
      const row = byName.get(project, name);
      return row ? fromRow(row) : null;
    },
    latest: (project) => {
      const row = newest.get(project);
      return row ? fromRow(row) : null;
    },
    list: (project) => all.all(project).map(fromRow),
    members: (id) =>
      membersOf.all(id).map((row) => ({ photoId: photoId(row.photo_id), subset: row.subset, cluster: row.cluster })),
  };
}
