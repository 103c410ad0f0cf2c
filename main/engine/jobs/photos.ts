/** Photos for the engine: the one decoder of the program, behind the engine's own interface. */
import type { ImageStore, PixelSpec } from '#app/ports/images.ts';
import { AppError } from '#app/domain/errors.ts';
import { EngineError } from '#native-models/errors.ts';

/** Expected failures (missing, truncated, not a photo) become `photo.unusable`: the run goes on without the photo. */
export async function readPixels(images: ImageStore, path: string, how: PixelSpec): Promise<Uint8Array> {
  try {
    return await images.pixels(path, how);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'expected') throw error;
    const reason = error.data['reason'];
    throw new EngineError('photo.unusable', typeof reason === 'string' ? reason : error.message, { cause: error });
  }
}
