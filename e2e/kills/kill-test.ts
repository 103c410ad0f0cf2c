/**
 * Kills the engine, the core or both with SIGKILL while they are at work, and looks afterwards at what is left: every label
 * that was acknowledged, a sound database, whole files, and runs whose packs are those of an undisturbed one to the last byte.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClassId, ProjectId, RunId } from '#app/domain/ids.ts';
import { serveCore, taskEnd, until } from '../harness/core-client.ts';
import type { Core, ServedCore } from '../harness/core-client.ts';
import { enginesOf } from '../harness/processes.ts';
import { inspectProfile } from './inspect.ts';
import type { Inspection } from './inspect.ts';
import { Ledger } from './ledger.ts';
import type { Act, Kill } from './plan.ts';
import { seededRandom } from './plan.ts';
import type { Scene } from './scene.ts';
import { EPOCHS, FOLDER_LABELS, sceneFolder, setScene, TO_IMPORT } from './scene.ts';

export interface KillReport {
  kills: number;
  /** Kills that found the act still going on. */
  amid: Record<Act, number>;
  acknowledgedLabels: number;
  /** Runs that were cut off at least once and came to their end. */
  resumedRuns: number;
  /** Packs compared with the undisturbed one. */
  packs: number;
  problems: string[];
}

/** Something that was begun, and settles when it ends: rejected where its process was killed. */
interface Going {
  readonly ended: Promise<unknown>;
}

export class KillTest {
  readonly report: KillReport = {
    kills: 0,
    amid: { import: 0, label: 0, train: 0, export: 0 },
    acknowledgedLabels: 0,
    resumedRuns: 0,
    packs: 0,
    problems: [],
  };
  readonly #scene: Scene;
  readonly #ledger = new Ledger();
  readonly #random: () => number;
  /** Milliseconds that each act takes when nothing is killed. */
  readonly #durations: Record<Act, number> = { import: 1000, label: 600, train: 2000, export: 1000 };
  #served: ServedCore;
  /** The pack of the run that nobody disturbed; null before it was made. */
  #straight: Buffer | null = null;
  /** A run that was cut off and waits. */
  #cutOff: RunId | null = null;
  #imports = 0;

  private constructor(scene: Scene, served: ServedCore, seed: number) {
    this.#scene = scene;
    this.#served = served;
    this.#random = seededRandom(seed + 1);
  }

  static async begin(seed: number): Promise<KillTest> {
    const folder = await sceneFolder();
    const served = await serveCore(folder);
    const test = new KillTest(await setScene(served.core, folder), served, seed);
    await test.#undisturbed();
    return test;
  }

