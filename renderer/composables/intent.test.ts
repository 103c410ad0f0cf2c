// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { useIntent } from './intent.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function control() {
  const told = vi.fn<() => void>();
  const wrapper = mount(
    defineComponent(() => {
      const { pointerenter, pointerleave, pointerdown, focus, blur } = useIntent(told);
      return () =>
        h('button', {
          onPointerenter: pointerenter,
          onPointerleave: pointerleave,
          onPointerdown: pointerdown,
          onFocus: focus,
          onBlur: blur,
        });
    }),
  );
  return { told, wrapper };
}

it('tells once the pointer rests on the control, and nothing while it only passes', async () => {
  const { told, wrapper } = control();
  await wrapper.trigger('pointerenter');
  vi.advanceTimersByTime(30);
  await wrapper.trigger('pointerleave');
  vi.advanceTimersByTime(200);
  expect(told).not.toHaveBeenCalled();
  await wrapper.trigger('pointerenter');
  vi.advanceTimersByTime(100);
  expect(told).toHaveBeenCalledTimes(1);
});

it('tells of the focus as well, for whoever has no pointer', async () => {
  const { told, wrapper } = control();
  await wrapper.trigger('focus');
  vi.advanceTimersByTime(100);
  expect(told).toHaveBeenCalledTimes(1);
});

it('tells at once, and once, when the control is pressed', async () => {
  const { told, wrapper } = control();
  await wrapper.trigger('pointerenter');
  await wrapper.trigger('pointerdown');
  expect(told).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(200);
  expect(told).toHaveBeenCalledTimes(1);
});

it('tells nothing of a control that is gone', async () => {
  const { told, wrapper } = control();
  await wrapper.trigger('pointerenter');
  wrapper.unmount();
  vi.advanceTimersByTime(200);
  expect(told).not.toHaveBeenCalled();
});
