/**
 * Whether the runtime's CPU provider has kernels over blocks of channels, and how many channels a block has: 8 with AVX2,
 * 16 with AVX-512, none on most ARM machines. The runtime does not tell, so one tiny reordering is run and looked at.
 */
import './silence.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../formats/onnx.ts';
import { BLOCKED } from '../ops/define.ts';

const CHANNELS = 64;

let known: Promise<number | null> | null = null;

/** Asked once a process. */
export function channelBlock(): Promise<number | null> {
  known ??= probe();
  return known;
}

/** [1, C, 1, 2] holding 0, 1, 2, ...: in blocks of n, the second position of channel 0 comes n places after the first. */
async function probe(): Promise<number | null> {
  const size = 2 * CHANNELS;
  const reorder = { name: 'reorder', opType: 'ReorderInput', domain: BLOCKED, attributes: {} };
  const flatten = { name: 'flatten', opType: 'Reshape', attributes: {} };
  const bytes = new Uint8Array(BigInt64Array.of(BigInt(size)).buffer);
  const model = encodeModel({
    irVersion: 9,
    producer: 'dtl-studio',
    opsets: [
      { domain: '', version: 18 },
      { domain: BLOCKED, version: 1 },
    ],
    graph: {
      name: 'channel-block',
      nodes: [
        { ...reorder, inputs: ['x'], outputs: ['blocks'] },
        { ...flatten, inputs: ['blocks', 'size'], outputs: ['y'] },
      ],
      inputs: [{ name: 'x', dtype: 'float32', shape: [1, CHANNELS, 1, 2] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [size] }],
      initializers: [{ name: 'size', dtype: 'int64', shape: [1], data: { kind: 'raw', bytes } }],
    },
  });
  try {
    const session = await InferenceSession.create(model, { executionProviders: ['cpu'], logSeverityLevel: 4 });
    const x = Float32Array.from({ length: size }, (_, at) => at);
    const { y } = await session.run({ x: new Tensor('float32', x, [1, CHANNELS, 1, 2]) });
    await session.release();
    const block = y?.data instanceof Float32Array ? y.data.indexOf(1) : -1;
    return block > 1 ? block : null;
  } catch {
    // A runtime without these kernels knows no such operator.
    return null;
  }
}
