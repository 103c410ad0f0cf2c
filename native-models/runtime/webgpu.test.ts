/**
 * A whole training step on the WebGPU provider, compared with the CPU. Without a graphics card a Vulkan driver that
 * computes on the processor does (Mesa 25 or newer; Debian 12 has it among its backports). Where there is none the test is
 * skipped and says why, unless DTL_WEBGPU=required.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';

const program = fileURLToPath(new URL('../testing/provider-parity.ts', import.meta.url));

const answerSchema = z.union([
  z.object({ unavailable: z.string() }),
  z.object({
    differences: z.array(z.tuple([z.string(), z.number().nullable()])),
    fallbacks: z.array(z.unknown()),
  }),
]);

/** In a process of its own, which a driver may take along. */
async function stepOn(model: string): Promise<z.infer<typeof answerSchema>> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'webgpu', model], { timeout: 280_000 });
  return answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

const reason = await stepOn('test_vit_2x8').then(
  (answer) => ('unavailable' in answer ? answer.unavailable : null),
  (error: unknown) => `its process failed: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
);
if (reason !== null) {
  if (process.env['DTL_WEBGPU'] === 'required') throw new Error(`DTL_WEBGPU asks for WebGPU: ${reason}`);
  process.stderr.write(`Skipped: WebGPU cannot be had here: ${reason}\n`);
}

// The last is a size that people train.
it.skipIf(reason !== null).each(['test_vit_6x16', 'test_swin_2_2_4_2', 'vit_tiny_patch16_224'])(
  'WebGPU computes loss and gradients of DTL+ on %s as the CPU does, and leaves it no operator',
  { timeout: 300_000 },
  async (model) => {
    const answer = await stepOn(model);
    if ('unavailable' in answer) return expect.fail(answer.unavailable);
    expect(answer.fallbacks).toEqual([]);
    expect(answer.differences.length).toBeGreaterThan(4);
    for (const [output, difference] of answer.differences) {
      expect(difference, output).not.toBeNull();
      expect(difference, output).toBeLessThanOrEqual(1e-5);
    }
  },
);
