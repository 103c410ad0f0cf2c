/** Packs as people look at them. */
import type { PackDetails, PackView } from '../contract/packs.ts';
import type { PackId } from '../domain/ids.ts';
import { methodWords } from '../domain/method-words.ts';
import type { Pack } from '../domain/pack.ts';
import type { PackContent } from '../domain/pack-content.ts';
import { measuredWeights } from '../domain/pack-content.ts';
import { fitName } from '../domain/run-name.ts';
import { methodSettings, namedSettings } from '../domain/setting-words.ts';
import { headTensors, sideParameterCount } from '../domain/side-parameters.ts';
import { onnxBytes } from './export-onnx.ts';
import type { PackPorts } from './ports.ts';

/** Newest first. */
export function packViews(ports: PackPorts): readonly PackView[] {
  return ports.store.packs.list().map((pack) => toView(ports, pack));
}

/** Throws `packs.unknown`. */
export function packView(ports: PackPorts, id: PackId): PackView {
  return toView(ports, ports.store.packs.get(id));
}

function toView({ store, places }: PackPorts, pack: Pack): PackView {
  const backbone = store.backbones.find(pack.backbone);
  const run = pack.runId === null ? null : store.runs.get(pack.runId);
  return {
    id: pack.id,
    name: pack.name,
    bytes: pack.bytes,
    sha256: pack.sha256,
    state: pack.state,
    backbone: pack.backbone,
    backboneName: pack.backboneName,
    backboneThere: backbone !== null && places.exists(backbone.path),
    run: pack.runId,
    runName: run?.name ?? null,
    projectName: run === null ? null : store.projects.get(run.projectId).name,
    classNames: pack.classNames,
    method: methodWords(pack.method, backbone?.spec ?? null),
    createdAt: pack.createdAt,
  };
}

/** Reads the file. Throws `packs.unknown`, `pack.*`, `files.*`. */
export async function packDetails(ports: PackPorts, id: PackId): Promise<PackDetails> {
  const pack = ports.store.packs.get(id);
  const path = ports.profile.locate(pack.path);
  const { content, bytes } = await ports.packFiles.read(path);
  const backbone = ports.store.backbones.find(pack.backbone);
  const { spec } = content.backbone;
  const head = [...headTensors(content.classNames.length, spec).values()];
  return {
    ...packView(ports, id),
    path,
    onnxBytes: backbone === null ? null : onnxBytes(backbone, { bytes }),
    sideParameters: sideParameterCount(content.method, spec),
    headParameters: head.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0),
    imageSize: content.preprocessing.imageSize,
    fit: content.preprocessing.fit,
    test: content.metrics.test,
    validation: content.metrics.validation,
    probeTest: content.metrics.probe?.test ?? null,
    weights: measuredWeights(content.provenance),
    provenance: provenanceWords(content),
  };
}

function provenanceWords({ method, provenance }: PackContent): PackDetails['provenance'] {
  const { recipe, plan, seed, labelRevision, splitDigest, appVersion, runtimeVersion } = provenance;
  return [
    ...methodSettings(method),
    { name: 'Seed', value: String(seed) },
    ...namedSettings(recipe),
    ...namedSettings(plan),
    { name: 'Label revision', value: String(labelRevision) },
    { name: 'Split', value: splitDigest.slice(0, 12) },
    { name: 'Program version', value: appVersion },
    { name: 'Runtime version', value: runtimeVersion },
  ];
}

/** Throws `packs.unknown`, `packs.name-invalid`. */
export function renamePack(ports: PackPorts, id: PackId, name: string): PackView {
  ports.store.packs.rename(id, fitName('packs', name));
  return packView(ports, id);
}

/** With what it said of photos. A file that another pack shares stays. Throws `packs.unknown`. */
export async function removePack({ store, places }: PackPorts, id: PackId): Promise<{ readonly freedBytes: number }> {
  const { path } = store.packs.get(id);
  store.packs.remove(id);
  const shared = store.packs.list().some((other) => other.path === path);
  return { freedBytes: shared ? 0 : await places.remove(path) };
}
