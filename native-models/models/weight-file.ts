/** A safetensors checkpoint as the weights of a graph. */
import { basename, dirname } from 'node:path';
import { realpath } from 'node:fs/promises';
import { readSafetensorsHeader } from '../formats/safetensors.ts';
import type { WeightFile } from './weights.ts';

/** Reads the header only. Links are resolved, since the runtime refuses names that lead out of their folder. */
export async function openWeightFile(path: string, prefix = ''): Promise<WeightFile> {
  const real = await realpath(path);
  const header = await readSafetensorsHeader(real);
  return { folder: dirname(real), file: basename(real), tensors: header.tensors, prefix };
}
