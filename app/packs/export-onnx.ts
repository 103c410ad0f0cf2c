/** A pack with its backbone as one ONNX file, for use without this program. Format: `docs/onnx-export.md`. */
import { atHand } from '../domain/stored-backbone.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Work } from '../ports/work.ts';
import type { PackPorts } from './ports.ts';
import type { UsablePack } from './predict.ts';

const ONNX_FORMAT = 'dtl-studio-classifier';
const ONNX_FORMAT_VERSION = 1;

export interface OnnxReport {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  readonly classNames: readonly string[];
  readonly backboneName: string;
  /** Relative L2 error of the file's logits on the pack's self-test. */
  readonly selfTestError: number;
  /** Largest difference of a probability between file and program, on generated photos of other sizes. */
  readonly photosError: number;
  readonly seconds: number;
}

/** About how large the file will be: the frozen weights as they are stored, and the pack. */
export function onnxBytes(backbone: { readonly bytes: number }, pack: { readonly bytes: number }): number {
  return backbone.bytes + pack.bytes;
}

/**
 * The file is tried before it takes its place; whatever was at `out` stays until then. Throws `export.no-space`,
 * `export.differs`, `onnx.too-large`, and what else the engine throws.
 */
export async function exportOnnx(
  { engine, profile, host }: PackPorts,
  { path, content, sha256, backbone }: UsablePack,
  out: string,
  { signal, onProgress }: Work = {},
): Promise<OnnxReport> {
  const { preprocessing, method, classNames, selfTest } = content;
  const { bytes, selfTestError, photosError, seconds } = await engine.run(
    {
      kind: 'export-onnx',
      backbone: {
        path: profile.locate(atHand(backbone).path),
        tensorPrefix: backbone.tensorPrefix,
        spec: backbone.spec,
      },
      adapter: { path, method, classes: classNames.length },
      preprocessing: { ...preprocessing, mean: [...preprocessing.mean], std: [...preprocessing.std] },
      threads: host.machine().physicalCores,
      output: out,
      metadata: metadataOf({ content, sha256 }, host.appVersion),
      selfTest: selfTest.map((row) => [...row]),
    },
    {
      ...(signal === undefined ? {} : { signal }),
      onEvent: (event) => {
        if (event.type === 'progress') onProgress?.(event);
      },
    },
  );
  return { path: out, bytes, classNames, backboneName: backbone.name, selfTestError, photosError, seconds };
}

/** Nothing of the clock or of paths: the same pack gives the same file. */
function metadataOf({ content, sha256 }: Pick<UsablePack, 'content' | 'sha256'>, appVersion: string) {
  const { preprocessing, method, classNames, backbone, metrics, provenance } = content;
  return {
    format: ONNX_FORMAT,
    format_version: String(ONNX_FORMAT_VERSION),
    app_version: appVersion,
    class_names: canonicalJson(classNames),
    backbone: canonicalJson(backbone),
    pack: canonicalJson({ sha256, method }),
    preprocessing: canonicalJson(preprocessing),
    metrics: canonicalJson(metrics),
    provenance: canonicalJson(provenance),
  };
}
