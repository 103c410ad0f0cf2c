/**
 * Work that people ask for while they scroll: what was asked for last is done first, those who ask for the same share it,
 * and what nobody waits for any more is not begun.
 */
import { cancelled } from '#app/domain/errors.ts';

interface Job<T> {
  readonly work: (signal: AbortSignal) => Promise<T>;
  readonly stop: AbortController;
  readonly done: PromiseWithResolvers<T>;
  waiting: number;
  begun: boolean;
}

export class NewestFirst<T> {
  readonly #atOnce: number;
  /** In the order of asking, those under way included. */
  readonly #jobs = new Map<string, Job<T>>();
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** `key` names the work; `signal` ends this one's waiting, and the work when nobody else waits for it. */
  async take(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) throw cancelled('The picture');
    const job = this.#join(key, work);
    job.waiting++;
    this.#serve();
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(cancelled('The picture'));
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([job.done.promise, gone.promise]);
    } finally {
      signal?.removeEventListener('abort', leave);
      job.waiting--;
      if (job.waiting === 0) this.#abandon(key, job);
    }
  }

  #join(key: string, work: (signal: AbortSignal) => Promise<T>): Job<T> {
    const known = this.#jobs.get(key);
    if (known !== undefined) {
      this.#jobs.delete(key);
      this.#jobs.set(key, known);
      return known;
    }
    const job = { work, stop: new AbortController(), done: Promise.withResolvers<T>(), waiting: 0, begun: false };
    // Whoever waits hears of a failure; when nobody does any more it is no news.
    job.done.promise.catch(() => undefined);
    this.#jobs.set(key, job);
    return job;
  }

  #abandon(key: string, job: Job<T>): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    job.stop.abort();
  }

  #serve(): void {
    if (this.#running >= this.#atOnce) return;
    const newest = [...this.#jobs.values()].findLast(({ begun }) => !begun);
    if (newest === undefined) return;
    newest.begun = true;
    this.#running++;
    newest
      .work(newest.stop.signal)
      .then(newest.done.resolve, newest.done.reject)
      .finally(() => {
        this.#running--;
        this.#serve();
      });
  }
}
