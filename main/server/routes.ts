/** What the server answers over HTTP, once it is clear who asks: the interface, pictures and uploads. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import sirv from 'sirv';
import { asAppError } from '#app/domain/errors.ts';
import { LARGEST_UPLOAD } from '../core/live/uploads.ts';
import type { Live } from '../core/open-live.ts';
import { say, sayJson } from './headers.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** `site`: the folder of the built interface. */
export function createRoutes({ media, uploads }: Pick<Live, 'media' | 'uploads'>, site: string): Answer {
  const page = sirv(site, {
    etag: true,
    setHeaders: (response, pathname) => {
      // The build puts a hash into these names.
      const named = pathname.startsWith('/assets/');
      response.setHeader('cache-control', named ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });

  async function picture(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { status, headers, body } = await media(url.pathname + url.search, gone.signal);
    if (response.destroyed) return;
    const file = body !== null && 'file' in body ? body.file : null;
    const length = file !== null ? (await stat(file)).size : body instanceof Uint8Array ? body.length : 0;
    response.writeHead(status, { ...headers, 'content-length': length });
    if (request.method === 'HEAD' || body === null) response.end();
    else if (file !== null) await pipeline(createReadStream(file), response);
    else response.end(body);
  }

  async function upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (Number(request.headers['content-length'] ?? 0) > LARGEST_UPLOAD) {
        // What is on its way is not read.
        response.setHeader('connection', 'close');
        sayJson(response, 413, { code: 'files.upload-too-large', message: 'The file is larger than 64 MB.' });
        return;
      }
      sayJson(response, 200, { upload: await uploads.receive(request) });
    } catch (thrown) {
      if (response.destroyed) return;
      const { code, message } = asAppError(thrown);
      response.setHeader('connection', 'close');
      sayJson(response, code === 'files.upload-too-large' ? 413 : 500, { code, message });
    }
  }

  function interfaceFile(request: IncomingMessage, response: ServerResponse): void {
    page(request, response, () => {
      // A reload of an address that only the page knows.
      if (isNavigation(request)) {
        request.url = '/';
        page(request, response, () => say(response, 404, 'The interface is not built.'));
      } else {
        say(response, 404, 'There is nothing at this address.');
      }
    });
  }

  return async (request, response, url) => {
    const { method = '' } = request;
    const isUpload = url.pathname === '/upload';
    const allowed = isUpload ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(method)) {
      say(response, 405, `Only ${allowed.join(' and ')} is answered here.`, { allow: allowed.join(', ') });
    } else if (isUpload) await upload(request, response);
    else if (url.pathname.startsWith('/media/')) await picture(request, response, url);
    else interfaceFile(request, response);
  };
}

function isNavigation({ headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode'];
  return mode === undefined ? (headers.accept ?? '').includes('text/html') : mode === 'navigate';
}
