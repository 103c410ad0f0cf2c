import { z } from 'zod';
import type { SettingsRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';
import { readJson, toJson } from './json.ts';

export function settingsRepository(db: Connection): SettingsRepository {
  const all = db.prepare<[], { key: string; value: string }>('SELECT key, value FROM settings');
  const put = db.prepare<[string, string]>(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  return {
    all: () =>
      Object.fromEntries(all.all().map(({ key, value }) => [key, readJson(z.json(), value, `settings."${key}"`)])),
    set: (values) =>
      db.transaction(() => {
        for (const [key, value] of Object.entries(values))
          put.run(key, toJson(z.unknown(), value, `settings."${key}"`));
      }),
  };
}
