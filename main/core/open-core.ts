/**
 * Opens a profile and binds every use case to it: the one place where rules meet their adapters. Hosts (terminal, server,
 * desktop) see the object that comes out and nothing below it.
 */
import { AppError } from '#app/domain/errors.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import type { Profile, ProfileOwner } from '#app/ports/files.ts';
import type { Store } from '#app/ports/repositories.ts';
import { stopInterrupted } from '#app/runs/find-runs.ts';
import { openStore } from '../db/store.ts';
import { createEngine } from '../engine/supervisor.ts';
import { openProfile, profileExists, profileOwner, readProfile } from '../files/profile/profile.ts';
import { swapOf } from './backup-cases.ts';
import { bindUseCases } from './use-cases.ts';
import type { UseCases } from './use-cases.ts';

/**
 * `read` shares the profile with whoever owns it; `write` becomes its owner. `use` reads too, after the program's own
 * backbone was put in place: long work that keeps nothing must not keep others from writing.
 */
export type Access = 'read' | 'write' | 'use';

export interface CoreOptions {
  /** Absolute. */
  readonly home: string;
  /** Who asks, for others who are kept waiting: `dtl train`. */
  readonly what: string;
  readonly access: Access;
  /** Another engine than the real one, for tests. */
  readonly engine?: EnginePort;
}

export interface Core extends UseCases {
  readonly home: string;
  readonly writable: boolean;
  /** Who has the profile open for writing, when it is not this process. */
  readonly owner: ProfileOwner | null;
  /** What the person should know, as sentences. */
  readonly notes: readonly string[];
  close(): void;
}

/** Throws `profile.*` and `store.*`; nothing stays open then. */
export async function openCore({ home, what, access, engine = createEngine() }: CoreOptions): Promise<Core> {
  if (access === 'write' || !profileExists(home)) return openOwned(home, what, engine);
  const reader = await openShared(home, what, engine);
  if (access === 'read' || reader.writable || reader.owner !== null || reader.backbones.hasEmbedded()) return reader;
  reader.close();
  const owner = await openOwned(home, what, engine);
  await owner.backbones.list().finally(() => owner.close());
  return openShared(home, what, engine);
}

async function openShared(home: string, what: string, engine: EnginePort): Promise<Core> {
  const owner = profileOwner(home);
  try {
    const store = openStore(databaseOf(home), { now: Date.now, readOnly: true });
    return assemble(readProfile(home), store, engine, { writable: false, owner });
  } catch (error) {
    // Written by an older version: whoever owns it next brings it up to date, and if nobody does that is us.
    if (error instanceof AppError && error.code === 'store.older' && owner === null) {
      return openOwned(home, what, engine);
    }
    throw error;
  }
}

function databaseOf(home: string): string {
  return readProfile(home).paths.database;
}

async function openOwned(home: string, what: string, engine: EnginePort): Promise<Core> {
  const profile = await openProfile(home, what);
  try {
    const dropped = await swapOf(profile.paths).complete();
    const store = openStore(profile.paths.database, { now: Date.now });
    stopInterrupted({ store });
    const notes = dropped === null ? profile.notes : [...profile.notes, dropped];
    return assemble({ ...profile, notes }, store, engine, { writable: true, owner: null });
  } catch (error) {
    profile.close();
    throw error;
  }
}

function assemble(
  profile: Profile,
  store: Store,
  engine: EnginePort,
  { writable, owner }: { readonly writable: boolean; readonly owner: ProfileOwner | null },
): Core {
  let open = true;
  return {
    ...bindUseCases({ profile, store, engine, writable, owned: writable || owner !== null }),
    home: profile.paths.home,
    writable,
    owner,
    notes: profile.notes,
    close: () => {
      if (!open) return;
      open = false;
      store.close();
      profile.close();
    },
  };
}
