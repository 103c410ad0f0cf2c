/**
 * Limits of what is read and written. The first one is the reference library's; the others keep a hostile header of
 * that length from costing more than a moment, and lie far above any checkpoint of a vision backbone.
 */
export const maxHeaderLength = 100_000_000;
/** Tensors in a file, and entries of its metadata. */
export const maxEntries = 100_000;
export const maxRank = 64;
