/** What of a program's time is the runtime's own: for benchmarks of what stands around it. */
import { InferenceSession } from 'onnxruntime-node';

type Run = (...given: unknown[]) => Promise<unknown>;

/** From now on, tells the milliseconds that all sessions of this process have spent in their own `run`. */
export function timeInRuntime(): () => number {
  // The runtime exports a class, of which its types tell the factory alone.
  const { prototype } = InferenceSession as unknown as { readonly prototype: { run: Run } };
  const run = Object.getOwnPropertyDescriptor(prototype, 'run')?.value as Run;
  let milliseconds = 0;
  prototype.run = async function (...given) {
    const start = performance.now();
    const outputs = await run.apply(this, given);
    milliseconds += performance.now() - start;
    return outputs;
  };
  return () => milliseconds;
}
