/** Pictures of real files, through the real store, decoder and caches. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { createImageStore } from '../../images/image-store.ts';
import { renderSamplePhotos } from '../samples.ts';
import type { Core } from '../open-core.ts';
import { openCore } from '../open-core.ts';
import type { Photo } from '#app/domain/photo.ts';
import { encodeTiff } from '../../images/testing/tiff.ts';
import { turnedJpeg } from '../../images/testing/turned-jpeg.ts';
import { createMedia } from './media.ts';
import type { Media, MediaAnswer } from './media.ts';

let folder: string;
let photos: string;
let core: Core;
let media: Media;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-media-'));
  photos = join(folder, 'photos');
  await mkdir(photos);
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write' });
  media = createMedia(core);
  onTestFinished(async () => {
    core.close();
    await rm(folder, { recursive: true, force: true });
  });
});

async function imported(files: Readonly<Record<string, Uint8Array>>): Promise<readonly Photo[]> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(photos, name), bytes);
  const project = core.projects.create('p');
  await core.library.import(project, photos);
  return Object.keys(files).map((_, index) => core.pictures.photo((index + 1) as Photo['id']));
}

async function jpeg(): Promise<Buffer> {
  await renderSamplePhotos(join(folder, 'drawn'), { seed: 0, perClass: 1, size: 400 });
  return readFile(join(folder, 'drawn', 'gear', 'gear-001.jpg'));
}

const dark = encodeTiff([
  {
    width: 600,
    height: 400,
    channels: 1,
    // 12 bits in 16: by its full range it would look black.
    samples: Uint16Array.from({ length: 240_000 }, (_, i) => ((i % 600) * 4095) / 600),
  },
]);

function bytesOf({ body }: MediaAnswer): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return expect.fail('bytes expected');
}

function jsonOf(answer: MediaAnswer): unknown {
  return JSON.parse(Buffer.from(bytesOf(answer)).toString());
}

/** What the program itself sees in a picture that it has made. */
async function look(answer: MediaAnswer) {
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'image/jpeg' } });
  const path = join(folder, 'picture.jpg');
  await writeFile(path, bytesOf(answer));
  const store = createImageStore();
  const pixels = await store.pixels(path, {
    imageSize: 64,
    fit: 'squash',
    interpolation: 'bicubic',
    sixteenBit: { kind: 'full-range' },
  });
  return { ...(await store.facts(path)), brightest: Math.max(...pixels) };
}

const cacheOf = (name: string): Promise<readonly string[]> =>
  readdir(join(folder, 'home', 'cache', name), { recursive: true }).then(
    (all) => all.filter((one) => one.endsWith('.jpg')),
    () => [],
  );

it('makes thumbnails while it imports, in the same look at each photo', async () => {
  const [photo] = await imported({ 'a.jpg': await jpeg() });
  const hash = photo?.contentHash ?? '';
  expect(await cacheOf('thumbnails')).toEqual([join(hash.slice(0, 2), `${hash}.jpg`)]);
  // Nothing but the cache can answer: the photo itself is gone.
  await rm(photo?.path ?? '');
  const answer = await media(`/media/thumb/1?h=${hash.slice(0, 16)}`);
  expect(await look(answer)).toMatchObject({ width: 256, height: 256 });
  expect(answer.headers['cache-control']).toBe('private, max-age=31536000, immutable');
});

it('makes a thumbnail again that was cleared away or cut off', async () => {
  const [photo] = await imported({ 'a.jpg': await jpeg() });
  const hash = photo?.contentHash ?? '';
  const kept = join(folder, 'home', 'cache', 'thumbnails', hash.slice(0, 2), `${hash}.jpg`);
  const whole = await readFile(kept);
  for (const left of [null, whole.subarray(0, 100), Buffer.alloc(0)]) {
    await rm(kept);
    if (left !== null) await writeFile(kept, left);
    expect(bytesOf(await media('/media/thumb/1'))).toEqual(new Uint8Array(whole));
    expect(await readFile(kept)).toEqual(whole);
  }
});

it('shows a turned photo upright', async () => {
  const [photo] = await imported({ 'a.jpg': await turnedJpeg(400, 200) });
  expect(photo?.facts).toMatchObject({ orientation: 6, width: 200, height: 400 });
  expect(await look(await media('/media/thumb/1'))).toMatchObject({ width: 128, height: 256 });
  // Browsers turn a JPEG themselves.
  expect(await media('/media/photo/1')).toMatchObject({
    headers: { 'content-type': 'image/jpeg' },
    body: { file: photo?.path },
  });
});

