import { open } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { EngineError } from '#native-models/errors.ts';
import { appErrorOf } from './errors.ts';

const thrownBy = (work: () => Promise<unknown>): Promise<unknown> =>
  work().then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an error of the engine, as the core records it', () => {
  it('of a full disk says that it is full, what is kept and what to do', async () => {
    // Linux has a device that is always full; elsewhere the same error number stands for it.
    const full =
      process.platform === 'linux'
        ? await thrownBy(async () => {
            const file = await open('/dev/full', 'w');
            try {
              await file.writeFile(new Uint8Array(100));
            } finally {
              await file.close();
            }
          })
        : Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const error = appErrorOf(full);
    expect(error).toMatchObject({ code: 'engine.disk-full', kind: 'expected' });
    expect(error.message).toMatch(/disk is full.*is kept.*Free some space/);
  });

  it('of a vanished file names the file', async () => {
    const error = appErrorOf(await thrownBy(() => open('/nowhere/weights.safetensors')));
    expect(error).toMatchObject({ code: 'engine.missing', kind: 'expected' });
    expect(error.message).toContain('/nowhere/weights.safetensors');
  });

  it('keeps code and data of what the engine itself refuses, and tells faults of the program apart', () => {
    const refused = appErrorOf(
      new EngineError('model.weights', 'no tensor pos_embed', { data: { tensor: 'pos_embed' } }),
    );
    expect(refused).toMatchObject({ code: 'model.weights', kind: 'expected', data: { tensor: 'pos_embed' } });
    expect(appErrorOf(new EngineError('graph.shape', 'shapes do not fit'))).toMatchObject({ kind: 'bug' });
    expect(appErrorOf(new TypeError('undefined is not a function'))).toMatchObject({ code: 'internal', kind: 'bug' });
    expect(appErrorOf(new EngineError('stopped', 'asked to stop'))).toMatchObject({ kind: 'cancelled' });
  });

  it('of lacking memory says so in whatever words it came, and takes no file name for it', async () => {
    const words = [
      new EngineError('runtime.run', 'The runtime failed in "step": std::bad_alloc'),
      new EngineError('runtime.session', 'Failed to allocate memory for requested buffer of size 4096'),
      await thrownBy(async () => new ArrayBuffer(Number.MAX_SAFE_INTEGER)),
      Object.assign(new Error('spawn'), { code: 'ENOMEM' }),
    ];
    for (const thrown of words) {
      const error = appErrorOf(thrown);
      expect(error).toMatchObject({ code: 'engine.out-of-memory', kind: 'expected' });
      expect(error.message).toMatch(/ran out of memory.*is kept.*smaller batch/);
    }
    expect(appErrorOf(new EngineError('data.photo', '"out of memory.jpg" is no photo'))).toMatchObject({
      code: 'data.photo',
    });
  });
});