  async end(): Promise<void> {
    await this.#served.kill();
    await rm(this.#scene.folder, { recursive: true, force: true });
  }

  /** One kill, and a look at what is left. */
  async strike(kill: Kill): Promise<void> {
    const { act, victim, moment } = kill;
    const going = await this.#begin(act);
    const state = { over: false };
    const settled = going.ended.then(
      () => (state.over = true),
      () => (state.over = true),
    );
    await delay(moment * this.#durations[act]);
    const engines = enginesOf(this.#served.pid).map(({ pid }) => pid);
    this.report.kills++;
    if (!state.over) this.report.amid[act]++;
    if (victim !== 'core') for (const pid of engines) killed(pid);
    // Between two jobs there is no engine; then the core it is.
    if (victim !== 'engine' || engines.length === 0) await this.#served.kill();
    await settled;
    const coreIsGone = this.#served.child.signalCode !== null;
    if (coreIsGone) {
      this.#check(`kill ${this.report.kills} (${victim} in ${act})`, inspectProfile(join(this.#scene.folder, 'home')));
      this.#served = await serveCore(this.#scene.folder);
    }
    await this.#goOn(kill);
  }

  /** Brings what was cut off to its end, and looks for the last time. */
  async finish(): Promise<KillReport> {
    await this.#finishRun();
    await this.#served.kill();
    this.#check('the end', inspectProfile(join(this.#scene.folder, 'home')));
    this.#served = await serveCore(this.#scene.folder);
    this.report.acknowledgedLabels = this.#ledger.acknowledged;
    return this.report;
  }

  #check(when: string, { problems, events, packs }: Inspection): void {
    const straight = this.#straight;
    if (straight === null) throw new Error('there is no pack to compare with');
    const strange = [...packs]
      .filter(([, bytes]) => !bytes.equals(straight))
      .map(([name]) => `${name} is another pack than the undisturbed run's`);
    this.report.packs += packs.size;
    for (const problem of [...problems, ...strange, ...this.#ledger.missingFrom(events)]) {
      this.report.problems.push(`after ${when}: ${problem}`);
    }
  }

  /** Each act once: how long it takes here, so that kills fall into it, and what it should come to. */
  async #undisturbed(): Promise<void> {
    for (const act of ['import', 'train', 'export'] as const) {
      const { ended } = await this.#begin(act);
      const from = performance.now();
      await ended;
      this.#durations[act] = performance.now() - from;
    }
    this.#cutOff = null;
    const { packs } = inspectProfile(join(this.#scene.folder, 'home'));
    this.#straight = [...packs.values()][0] ?? null;
  }

  #begin(act: Act): Promise<Going> {
    switch (act) {
      case 'import':
        return this.#import();
      case 'label':
        return this.#label();
      case 'train':
        return this.#train();
      case 'export':
        return this.#export();
    }
  }

  async #import(): Promise<Going> {
    const { core } = this.#served;
    const { id } = await core.projects.create({ name: `import ${++this.#imports}` });
    const { task } = await core.library.import({
      project: id,
      folder: join(this.#scene.folder, 'import'),
      labels: ['red', 'green'],
    });
    return { ended: taskEnd(core, task) };
  }

  /** Labels photos as fast as they are acknowledged, several at once, until the line breaks or the time is over. */
  async #label(): Promise<Going> {
    const { core } = this.#served;
    const project = await projectNamed(core, 'label');
    const classes = await classesOf(core, project);
    const { rows } = await core.library.view({ project, filter: {}, sort: 'name', first: 100 });
    const until = performance.now() + this.#durations.label;
    const labelOne = async (lane: number): Promise<void> => {
      const own = rows.filter((_, at) => at % LANES === lane).map((row) => ({ id: row.id, label: row.classId }));
      while (performance.now() < until) {
        const photo = own[Math.floor(this.#random() * own.length)];
        if (photo === undefined) throw new Error('no photo to label');
        const others = [...classes, null].filter((one) => one !== photo.label);
        const wanted = others[Math.floor(this.#random() * others.length)] ?? null;
        await core.labels.set({ project, photos: [photo.id], class: wanted });
        photo.label = wanted;
        this.#ledger.note(photo.id, wanted);
      }
    };
    return { ended: Promise.all(Array.from({ length: LANES }, (_, lane) => labelOne(lane))) };
  }

  async #train(): Promise<Going> {
    const { core } = this.#served;
    if (this.#cutOff === null) {
      const { task } = await core.runs.start({
        project: await projectNamed(core, 'train'),
        request: {
          split: null,
          backbone: this.#scene.backbone,
          device: 'cpu',
          method: 'dtl+',
          methodSettings: {},
          recipe: 'default',
          recipeChanges: { epochs: EPOCHS, batchSize: 4, keep: 'best' },
          threads: 1,
          fit: 'squash',
          sixteenBit: 'full-range',
        },
        seeds: [0],
        name: null,
        note: '',
      });
      this.#cutOff = await runOf(core, task);
    } else await core.runs.resume({ run: this.#cutOff });
    return { ended: runEnd(core, this.#cutOff) };
  }

  async #export(): Promise<Going> {
    const { core } = this.#served;
    const { runs } = await core.runs.list({ project: await projectNamed(core, 'train') });
    const finished = runs.filter(({ state }) => state === 'finished');
    const run = finished[Math.floor(this.#random() * finished.length)];
    if (run === undefined) throw new Error('no run is finished');
    const { task } = await core.packs.export({ run: run.id });
    return { ended: taskEnd(core, task) };
  }

  /** What a person does after a crash: the same again, or on with it. */
  async #goOn({ act, finishes }: Kill): Promise<void> {
    const { core } = this.#served;
    if (act === 'import') await this.#importAgain();
    if (act === 'export') await taskEnd(core, (await core.packs.export({ run: await this.#anyFinished() })).task);
    if (act !== 'train' || this.#cutOff === null) return;
    const { state } = await core.runs.row({ run: this.#cutOff });
    if (state === 'running') this.report.problems.push(`run ${this.#cutOff} is called running after it was cut off`);
    if (finishes || state === 'finished') await this.#finishRun();
  }

  async #anyFinished(): Promise<RunId> {
    const { runs } = await this.#served.core.runs.list({ project: await projectNamed(this.#served.core, 'train') });
    const run = runs.find(({ state }) => state === 'finished');
    if (run === undefined) throw new Error('no run is finished');
    return run.id;
  }

  async #importAgain(): Promise<void> {
    const { core } = this.#served;
    const project = await projectNamed(core, `import ${this.#imports}`);
    await taskEnd(
      core,
      (await core.library.import({ project, folder: join(this.#scene.folder, 'import'), labels: FOLDER_LABELS })).task,
    );
    const { total, labelled } = await core.library.facets({ project });
    const expected = TO_IMPORT.red + TO_IMPORT.green;
    if (total !== expected || labelled !== expected) {
      this.report.problems.push(`import ${this.#imports}: ${total} photos, ${labelled} labelled, not ${expected}`);
    }
  }

  async #finishRun(): Promise<void> {
    const { core } = this.#served;
    const run = this.#cutOff;
    if (run === null) return;
    this.#cutOff = null;
    if ((await core.runs.row({ run })).state !== 'finished') {
      const ended = runEnd(core, run);
      await core.runs.resume({ run });
      await ended;
      this.report.resumedRuns++;
    }
    await taskEnd(core, (await core.packs.export({ run })).task);
  }
}

/** Labels on their way at once. */
const LANES = 4;

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself just now.
  }
}

async function projectNamed(core: Core, name: string): Promise<ProjectId> {
  const { projects } = await core.projects.list();
  const found = projects.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no project "${name}"`);
  return found.id;
}

async function classesOf(core: Core, project: ProjectId): Promise<readonly ClassId[]> {
  const { classes } = await core.classes.list({ project });
  if (classes.length > 0) return classes.map(({ id }) => id);
  for (const name of ['red', 'green', 'blue']) await core.classes.add({ project, name });
  return classesOf(core, project);
}

async function runOf(core: Core, task: number): Promise<RunId> {
  const result = await taskEnd(core, task);
  if (result?.kind !== 'start-runs') throw new Error('no run was prepared');
  const [run] = result.runs;
  if (run === undefined) throw new Error('no run was prepared');
  return run as RunId;
}

async function runEnd(core: Core, run: RunId): Promise<unknown> {
  return until(core, async (event) => {
    if (event !== null && (event.type !== 'run' || event.run !== run)) return null;
    const { state, error } = await core.runs.row({ run });
    if (state === 'failed') throw new Error(error?.message ?? 'failed');
    return state === 'finished' ? state : null;
  });
}
