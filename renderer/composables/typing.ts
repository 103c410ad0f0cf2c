/** Whether a pressed key belongs to what has the focus rather than to a command. */

const writes =
  'input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable=true]';
const covers = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]';
const presses =
  'button, a[href], summary, [role=button], [role=tab], [role=checkbox], [role=radio], [role=switch], input';

/** In a text field, a menu or a dialog. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const cover = target.closest(covers);
  // It is on its way out and keeps the focus until it is gone: what is pressed now is meant for what lies below.
  if (cover?.getAttribute('data-state') === 'closed') return false;
  return target.matches(writes) || cover !== null;
}

/** Enter and Space press the button that has the focus. */
export function wantsNative(target: EventTarget | null, key: string): boolean {
  return (key === 'Enter' || key === 'Space') && target instanceof Element && target.matches(presses);
}