it('shows what a browser cannot, by its own contrast, and keeps that picture', async () => {
  await imported({ 'dark.tif': dark });
  expect(await look(await media('/media/thumb/1'))).toMatchObject({ width: 256, height: 171, bitsPerSample: 8 });
  const preview = await look(await media('/media/photo/1'));
  expect(preview).toMatchObject({ width: 600, height: 400 });
  expect(preview.brightest).toBeGreaterThan(230);
  expect(await cacheOf('previews')).toHaveLength(1);
});

it('does not keep under a photo’s name what its file shows since it was changed', async () => {
  const [photo] = await imported({ 'a.jpg': await jpeg() });
  const path = photo?.path ?? '';
  await rm(join(folder, 'home', 'cache', 'thumbnails'), { recursive: true });
  await appendFile(path, 'changed');
  const address = `?h=${photo?.contentHash?.slice(0, 16) ?? ''}`;
  for (const kind of ['thumb', 'photo']) {
    expect((await media(`/media/${kind}/1${address}`)).headers).toMatchObject({ 'cache-control': 'no-store' });
  }
  expect([...(await cacheOf('thumbnails')), ...(await cacheOf('previews'))]).toEqual([]);
});

it('says why there is no picture', async () => {
  await imported({ 'a.jpg': await jpeg(), 'b.jpg': Buffer.from('no photo') });
  await rm(join(photos, 'a.jpg'));
  expect(await media('/media/thumb/2')).toMatchObject({ status: 404 });
  expect(jsonOf(await media('/media/thumb/2'))).toMatchObject({ code: 'image.undecodable' });
  expect(await media('/media/photo/1')).toMatchObject({ status: 404 });
  expect(jsonOf(await media('/media/photo/1'))).toMatchObject({ code: 'image.missing' });
  expect(jsonOf(await media('/media/found/1/0'))).toMatchObject({ code: 'packs.found-gone' });
  expect(jsonOf(await media('/media/pack/1'))).toMatchObject({ code: 'packs.unknown' });
  expect(jsonOf(await media('/media/onnx/1'))).toMatchObject({ code: 'packs.unknown' });
  for (const nothing of ['/media/', '/media/thumb/0', '/media/thumb/x', '/media/thumb/1/2', '/media/else/1']) {
    expect(jsonOf(await media(nothing))).toMatchObject({ code: 'media.unknown' });
  }
});

it('gives many thumbnails in one answer, and an empty line for what has to be asked for by itself', async () => {
  const [one, two] = await imported({ 'a.jpg': await jpeg(), 'b.tif': dark, 'c.jpg': Buffer.from('no photo') });
  const name = (photo: Photo | undefined): string => `${photo?.id ?? 0}-${photo?.contentHash?.slice(0, 16) ?? ''}`;
  const lines = async (of: string): Promise<readonly string[]> => {
    const answer = await media(`/media/thumbs?of=${of}`);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
    });
    return Buffer.from(bytesOf(answer)).toString('latin1').split('\n');
  };
  const alone = async (photo: number): Promise<string> =>
    `data:image/jpeg;base64,${Buffer.from(bytesOf(await media(`/media/thumb/${photo}`))).toString('base64')}`;
  const [first, second] = [await alone(1), await alone(2)];
  expect(await lines(`${name(two)},${name(one)}`)).toEqual([second, first]);
  const unknown = [
    '3-0123456789abcdef',
    '99-0123456789abcdef',
    '1-0123456789abcdef',
    '1-',
    'x',
    '',
    '../../etc/passwd',
  ];
  expect(await lines([name(one), ...unknown].join(','))).toEqual([first, ...unknown.map(() => '')]);
  // Making it anew would hold the others up.
  await rm(join(folder, 'home', 'cache', 'thumbnails'), { recursive: true });
  expect(await lines(`${name(one)},${name(two)}`)).toEqual(['', '']);
  const tooMany = Array.from({ length: 65 }, () => name(one)).join(',');
  expect(await media(`/media/thumbs?of=${tooMany}`)).toMatchObject({ status: 404 });
});

it('goes on with an import when thumbnails cannot be kept', async () => {
  await mkdir(join(folder, 'home', 'cache'), { recursive: true });
  await writeFile(join(folder, 'home', 'cache', 'thumbnails'), 'a file in the way');
  const [photo] = await imported({ 'a.jpg': await jpeg() });
  expect(photo).toMatchObject({ state: 'ok' });
  expect(await media('/media/thumb/1')).toMatchObject({ status: 200 });
});
