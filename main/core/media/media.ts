/**
 * Answers for `/media/...` (`app/contract/index.ts`): pictures and files by id, the same in both hosts. No address holds a
 * path; which file an id stands for is known here alone.
 */
import { stat } from 'node:fs/promises';
import { AppError, asAppError } from '#app/domain/errors.ts';
import { packId, photoId } from '#app/domain/id-of.ts';
import type { PackId, PhotoId } from '#app/domain/ids.ts';
import type { Photo } from '#app/domain/photo.ts';
import type { PictureCache } from '#app/ports/images.ts';
import { reportBug } from '../live/report-bug.ts';
import type { Core } from '../open-core.ts';
import { NewestFirst } from './newest-first.ts';

export interface MediaAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, or a file that the host sends; null is an empty answer. */
  readonly body: Uint8Array | { readonly file: string } | null;
}

/** `address` begins with `/media/`. Never rejects. `signal`: nobody waits for it any more. */
export type Media = (address: string, signal?: AbortSignal) => Promise<MediaAnswer>;

const FOR_EVER = 'private, max-age=31536000, immutable';
const ASK_AGAIN = 'private, no-cache';
/** For what is not the content that the address names. */
const DO_NOT_KEEP = 'no-store';

/** Kept apart: a page of thumbnails must not wait behind a large picture, or the other way round. */
const THUMBNAILS_AT_ONCE = 4;
const PREVIEWS_AT_ONCE = 2;

/** In one answer: no more than a screen's and what lies beyond its edges. */
const MOST_TOGETHER = 64;
const NONE = new Uint8Array(0);

/** Formats that browsers show as they are. Of PNG, WebP and GIF not all browsers heed an orientation. */
const shownAsIs = ['jpeg', 'png', 'webp', 'avif', 'gif'];

interface Wanted {
  readonly photo: Photo;
  /** The address names the photo's present content. */
  readonly named: boolean;
  /** Whether the file is the one that was imported. Asked of the disk, so only where it matters. */
  readonly isSame: () => Promise<boolean>;
}

