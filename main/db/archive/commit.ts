/**
 * Takes a staged project over into the store, in one transaction: a new project whose photos, classes, splits, runs and packs get
 * ids of this store. Whatever refers to something that is not there makes all of it fail.
 */
import { sep } from 'node:path';
import { packId, projectId, runId } from '#app/domain/id-of.ts';
import { toRuns } from '#app/domain/number-runs.ts';
import type { RestoredProject } from '#app/ports/archive.ts';
import type { Connection } from '../connection.ts';
import { storedChanges } from '../edits.ts';
import type { StoredChange } from '../edits.ts';
import { toJson } from '../json.ts';
import { commitBackbones, commitPacks, commitRuns } from './commit-runs.ts';
import { CommitTools } from './commit-tools.ts';
import type { CommitOptions } from './commit-tools.ts';
import { contentProblem } from './problem.ts';
import { records } from './records.ts';
import type { ArchivedChange } from './records.ts';

/** `staged` is the file of the staging database, whose transactions have all ended. */
export function commitStaged(db: Connection, staged: string, options: CommitOptions): RestoredProject {
  db.prepare<[string]>('ATTACH ? AS staged').run(staged);
  try {
    return db.transaction(() => new Commit(new CommitTools(db), options).all());
  } finally {
    db.exec('DETACH staged');
  }
}

class Commit {
  readonly #to: CommitTools;
  readonly #options: CommitOptions;

  constructor(to: CommitTools, options: CommitOptions) {
    this.#to = to;
    this.#options = options;
  }

