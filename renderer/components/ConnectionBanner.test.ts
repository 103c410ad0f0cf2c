// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { h, nextTick } from 'vue';
import { connection } from '../bridge/client.ts';
import ConnectionBanner from './ConnectionBanner.vue';

beforeEach(() => {
  vi.useFakeTimers();
  connection.value = { state: 'lost', message: '', line: 1 };
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function shown(): Promise<string> {
  const Button = ({ label }: { label: string }) => h('button', label);
  Button.props = ['label'];
  const banner = mount(ConnectionBanner, { global: { plugins: [createPinia()], stubs: { Icon: true, Button } } });
  vi.runAllTimers();
  await nextTick();
  return banner.text();
}

it('offers to try at once where the page itself opens the line', async () => {
  expect(await shown()).toMatch(/is lost\..*Try now$/);
});

it('offers nothing to try where the desktop app opens it', async () => {
  vi.stubGlobal('dtl', {});
  expect(await shown()).toMatch(/is lost\..*start it anew\.$/);
});
