/** The self-test of a pack: logits of generated inputs, made at export and replayed wherever the pack is to be used. */
import type { AdapterFile } from '../contract/engine.ts';
import { AppError } from '../domain/errors.ts';
import type { PackContent } from '../domain/pack-content.ts';
import { packDifferences, SELF_TEST_GENERATOR, SELF_TEST_TOLERANCE, selfTestError } from '../domain/pack-content.ts';
import type { Preprocessing } from '../domain/preprocessing.ts';
import { atHand } from '../domain/stored-backbone.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { PackPorts } from './ports.ts';

/** [inputs][classes] */
export async function selfTestLogits(
  { engine, profile, host }: PackPorts,
  backbone: StoredBackbone,
  adapter: AdapterFile,
  preprocessing: Preprocessing,
): Promise<readonly (readonly number[])[]> {
  const { logits } = await engine.run({
    kind: 'self-test',
    backbone: { path: profile.locate(atHand(backbone).path), tensorPrefix: backbone.tensorPrefix, spec: backbone.spec },
    adapter,
    preprocessing: { ...preprocessing, mean: [...preprocessing.mean], std: [...preprocessing.std] },
    threads: host.machine().physicalCores,
    inputs: SELF_TEST_GENERATOR.count,
  });
  return logits;
}

/**
 * Replays the self-test of the pack at `path`. Returns the relative L2 error over all logits. Throws `pack.other-backbone`
 * naming the differences, `pack.self-test-failed` above 1e-3.
 */
export async function replaySelfTest(
  ports: PackPorts,
  path: string,
  content: PackContent,
  backbone: StoredBackbone,
): Promise<number> {
  const differences = packDifferences(content, backbone);
  if (differences.length > 0) {
    throw new AppError(
      'pack.other-backbone',
      `"${path}" cannot be used with this backbone. ${differences.join(' ')} Nothing was changed. ` +
        'Import the backbone that it was trained on.',
      { data: { path, differences } },
    );
  }
  const adapter = { path, method: content.method, classes: content.classNames.length };
  const logits = await selfTestLogits(ports, backbone, adapter, content.preprocessing);
  const error = selfTestError(content.selfTest, logits);
  if (error <= SELF_TEST_TOLERANCE) return error;
  throw new AppError(
    'pack.self-test-failed',
    `"${path}" failed its self-test: its logits differ from those it was written with by ${error.toExponential(2)} ` +
      `(relative L2), and ${SELF_TEST_TOLERANCE} is allowed. It was not taken into use. The file was changed, or it was made by a ` +
      'program that computes something else; ask for it again.',
    { data: { path, error: Number.isFinite(error) ? error : null, tolerance: SELF_TEST_TOLERANCE } },
  );
}