  all(): RestoredProject {
    this.#addProject();
    this.#classes();
    this.#photos();
    this.#history();
    this.#edits();
    this.#splits();
    const absent = commitBackbones(this.#to, this.#options);
    const runs = commitRuns(this.#to, this.#options);
    const packs = commitPacks(this.#to);
    return {
      project: projectId(this.#to.project),
      name: this.#options.asked.name,
      runs: runs.map(runId),
      packs: packs.map(packId),
      absent,
    };
  }

  #addProject(): void {
    const most = (table: 'photos' | 'classes'): number =>
      this.#to.db.prepare<[], { n: number }>(`SELECT ifnull(max(number), 0) AS n FROM staged.${table}`).get()?.n ?? 0;
    const { historyNumber, createdAt, labelRevision } = this.#options.head;
    this.#to.project = this.#to.run(
      `INSERT INTO projects (name, created_at, label_revision, history_number, photo_shift, class_shift)
       VALUES (?, ?, ?, ?, ?, ?)`,
      this.#options.asked.name,
      createdAt,
      labelRevision,
      historyNumber,
      most('photos'),
      most('classes'),
    ).id;
    for (const folder of this.#options.asked.folders) {
      this.#to.run(
        'INSERT OR IGNORE INTO project_folders (project_id, path, imported_at) VALUES (?, ?, ?)',
        this.#to.project,
        folder,
        this.#options.now,
      );
    }
  }

  #classes(): void {
    this.#to.classesBefore = this.#to.lastId('classes');
    for (const { place, row } of this.#to.rows<{ place: number; row: string }>(
      'SELECT place, row FROM staged.classes ORDER BY place',
    )) {
      const { number, name, position, color, key, retiredAt } = records.classes.parse(JSON.parse(row));
      this.#to.run(
        `INSERT INTO classes (id, project_id, name, position, color, key, retired_at, history_number)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        this.#to.classesBefore + place,
        this.#to.project,
        name,
        position,
        color,
        key,
        retiredAt,
        number,
      );
    }
  }

  /** Those that were not found get a place where nothing is, by which they can be looked for later. */
  #photos(): void {
    this.#to.photosBefore = this.#to.lastId('photos');
    const roots = this.#missingRoots();
    this.#to.exec('CREATE TEMP TABLE missing_roots (folder INTEGER PRIMARY KEY, root TEXT NOT NULL)');
    try {
      for (const [folder, root] of roots) this.#to.run('INSERT INTO temp.missing_roots VALUES (?, ?)', folder, root);
      this.#to.copy(
        'photos',
        `INSERT INTO photos (id, project_id, path, content_hash, bytes, modified_at, state, reason, width, height, orientation,
           format, bits, perceptual_hash, pixel_hash, offered_class, class_id, group_name, added_at, flagged, excluded, name,
           history_number)
         SELECT s.place + ?, ?, ifnull(s.path, r.root || replace(s.below, '/', ?)), s.content_hash, s.bytes,
           ifnull(s.found_at, s.modified_at),
           CASE WHEN s.path IS NULL THEN 'missing' WHEN s.reason IS NULL THEN 'ok' ELSE 'undecodable' END, s.reason, s.width,
           s.height, s.orientation, s.format, s.bits, s.perceptual_hash, s.pixel_hash, s.offered_class, c.place + ?,
           s.group_name, s.added_at, s.flagged, s.excluded, '', s.number
         FROM staged.photos s JOIN temp.missing_roots r ON r.folder = s.folder LEFT JOIN staged.classes c ON c.number = s.class
         WHERE s.class IS NULL OR c.number IS NOT NULL ORDER BY s.place`,
        this.#to.photosBefore,
        this.#to.project,
        sep,
        this.#to.classesBefore,
      );
      this.#to.exec(
        `UPDATE photos SET name = substr(path, length(rtrim(path, replace(replace(path, '/', ''), '\\', ''))) + 1)
         WHERE project_id = ${this.#to.project}`,
      );
    } finally {
      this.#to.exec('DROP TABLE temp.missing_roots');
    }
  }

  #missingRoots(): ReadonlyMap<number, string> {
    const taken = new Set<string>();
    const missing = new Set(
      this.#to
        .rows<{ folder: number }>('SELECT DISTINCT folder FROM staged.photos WHERE path IS NULL')
        .map(({ folder }) => folder),
    );
    const roots = this.#options.head.folders.map(({ name }, folder): readonly [number, string] => {
      let own = name;
      for (let attempt = 2; taken.has(own.toLowerCase()); attempt++) own = `${name} (${attempt})`;
      taken.add(own.toLowerCase());
      const place = [this.#options.asked.missing, String(this.#to.project), own].join(sep);
      if (missing.has(folder)) {
        this.#to.run(
          'INSERT INTO project_folders (project_id, path, imported_at) VALUES (?, ?, ?)',
          this.#to.project,
          place,
          this.#options.now,
        );
      }
      return [folder, place + sep];
    });
    return new Map(roots);
  }

  #history(): void {
    const photo = 'JOIN staged.photos p ON p.number = s.photo';
    this.#to.copy(
      'label_events',
      `INSERT INTO label_events (project_id, revision, photo_id, from_class, to_class, batch, actor, source, at)
       SELECT ?, s.revision, p.place + ?, f.place + ?, t.place + ?, s.batch, s.actor, s.source, s.at
       FROM staged.label_events s ${photo} LEFT JOIN staged.classes f ON f.number = s.from_class
         LEFT JOIN staged.classes t ON t.number = s.to_class
       WHERE (s.from_class IS NULL) = (f.number IS NULL) AND (s.to_class IS NULL) = (t.number IS NULL) ORDER BY s.revision`,
      this.#to.project,
      this.#to.photosBefore,
      this.#to.classesBefore,
      this.#to.classesBefore,
    );
    this.#to.copy(
      'label_seals',
      'INSERT INTO label_seals (project_id, revision, digest) SELECT ?, revision, digest FROM staged.label_seals ORDER BY revision',
      this.#to.project,
    );
  }

  #edits(): void {
    const photos = new Map(
      this.#to
        .rows<{ number: number; place: number }>('SELECT number, place FROM staged.photos')
        .map(({ number, place }) => [number, place + this.#to.photosBefore]),
    );
    const id = (map: ReadonlyMap<number, number>, number: number): number => {
      const found = map.get(number);
      if (found === undefined) throw contentProblem('edits', `they name ${number}, which is not in the archive`);
      return found;
    };
    const classes = this.#to.classIds();
    const changed = (change: ArchivedChange): unknown => {
      switch (change.kind) {
        case 'labels':
          return change;
        case 'mark': {
          const runs = toRuns([...new Set(change.photos)].map((number) => id(photos, number)));
          return { kind: 'mark', mark: change.mark, to: change.to, runs };
        }
        case 'class-edited':
        case 'class-added':
        case 'class-retired':
          return { ...change, class: id(classes, change.class) };
        case 'classes-ordered':
          return {
            kind: change.kind,
            from: change.from.map((number) => id(classes, number)),
            to: change.to.map((number) => id(classes, number)),
          };
      }
    };
    for (const { row } of this.#to.rows<{ row: string }>('SELECT row FROM staged.edits ORDER BY place')) {
      const { at, actor, title, changes, state } = records.edits.parse(JSON.parse(row));
      const stored: StoredChange[] = storedChanges.parse(changes.map(changed));
      this.#to.run(
        'INSERT INTO edits (project_id, at, actor, title, changes, state) VALUES (?, ?, ?, ?, ?, ?)',
        this.#to.project,
        at,
        actor,
        title,
        toJson(storedChanges, stored, 'edits.changes'),
        state,
      );
    }
  }

  #splits(): void {
    for (const { row } of this.#to.rows<{ row: string }>('SELECT row FROM staged.splits ORDER BY number')) {
      const split = records.splits.parse(JSON.parse(row));
      const { drawn } = split;
      const { id } = this.#to.run(
        `INSERT INTO splits (project_id, number, name, seed, train_fraction, validation_fraction, test_fraction, label_revision,
           digest, train_photos, validation_photos, test_photos, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        this.#to.project,
        split.number,
        split.name,
        drawn?.seed ?? null,
        drawn?.train ?? null,
        drawn?.validation ?? null,
        drawn?.test ?? null,
        split.labelRevision,
        split.digest,
        split.train,
        split.validation,
        split.test,
        split.createdAt,
      );
      this.#to.run('INSERT INTO staged.split_of VALUES (?, ?)', split.number, id);
    }
    this.#to.copy(
      'split_members',
      `INSERT INTO split_members (split_id, photo_id, subset, cluster)
       SELECT o.id, p.place + ?, s.subset, s.cluster FROM staged.split_members s JOIN staged.split_of o ON o.number = s.split
         JOIN staged.photos p ON p.number = s.photo`,
      this.#to.photosBefore,
    );
  }
}
