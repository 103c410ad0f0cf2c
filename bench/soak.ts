/**
 * A working day in short: `node bench/soak.ts FOLDER [--minutes 20] [--out FILE]`. A library of 100,000 photos is labelled at
 * 1,000 changes a minute over the browser host's socket, as a page does, while grids and thumbnails are asked for and runs
 * train one after the other. Afterwards every acknowledged change has to be in the database, and the history's seals are
 * computed anew. `FOLDER/home` is seeded where it is not there, which takes a few minutes.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ClassId, PhotoId, ProjectId } from '#app/domain/ids.ts';
import type { Core, ServedCore } from '../e2e/harness/core-client.ts';
import { serveCore, taskEnd } from '../e2e/harness/core-client.ts';
import { MemoryWatch, peaksOf, steadiness } from './soak/memory.ts';
import { regularly, Times } from './soak/times.ts';
import { seed } from './window/seed.ts';

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, out: { type: 'string' } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? '.');
const minutes = Number(values.minutes);
const PHOTOS = 100_000;
const LABELS_A_MINUTE = 1000;
const SLICE = 120;
/** What the seeded project is called. */
const LIBRARY = 'Large library';
const request = {
  split: null,
  backbone: null,
  device: 'cpu',
  method: 'dtl+',
  methodSettings: {},
  recipe: 'default',
  recipeChanges: {},
  threads: null,
  fit: 'squash',
  sixteenBit: 'full-range',
} as const;
/** As many as a grid shows anew for each slice, in one request. */
const THUMBNAILS = 24;

const home = join(folder, 'home');
if (!existsSync(home)) await seed(home, PHOTOS, 200);
const before = databaseFacts();
const served = await serveCore(folder);
served.child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
const watching: { memory: MemoryWatch | null } = { memory: null };
let told = 0;
let noPicture = 0;
/** On their way. */
const pictures = new Set<Promise<unknown>>();
try {
  const { core } = served;
  const project = await largest(core);
  const training = keepTraining(core);
  const events = await core.events.stream({});
  const listening = (async () => {
    for await (const event of events) if (event.type === 'labels') told++;
  })().catch(() => undefined);

  const times = { label: new Times(), slice: new Times(), view: new Times(), thumbnails: new Times() };
  let acknowledged = 0;
  const known = await labelsOf(core, project);
  const photos = [...known.keys()];
  const classes = (await core.classes.list({ project })).classes.map(({ id }) => id);
  const labels = new Map<PhotoId, ClassId | null>();
  let view = await openView(core, project);
  const until = performance.now() + minutes * 60_000;
  const memory = new MemoryWatch(served.pid, 2000);
  watching.memory = memory;
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  await Promise.all([
    regularly(60_000 / LABELS_A_MINUTE, until, times.label, async (at) => {
      const photo = photos[(at * 7919) % photos.length];
      if (photo === undefined) throw new Error('there are no photos');
      // Another one than it has: what says nothing new leaves no event.
      const others = classes.filter((one) => one !== known.get(photo));
      const label = others[at % others.length] ?? null;
      known.set(photo, label);
      const { changed } = await core.labels.set({ project, photos: [photo], class: label });
      acknowledged += changed;
      labels.set(photo, label);
    }),
    regularly(500, until, times.slice, async (at) => {
      const from = (at * 104_729) % (photos.length - SLICE);
      const rows = await core.library.rows({ view, from, to: from + SLICE });
      // As the page asks for them: all in one.
      const seen = rows.slice(0, THUMBNAILS).map(({ id, hash }) => `${id}-${hash ?? ''}`);
      const asked = performance.now();
      const some = thumbnailsOf(served, agent, `/media/thumbs?of=${seen.join(',')}`).then(
        (came) => {
          times.thumbnails.add(performance.now() - asked);
          noPicture += seen.length - came;
        },
        () => (noPicture += seen.length),
      );
      pictures.add(some);
      void some.then(() => pictures.delete(some));
    }),
    regularly(10_000, until, times.view, async () => {
      view = await openView(core, project);
    }),
  ]);
  memory.end();
  await Promise.all(pictures);
  const runs = await training.end();
  const check = await core.labels.check({ project });
  await events.return(undefined);
  await listening;
  agent.destroy();
  const code = await served.end();
  const after = databaseFacts();
  const stored = after.events - before.events;
  const wrong = [...labels].filter(([photo, label]) => after.labelOf(photo) !== label).length;
  const tenMinutes = minutes >= 20 ? 600 : (minutes * 60) / 2;
  const last = memory.samples.filter(({ at }) => at >= minutes * 60 - tenMinutes);
  const { minutes: medians, spread } = steadiness(last);
  const [label, slice, opened, picture] = [times.label, times.slice, times.view, times.thumbnails].map((one) =>
    one.summary(),
  );
  const result = {
    what: `${minutes} minutes over ${photos.length} photos`,
    labels: {
      acknowledged,
      stored,
      photosWithAnotherLabel: wrong,
      told,
      integrity: after.integrity,
      seals: check.sentences,
    },
    milliseconds: { label, slice, view: opened, thumbnails: picture },
    thumbnailsThatDidNotCome: noPicture,
    core: {
      secondsOfTheLastPart: tenMinutes,
      mebibytesByMinute: medians,
      spread,
      most: Math.max(...memory.samples.map(({ coreMiB }) => coreMiB)),
    },
    engines: { runs, peakMebibytes: peaksOf(memory.samples) },
    exitCode: code,
    load: loadavg()[0],
    node: process.version,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    samples: memory.samples.map(({ at, coreMiB, engines }) => [at, coreMiB, ...engines.map(({ mib }) => mib)]),
  };
  const out = values.out ?? fileURLToPath(new URL('results/soak.json', import.meta.url));
  // One line a sample would be most of the file.
  writeFileSync(
    out,
    `${JSON.stringify(result, null, 2).replace(/\[\s+([\d.,\s]+?)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`,
  );
  const { samples, ...summary } = result;
  console.log(JSON.stringify({ ...summary, samples: samples.length }, null, 2));
  const bad = [
    acknowledged === stored ? null : 'a change is missing or was never acknowledged',
    wrong === 0 ? null : 'photos have another label than the last one that was acknowledged',
    check.sentences.length === 0 && after.integrity === 'ok'
      ? null
      : 'the database or its history is not as it was made',
    spread <= 0.05 ? null : 'the memory of the core is not flat within 5 %',
    [label, slice, picture].every((one) => (one?.p99 ?? Infinity) < 100) ? null : 'a p99 is not under 100 ms',
  ].filter((problem) => problem !== null);
  for (const problem of bad) console.log(`MISSED: ${problem}`);
  process.exitCode = bad.length === 0 ? 0 : 1;
} catch (error) {
  // What breaks with the line that is cut below would be told instead.
  console.error(error);
  const { exitCode, signalCode } = served.child;
  console.error(
    exitCode === null && signalCode === null
      ? 'The core is there.'
      : `The core ended with ${String(signalCode ?? exitCode)}.`,
  );
  process.exitCode = 2;
} finally {
  watching.memory?.end();
  await served.kill();
}

