/** The files of the feature cache on the core's side: what they take of the disk, and keeping them within a new bound. */
import { cacheFiles, keepWithin } from '#native-models/cache/cache-files.ts';

export function featureBytes(folder: string): number {
  return cacheFiles(folder).reduce((sum, { bytes }) => sum + bytes, 0);
}

export { keepWithin as keepFeaturesWithin };
