import { readCheckpoint } from '#native-models/formats/checkpoints.ts';
import { parseSafetensors, tensorBytes, tensorFloat32 } from '#native-models/formats/safetensors.ts';
import { refused } from './refused.ts';

export function safetensors(bytes: Uint8Array): void {
  const file = refused(() => parseSafetensors(bytes, 'fuzzed'));
  if (file === null) return;
  for (const entry of file.tensors.values()) {
    if (tensorBytes(file, entry).byteLength !== entry.end - entry.start) throw new Error(`${entry.name} is cut off`);
    refused(() => tensorFloat32(file, entry));
  }
  const reading = refused(() =>
    readCheckpoint({
      path: 'fuzzed',
      container: 'safetensors',
      metadata: file.metadata,
      tensors: file.tensors,
      read: () => Promise.reject(new Error('nothing is to be read yet')),
    }),
  );
  if (reading !== null && 'problems' in reading && reading.problems.length === 0)
    throw new Error('refused without a reason');
}
