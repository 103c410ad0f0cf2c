import { describe, expect, it } from 'vitest';
import { fallbacksIn, mergeFallbacks } from './placement.ts';

const node = (name: string, operator: string, provider: string) => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  args: { op_name: operator, provider },
});

describe('a profile of the runtime', () => {
  it('says which operators went to the CPU, each node once, and why where the kernels tell', () => {
    const profile = JSON.stringify([
      { cat: 'Session', name: 'model_run', args: {} },
      node('a', 'Gemm', 'WebGpuExecutionProvider'),
      node('b', 'Or', 'CPUExecutionProvider'),
      node('b', 'Or', 'CPUExecutionProvider'),
      node('c', 'Or', 'CPUExecutionProvider'),
      node('d', 'Shape', 'CPUExecutionProvider'),
    ]);
    expect(fallbacksIn(profile, 'webgpu', new Map([['Or', 'The provider does not have this operator.']]))).toEqual([
      { operator: 'Or', nodes: 2, why: 'The provider does not have this operator.' },
      { operator: 'Shape', nodes: 1, why: 'The runtime did not give it to webgpu, and does not say why.' },
    ]);
  });

  it('holds nothing where it has another form', () => {
    for (const other of ['{}', '[]', '[1, null, {"cat": "Node"}, {"cat": "Node", "args": {"op_name": 1}}]'])
      expect(fallbacksIn(other, 'cuda', new Map())).toEqual([]);
  });
});

it('adds the fallbacks of several sessions up', () => {
  const one = { operator: 'Or', nodes: 2, why: 'w' };
  expect(mergeFallbacks([[one], [], [one, { operator: 'Sign', nodes: 1, why: 'v' }]])).toEqual([
    { operator: 'Or', nodes: 4, why: 'w' },
    { operator: 'Sign', nodes: 1, why: 'v' },
  ]);
});
