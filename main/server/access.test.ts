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

/** What begins as the token does, and goes on otherwise. */
const near = ({ token }: Access): string => `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`;

it('counts guesses, and earns patience again while time passes', () => {
  let now = 0;
  const access = new Access(() => now);
  for (let i = 0; i < 10; i++) expect(access.refuseToken(near(access))).toMatchObject({ status: 401 });
  expect(access.refuseToken(near(access))).toMatchObject({ status: 429 });
  expect(access.refuseToken(access.token)).toMatchObject({ status: 429 });
  now += 2000;
  expect(access.refuseToken(access.token)).toBeNull();
});

it('lets in who has the right token while somebody tries others as fast as it can', () => {
  const access = new Access(() => 0);
  const answers = Array.from({ length: 1000 }, (_, i) => access.refuseToken(`guess ${i}`)?.status);
  expect(answers.filter((status) => status === 401)).toHaveLength(10);
  expect(answers.filter((status) => status === 429)).toHaveLength(990);
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
