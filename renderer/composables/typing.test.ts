// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import { isTyping } from './typing.ts';

function target(html: string): Element | null {
  document.body.innerHTML = html;
  return document.querySelector('[data-here]');
}

it('leaves keys to what is written into, and to all that lies over the screen', () => {
  expect(isTyping(target('<input data-here>'))).toBe(true);
  expect(isTyping(target('<div role="dialog" data-state="open"><button data-here></button></div>'))).toBe(true);
  expect(isTyping(target('<div role="menu"><button data-here></button></div>'))).toBe(true);
  expect(isTyping(target('<input type="checkbox" data-here>'))).toBe(false);
  expect(isTyping(target('<button data-here></button>'))).toBe(false);
  expect(isTyping(null)).toBe(false);
});

it('gives a key that is pressed while a dialog is closing to the screen below', () => {
  expect(isTyping(target('<div role="dialog" data-state="closed"><button data-here></button></div>'))).toBe(false);
  expect(isTyping(target('<div role="dialog" data-state="closed"><input data-here></div>'))).toBe(false);
});
