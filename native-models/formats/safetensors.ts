/** The safetensors format: what the rest of the program may use of it. */
export { parseSafetensors, tensorBytes, tensorFloat32, tensorInt64 } from './safetensors/buffer.ts';
export { firstNonFinite } from './safetensors/decode.ts';
export { encodeSafetensors } from './safetensors/encode.ts';
export type { TensorToEncode } from './safetensors/encode.ts';
export {
  findNonFinite,
  readSafetensorsHeader,
  readTensorBytes,
  readTensorFloat32,
  readTensorInt64,
  tensorNamed,
} from './safetensors/file.ts';
export { writeSafetensorsStream } from './safetensors/stream.ts';
export type { TensorToStream } from './safetensors/stream.ts';
export type { SafetensorsBuffer, SafetensorsFile, TensorEntry } from './safetensors/types.ts';
