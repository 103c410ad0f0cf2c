/**
 * Readers of files from anywhere, each as a function of bytes in a file of its own name. A target returns where the bytes were
 * accepted or refused with words, and throws for everything else: errors of the program's own, and accepted bytes that do not
 * keep what was accepted.
 */
import { archive } from './targets/archive.ts';
import { csv } from './targets/csv.ts';
import { image } from './targets/image.ts';
import { metadata } from './targets/metadata.ts';
import { npy } from './targets/npy.ts';
import { npz } from './targets/npz.ts';
import { pack } from './targets/pack.ts';
import { safetensors } from './targets/safetensors.ts';

export type Target = (bytes: Uint8Array) => void | Promise<void>;

export const targets = { safetensors, npz, npy, pack, csv, metadata, archive, image } satisfies Readonly<
  Record<string, Target>
>;

export type TargetName = keyof typeof targets;
