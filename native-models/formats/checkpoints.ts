/** Checkpoints of published backbones: what the rest of the program may use of them. */
export { planTensors, readCheckpoint } from './checkpoints/checkpoint.ts';
export type { Checkpoint, TensorPlan } from './checkpoints/checkpoint.ts';
export { openTensorFile } from './checkpoints/tensor-file.ts';
export type { TensorFile } from './checkpoints/tensor-file.ts';
export { writeCanonical } from './checkpoints/write-canonical.ts';
