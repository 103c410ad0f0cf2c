/** Limits of what is read, far above any checkpoint of a vision backbone, that keep a hostile archive cheap. */
export const maxArrays = 20_000;
/** The description in front of an array's numbers. Numpy itself refuses to evaluate more than 10,000 characters. */
export const maxHeaderBytes = 10_000;
export const maxRank = 32;
/**
 * Trained numbers hardly compress, and constant ones are small: an archive whose arrays together are larger than this
 * many times the file, and larger than `freeBytes`, is not a checkpoint but a zip bomb.
 */
export const maxExpansion = 16;
export const freeBytes = 64 << 20;
