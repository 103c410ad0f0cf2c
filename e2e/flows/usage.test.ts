/** Wrong usage: exit code 2, what was not understood on stderr, and nothing on stdout unless --json asks for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../harness/dtl.ts';

const TIMEOUT = 120_000;
let bench: Bench;

beforeAll(async () => {
  bench = await Bench.create();
});

afterAll(() => bench.remove());

describe('wrong usage', () => {
  it.each([
    [['frobnicate'], 'frobnicate'],
    [['train', '--frobnicate'], '--frobnicate'],
    [['train', '--lr', 'fast'], 'fast'],
    [['train', '--method', 'lora'], 'lora'],
    [['train', '--weights', 'int4'], 'Allowed choices are float32, int8.'],
    [['sweep', 'run', '--learning-rates', '1e-3', '--seed', '3'], '--seed'],
    [['sweep', 'run', '--learning-rates', '1e-3', '--method', 'linear'], 'Allowed choices are dtl+, dtl.'],
    [['split', '--fractions', '0.6,0.6,0.1'], 'fractions'],
    [['predict'], 'photos'],
    [['labels', 'import'], 'a folder, or --folders'],
    [['step', 'in.safetensors'], '--out'],
  ] as const)(
    'ends %o with exit code 2 and says what it did not understand',
    { timeout: TIMEOUT },
    async (args, word) => {
      const { code, stdout, stderr } = await bench.run(...args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain(word);
      const { exit, error } = await bench.failure(...args);
      expect(exit).toBe(2);
      expect(error).toMatchObject({ code: 'usage' });
    },
  );

  it('prints its version alone', { timeout: TIMEOUT }, async () => {
    const { code, stdout, stderr } = await bench.run('--version');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  it('has help with examples for every command, on stdout and with exit code 0', { timeout: TIMEOUT }, async () => {
    for (const command of [
      'project create',
      'import',
      'labels import',
      'split',
      'backbone import',
      'train',
      'sweep run',
      'runs resume',
      'pack export',
      'predict',
      'doctor',
      'bench step',
      'step',
    ]) {
      const { code, stdout } = await bench.run(...command.split(' '), '--help');
      expect(code).toBe(0);
      expect(stdout).toContain('--json');
      expect(stdout).toContain('--home');
      expect(stdout).toContain(`$ dtl ${command}`);
    }
  });

  it(
    'says which project is meant when there are several, and that there is none of a name',
    { timeout: TIMEOUT },
    async () => {
      await bench.json('project', 'create', 'p');
      await bench.json('project', 'create', 'q');
      expect((await bench.failure('split')).error).toMatchObject({
        code: 'projects.ambiguous',
        data: { known: ['p', 'q'] },
      });
      expect((await bench.failure('split', '--project', 'r')).error).toMatchObject({ code: 'projects.unknown' });
      expect((await bench.failure('project', 'create', 'p')).error).toMatchObject({ code: 'projects.name-taken' });
    },
  );
});
