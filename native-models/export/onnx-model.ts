/**
 * Backbone, side network, head and preprocessing as one ONNX model of standard operators: a photo's RGB bytes
 * [height, width, 3], of any size -> logits [C] and probabilities [C].
 */
import type { Method } from '../adapters/method.ts';
import { toOnnx } from '../emit/to-onnx.ts';
import { EngineError } from '../errors.ts';
import type { OnnxInitializer, OnnxModel } from '../formats/onnx.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import type { WeightFile } from '../models/weights.ts';
import { forwardGraph, IMAGES, LOGITS } from '../train/graphs.ts';
import { NodeList, int } from './node-list.ts';
import type { ExportedPreprocessing } from './preprocessing.ts';
import { addPreprocessing } from './preprocessing.ts';

export const EXPORTED_IMAGE = 'image';
export const EXPORTED_LOGITS = 'logits';
export const EXPORTED_PROBABILITIES = 'probabilities';

export interface ExportedNetwork {
  readonly spec: BackboneSpec;
  readonly weights: WeightFile;
  readonly method: Method;
  readonly classes: number;
  /** Values of everything that was trained, by name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly preprocessing: ExportedPreprocessing;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The weights stay external data; `modelFile` brings them in. Throws `model.*`, `adapter.*`, `onnx.operator`. */
export function exportedModel({ preprocessing, metadata, parameters, ...network }: ExportedNetwork): OnnxModel {
  const { graph } = forwardGraph({ ...network, batch: 1 });
  const logits = graph.outputs.get(LOGITS);
  if (logits === undefined) throw new EngineError('graph.shape', 'The forward graph has no logits.');
  const batch = toOnnx({ ...graph, name: 'classifier', outputs: new Map([['batch_logits', logits]]) }, 'standard');
  const before = new NodeList('preprocessing');
  addPreprocessing(before, EXPORTED_IMAGE, IMAGES, preprocessing);
  const after = new NodeList('result');
  after.add('Squeeze', ['batch_logits', after.integers([0])], {}, EXPORTED_LOGITS);
  after.add('Softmax', [EXPORTED_LOGITS], { axis: int(-1) }, EXPORTED_PROBABILITIES);
  const trained = batch.graph.inputs
    .filter(({ name }) => name !== IMAGES)
    .map(({ name }): OnnxInitializer => trainedTensor(name, graph.inputs, parameters));
  return {
    ...batch,
    graph: {
      ...batch.graph,
      nodes: [...before.nodes, ...batch.graph.nodes, ...after.nodes],
      inputs: [{ name: EXPORTED_IMAGE, dtype: 'uint8', shape: ['height', 'width', 3] }],
      outputs: [EXPORTED_LOGITS, EXPORTED_PROBABILITIES].map((name) => ({
        name,
        dtype: 'float32',
        shape: [network.classes],
      })),
      initializers: [...before.initializers, ...batch.graph.initializers, ...trained, ...after.initializers],
    },
    metadata,
  };
}

function trainedTensor(
  name: string,
  inputs: readonly { readonly name: string; readonly shape: readonly number[] }[],
  parameters: ReadonlyMap<string, Float32Array>,
): OnnxInitializer {
  const shape = inputs.find((input) => input.name === name)?.shape;
  const values = parameters.get(name);
  if (shape === undefined || values === undefined) {
    throw new EngineError('adapter.tensors', `There are no values for ${name}.`, { data: { tensor: name } });
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: 'float32', shape, data: { kind: 'raw', bytes } };
}