export function createMedia({ pictures, packs }: Pick<Core, 'pictures' | 'packs'>): Media {
  const { images, thumbnails, previews } = pictures;
  const small = new NewestFirst<Uint8Array>(THUMBNAILS_AT_ONCE);
  const large = new NewestFirst<Uint8Array>(PREVIEWS_AT_ONCE);

  function wanted(id: PhotoId, query: URLSearchParams): Wanted {
    const photo = pictures.photo(id);
    if (photo.state === 'undecodable') {
      throw new AppError('image.undecodable', photo.reason ?? 'The file cannot be read as a photo.');
    }
    const h = query.get('h') ?? '';
    return {
      photo,
      named: h.length >= 16 && photo.contentHash?.startsWith(h) === true,
      isSame: async () => {
        const file = await stat(photo.path).catch(() => null);
        return file !== null && file.size === photo.bytes && file.mtimeMs === photo.modifiedAt;
      },
    };
  }

  /** From the cache, else made now; kept only where the file is the one that its hash speaks of. */
  async function cached(
    { photo, named, isSame }: Wanted,
    cache: PictureCache,
    make: () => Promise<Uint8Array>,
  ): Promise<MediaAnswer> {
    const { contentHash } = photo;
    const known = contentHash === null ? null : await cache.read(contentHash);
    if (known !== null) return jpeg(known, named ? FOR_EVER : ASK_AGAIN);
    const same = await isSame();
    const bytes = await make();
    if (same && contentHash !== null) await cache.keep(contentHash, bytes);
    return jpeg(bytes, !same ? DO_NOT_KEEP : named ? FOR_EVER : ASK_AGAIN);
  }

  async function thumb(id: PhotoId, query: URLSearchParams, signal?: AbortSignal): Promise<MediaAnswer> {
    const one = wanted(id, query);
    return cached(one, thumbnails, () =>
      small.take(`photo ${id}`, (stop) => images.thumbnail(one.photo.path, stop), signal),
    );
  }

  async function atHand(name: string): Promise<Uint8Array> {
    const [, id = '', h = ''] = /^(\d{1,15})-([0-9a-f]{16,64})$/.exec(name) ?? [];
    try {
      const { state, contentHash } = pictures.photo(photoId(Number(id)));
      if (state === 'undecodable' || contentHash?.startsWith(h) !== true || h === '') return NONE;
      return (await thumbnails.read(contentHash)) ?? NONE;
    } catch (thrown) {
      if (asAppError(thrown).kind === 'bug') throw thrown;
      return NONE;
    }
  }

  /** The ones that are there as they are named; making others, and saying what is wrong, would hold these up. */
  async function together(names: string): Promise<MediaAnswer> {
    const asked = names.split(',');
    if (asked.length > MOST_TOGETHER) throw nothingThere();
    const parts = await Promise.all(asked.map(atHand));
    return {
      status: 200,
      headers: { 'content-type': 'text/plain', 'cache-control': DO_NOT_KEEP },
      // As the page shows them, which this end writes in a tenth of the time; what the page makes anew, it must collect.
      body: linesOf(parts.map(dataUrl)),
    };
  }

  async function whole(id: PhotoId, query: URLSearchParams, signal?: AbortSignal): Promise<MediaAnswer> {
    const one = wanted(id, query);
    const { path, facts } = one.photo;
    if (facts !== null && showsAsIs(facts) && (await one.isSame())) {
      return {
        status: 200,
        headers: { 'content-type': `image/${facts.format}`, 'cache-control': one.named ? FOR_EVER : ASK_AGAIN },
        body: { file: path },
      };
    }
    return cached(one, previews, () => large.take(`photo ${id}`, (stop) => images.preview(path, stop), signal));
  }

  /** A photo that may belong to no project. */
  async function byPath(path: string, query: URLSearchParams, signal?: AbortSignal): Promise<MediaAnswer> {
    const bytes = query.has('thumb')
      ? await small.take(path, (stop) => images.thumbnail(path, stop), signal)
      : await large.take(path, (stop) => images.preview(path, stop), signal);
    return jpeg(bytes, ASK_AGAIN);
  }

  async function pack(id: PackId): Promise<MediaAnswer> {
    const { name, path } = pictures.pack(id);
    const gone = new AppError('packs.file-gone', 'The file of this pack is not in the profile any more.');
    return download(path, `${name}.safetensors`, gone);
  }

  async function onnx(id: PackId): Promise<MediaAnswer> {
    const { name, path } = pictures.onnx(id);
    const gone = new AppError('packs.onnx-gone', 'This pack is not there as an ONNX file any more. Export it again.');
    return download(path, `${name}.onnx`, gone);
  }

  async function route(address: string, signal?: AbortSignal): Promise<MediaAnswer> {
    const { pathname, searchParams } = new URL(address, 'http://core');
    const [, kind, first, second] = /^\/media\/([a-z]+)\/(\d{1,15})(?:\/(\d{1,15}))?$/.exec(pathname) ?? [];
    const id = Number(first);
    if (second !== undefined) {
      if (kind === 'found') return byPath(packs.foundPhotoPath(id, Number(second)), searchParams, signal);
      if (kind === 'compared') return byPath(packs.comparedPhotoPath(id, Number(second)), searchParams, signal);
    }
    if (second === undefined && id > 0) {
      if (kind === 'thumb') return thumb(photoId(id), searchParams, signal);
      if (kind === 'photo') return whole(photoId(id), searchParams, signal);
      if (kind === 'pack') return pack(packId(id));
      if (kind === 'onnx') return onnx(packId(id));
    }
    if (pathname === '/media/thumbs') return together(searchParams.get('of') ?? '');
    throw nothingThere();
  }

  return async (address, signal) => {
    try {
      return await route(address, signal);
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.kind === 'bug') reportBug(error);
      return refusal(error.kind === 'bug' ? 500 : 404, error);
    }
  };
}

async function download(path: string, name: string, gone: AppError): Promise<MediaAnswer> {
  if ((await stat(path).catch(() => null)) === null) throw gone;
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", '%27')}`,
      'cache-control': DO_NOT_KEEP,
    },
    body: { file: path },
  };
}

function showsAsIs({ format, bitsPerSample, orientation }: NonNullable<Photo['facts']>): boolean {
  return shownAsIs.includes(format) && bitsPerSample === 8 && (orientation === 1 || format === 'jpeg');
}

function nothingThere(): AppError {
  return new AppError('media.unknown', 'There is nothing at this address.');
}

/** Empty for no picture. */
function dataUrl({ buffer, byteOffset, length }: Uint8Array): string {
  return length === 0 ? '' : `data:image/jpeg;base64,${Buffer.from(buffer, byteOffset, length).toString('base64')}`;
}

/** Written in place: a text of all lines would be half a megabyte for V8 to collect, and its collections take the page's cores. */
function linesOf(texts: readonly string[]): Uint8Array {
  const body = Buffer.allocUnsafeSlow(texts.reduce((sum, { length }) => sum + length + 1, -1));
  let at = 0;
  for (const text of texts) {
    at += body.write(text, at, 'latin1');
    // Behind the last line the body ends.
    at += body.write('\n', at, 'latin1');
  }
  return body;
}

function jpeg(bytes: Uint8Array, cacheControl: string): MediaAnswer {
  return { status: 200, headers: { 'content-type': 'image/jpeg', 'cache-control': cacheControl }, body: bytes };
}

function refusal(status: number, { code, message }: AppError): MediaAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': DO_NOT_KEEP },
    body: new TextEncoder().encode(JSON.stringify({ code, message })),
  };
}
