import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Access } from './access.ts';

it('lets the right token in after the clock of the machine was put back', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const access = new Access();
  expect(access.refuseToken('wrong')).toMatchObject({ status: 401 });
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(access.refuseToken(access.token)).toBeNull();
});

it('earns patience again while time passes', () => {
  let now = 0;
  const access = new Access(() => now);
  for (let i = 0; i < 10; i++) access.refuseToken('wrong');
  expect(access.refuseToken(access.token)).toMatchObject({ status: 429 });
  now += 2000;
  expect(access.refuseToken(access.token)).toBeNull();
});

it('opens for a link on another page, and not in its frames', () => {
  const access = new Access();
  const stranger = (headers: Readonly<Record<string, string>>): number | undefined => {
    const request = new IncomingMessage(new Socket());
    Object.assign(request.headers, { host: 'localhost:8000', ...headers });
    return access.stranger(request)?.status;
  };
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect(stranger({ ...link, 'sec-fetch-dest': 'document' })).toBeUndefined();
  for (const into of ['iframe', 'frame', 'object', 'embed']) {
    expect(stranger({ ...link, 'sec-fetch-dest': into })).toBe(403);
    expect(stranger({ ...link, 'sec-fetch-site': 'same-site', 'sec-fetch-dest': into })).toBe(403);
  }
});
