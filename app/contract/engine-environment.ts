/**
 * What an engine process finds in its environment beside what its core has. glibc raises the size from which memory is mapped
 * apart with each large piece that is given back, up to 32 MB; pieces of weights of some megabytes, made and let go of
 * while a session loads, then leave holes in the heap that nothing gives back (45 of 790 MB for ViT-B/16). Sizes that are
 * told stay as they are. Other systems' allocators do not read these.
 */
export const ENGINE_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 22),
} as const;
