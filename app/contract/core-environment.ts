/**
 * What a core's process has to find in its environment before it begins. Photos are decoded in libuv's threads, of which
 * there are four otherwise, however many cores there are: one more than photos at once, for the reading of the next.
 */
export function coreEnvironment(cores: number): { readonly UV_THREADPOOL_SIZE: string } {
  return { UV_THREADPOOL_SIZE: String(Math.max(4, Math.min(32, cores + 2))) };
}