interface DatabaseFacts {
  readonly events: number;
  readonly integrity: string;
  readonly labelOf: (photo: PhotoId) => number | null;
}

/** Read with SQLite itself while nobody has the database open. */
function databaseFacts(): DatabaseFacts {
  const db = new DatabaseSync(join(home, 'dtl-studio.sqlite'), { readOnly: true });
  try {
    const labels = new Map(
      db
        .prepare('SELECT id, class_id AS label FROM photos')
        .all()
        .map(({ id, label }) => [Number(id), label === null ? null : Number(label)] as const),
    );
    return {
      events: Number(
        db
          .prepare(
            `SELECT count(*) AS n FROM label_events WHERE project_id = (SELECT id FROM projects WHERE name = '${LIBRARY}')`,
          )
          .get()?.['n'],
      ),
      integrity: String(db.prepare('PRAGMA integrity_check').get()?.['integrity_check']),
      labelOf: (photo) => labels.get(photo) ?? null,
    };
  } finally {
    db.close();
  }
}

async function largest(core: Core): Promise<ProjectId> {
  const { projects } = await core.projects.list();
  const found = projects.find(({ name }) => name === LIBRARY);
  if (found === undefined) throw new Error(`there is no large library in ${home}`);
  return found.id;
}

async function openView(core: Core, project: ProjectId): Promise<number> {
  return (await core.library.view({ project, filter: {}, sort: 'name', first: SLICE })).view;
}

/** Of all photos, in the order of their names. */
async function labelsOf(core: Core, project: ProjectId): Promise<Map<PhotoId, ClassId | null>> {
  const { view, total } = await core.library.view({ project, filter: {}, sort: 'name' });
  const labels = new Map<PhotoId, ClassId | null>();
  for (let from = 0; from < total; from += 1000) {
    const rows = await core.library.rows({ view, from, to: Math.min(total, from + 1000) });
    for (const { id, classId } of rows) labels.set(id, classId);
  }
  return labels;
}

/** How many pictures came. Rejects for what is no answer. */
function thumbnailsOf({ origin, cookie }: ServedCore, agent: Agent, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${origin}${path}`, { agent, headers: { cookie } }, (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(text.split('\n').filter((line) => line !== '').length)
          : reject(new Error(`${path}: ${response.statusCode ?? 0}`)),
      );
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** Runs on the sample project's photos with the backbone that comes with the program, one after the other. */
function keepTraining(core: Core): { end(): Promise<Readonly<Record<string, number>>> } {
  const stop = new AbortController();
  const isStopping = (): boolean => stop.signal.aborted;
  const states: Record<string, number> = {};
  const work = (async () => {
    const result = await taskEnd(core, (await core.projects.sample()).task);
    if (result?.kind !== 'sample-project') throw new Error('there is no sample to train on');
    for (let seed = 0; !isStopping(); seed++) {
      const begun = await taskEnd(
        core,
        (await core.runs.start({ project: result.project, request, seeds: [seed], name: null, note: '' })).task,
      );
      const run = begun?.kind === 'start-runs' ? begun.runs[0] : undefined;
      if (run === undefined) throw new Error('no run was prepared');
      for (;;) {
        const { state } = await core.runs.row({ run });
        if (isStopping() && (state === 'running' || state === 'queued')) await core.runs.stop({ run });
        else if (state !== 'running' && state !== 'queued') {
          states[state] = (states[state] ?? 0) + 1;
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  })();
  work.catch((error: unknown) => console.error(error));
  return {
    end: async () => {
      stop.abort();
      await work;
      return states;
    },
  };
}
