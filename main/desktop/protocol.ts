/**
 * Everything that the page asks for by address: its own files, pictures by id and uploads, at the same relative addresses
 * as in a browser. The core alone knows which file an id stands for.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { protocol } from 'electron';
import type { Session } from 'electron';
import type { ShellAnswer } from '#app/contract/shell.ts';
import { SCHEME, isOwn } from './address.ts';
import { securityHeaders } from './security.ts';
import { readStatic } from './static-files.ts';

export interface CoreRoutes {
  /** `signal`: nobody waits for it any more. */
  media(address: string, signal: AbortSignal): Promise<ShellAnswer>;
  upload(bytes: Uint8Array): Promise<ShellAnswer>;
}

export interface Served {
  /** Folder of the built interface. */
  readonly renderer: string;
  readonly core: CoreRoutes;
}

const UPLOAD_LIMIT = 64 * 1024 * 1024;

/** Before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, codeCache: true },
    },
  ]);
}

export function serveScheme(session: Session, served: Served): void {
  session.protocol.handle(SCHEME, (request) => answer(request, served));
}

/** What the page gets for `request`. Never rejects. */
export async function answer(request: Request, { renderer, core }: Served): Promise<Response> {
  try {
    if (!isOwn(request.url)) return plain(404);
    const { pathname, search } = new URL(request.url);
    if (pathname === '/upload') return await receive(request, core);
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405);
    if (pathname.startsWith('/media/')) return await responseOf(await core.media(pathname + search, request.signal));
    const file = await readStatic(renderer, pathname);
    return file === null ? plain(404) : respond(file.bytes, 200, { 'content-type': file.type });
  } catch {
    return plain(500);
  }
}

async function receive(request: Request, core: CoreRoutes): Promise<Response> {
  if (request.method !== 'POST') return plain(405);
  if (Number(request.headers.get('content-length') ?? 0) > UPLOAD_LIMIT) return plain(413);
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.length > UPLOAD_LIMIT ? plain(413) : responseOf(await core.upload(bytes));
}

async function responseOf({ status, headers, body }: ShellAnswer): Promise<Response> {
  if (body === null || body instanceof Uint8Array) {
    return respond(body === null ? null : new Uint8Array(body), status, headers);
  }
  const length = String((await stat(body.file)).size);
  const stream = Readable.toWeb(createReadStream(body.file));
  return respond(stream, status, { ...headers, 'content-length': length });
}

function plain(status: number): Response {
  return respond(null, status, {});
}

function respond(
  body: ConstructorParameters<typeof Response>[0],
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(body, { status, headers: { ...headers, ...securityHeaders } });
}
