import type { Fallback } from '../runtime/placement.ts';
import { mergeFallbacks } from '../runtime/placement.ts';
import type { EngineSession } from '../runtime/session.ts';

type Kind = 'step' | 'forward';

/**
 * The sessions of a run, each made when it is first asked for. Where they do not stay `beside` each other, one that is asked
 * for takes the place of the other.
 */
export class RunSessions {
  readonly #make: Readonly<Record<Kind, () => Promise<EngineSession>>>;
  readonly #beside: boolean;
  readonly #open = new Map<Kind, EngineSession>();
  readonly #fallbacks: (readonly Fallback[])[] = [];

  constructor(make: Readonly<Record<Kind, () => Promise<EngineSession>>>, { beside }: { readonly beside: boolean }) {
    this.#make = make;
    this.#beside = beside;
  }

  /** Operators that the provider left to the CPU, in the sessions so far. */
  get fallbacks(): readonly Fallback[] {
    return mergeFallbacks([...this.#fallbacks, ...[...this.#open.values()].map(({ fallbacks }) => fallbacks)]);
  }

  async get(kind: Kind): Promise<EngineSession> {
    const open = this.#open.get(kind);
    if (open !== undefined) return open;
    if (!this.#beside) await this.release();
    const made = await this.#make[kind]();
    this.#open.set(kind, made);
    return made;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async release(): Promise<void> {
    for (const [kind, session] of this.#open) {
      this.#open.delete(kind);
      this.#fallbacks.push(session.fallbacks);
      await session.release();
    }
  }
}
