/** Makes the adapter pack of a finished run. */
import { AppError } from '../domain/errors.ts';
import { planSettings } from '../domain/choose-memory.ts';
import type { PackContent } from '../domain/pack-content.ts';
import type { Pack } from '../domain/pack.ts';
import type { Run } from '../domain/run.ts';
import { sideParameterCount } from '../domain/side-parameters.ts';
import { placeOf } from './pack-place.ts';
import type { PackPorts } from './ports.ts';
import { selfTestLogits } from './self-test.ts';

export interface ExportReport {
  readonly pack: Pack;
  /** Absolute: where it was asked for, or its place in the profile. */
  readonly path: string;
  readonly sideParameters: number;
}

/**
 * The pack is kept in the profile and, where `out` names a file, written there too. Throws `packs.run-not-finished`,
 * `files.*`, and what the engine throws.
 */
export async function exportPack(ports: PackPorts, run: Run, out: string | null): Promise<ExportReport> {
  const { store, packFiles, profile } = ports;
  if (run.result === null) {
    throw new AppError(
      'packs.run-not-finished',
      `${run.name} is ${run.state}, and only a finished run leaves a pack. Nothing was written. Let it go on to its end first.`,
      { data: { run: run.name, state: run.state } },
    );
  }
  const content = await packContent(ports, run, run.result);
  const file = await packFiles.write((sha256) => profile.locate(placeOf(ports, { sha256, runId: run.id })), content);
  if (out !== null) await packFiles.write(out, content);
  const pack = store.packs.add({
    name: run.name,
    path: profile.relative(file.path),
    sha256: file.sha256,
    bytes: file.bytes,
    state: 'verified',
    backbone: content.backbone.identity,
    backboneName: content.backbone.name,
    runId: run.id,
    classNames: content.classNames,
    method: content.method,
  });
  return { pack, path: out ?? file.path, sideParameters: sideParameterCount(content.method, content.backbone.spec) };
}

async function packContent(ports: PackPorts, run: Run, result: NonNullable<Run['result']>): Promise<PackContent> {
  const { store, packFiles, profile } = ports;
  const { config, provenance } = run;
  const backbone = store.backbones.get(provenance.backbone);
  const weights = profile.locate(result.weightsPath);
  const classNames = run.classes.map(({ name }) => name);
  const adapter = { path: weights, method: config.method, classes: classNames.length };
  const { labelRevision, splitDigest, appVersion, runtimeVersion } = provenance;
  return {
    method: config.method,
    classNames,
    preprocessing: config.preprocessing,
    backbone: { name: backbone.name, identity: backbone.identity, spec: backbone.spec },
    metrics: {
      ...result.evaluations,
      probe: result.probe === null ? null : { validation: result.probe.validation, test: result.probe.test },
    },
    provenance: {
      labelRevision,
      splitDigest,
      seed: config.seed,
      recipe: { ...config.recipe },
      plan: planSettings(config.plan),
      appVersion,
      runtimeVersion,
    },
    selfTest: await selfTestLogits(ports, backbone, adapter, config.preprocessing),
    tensors: await packFiles.readTrained(weights),
  };
}
