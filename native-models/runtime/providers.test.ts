import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { add } from '../ops/add.ts';
import { PROVIDERS } from './provider-names.ts';
import { availableProviders, providerOrder, whyUnavailable } from './providers.ts';
import { EngineSession } from './session.ts';

describe('the providers of a machine', () => {
  it.each(['linux', 'win32', 'darwin'] as const)('are all told of on %s, the CPU last of its own', (platform) => {
    const names = availableProviders(platform).map(({ name }) => name);
    expect([...names].sort()).toEqual([...PROVIDERS].sort());
    expect(names.slice(0, providerOrder(platform).length)).toEqual(providerOrder(platform));
    expect(providerOrder(platform).at(-1)).toBe('cpu');
  });

  it('say why they are absent, and only then', () => {
    for (const { available, reason } of availableProviders()) expect(reason === null).toBe(available);
    expect(availableProviders('linux').find(({ name }) => name === 'coreml')).toMatchObject({
      available: false,
      reason: expect.stringContaining('macOS') as unknown,
    });
  });

  it('turn the words of the runtime into a reason for people', () => {
    expect(whyUnavailable('webgpu', 'Failed to get a WebGPU adapter: No supported adapters')).toMatch(/graphics card/);
    expect(whyUnavailable('cuda', 'Failed to load shared library')).toMatch(/download of its own/);
    expect(whyUnavailable('dml', 'no available backend found. ERR: [dml] backend not found.')).toMatch(/Windows/);
    expect(whyUnavailable('webgpu', 'Something new\nsecond line')).toBe(
      'The runtime could not start it: Something new',
    );
  });
});

describe('a session on a provider that this runtime does not have', () => {
  const missing = availableProviders().find(({ available, name }) => !available && name !== 'cpu');

  it.skipIf(missing === undefined)('is refused with the reason, and nothing is taken in its place', async () => {
    const b = new GraphBuilder('sum');
    const x = b.input('x', [2]);
    const graph = b.finish({ y: add(b, x, x) });
    const opening = EngineSession.create(graph, { threads: 1, weightsFolder: null, provider: missing!.name });
    await expect(opening).rejects.toMatchObject({
      code: 'runtime.provider',
      data: { provider: missing!.name, reason: missing!.reason },
    });
  });
});
