/** Whether a pressed key belongs to what has the focus rather than to a command. */

const writes =
  'input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable=true]';
const covers = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]';
const presses =
  'button, a[href], summary, [role=button], [role=tab], [role=checkbox], [role=radio], [role=switch], input';

/** In a text field, a menu or a dialog. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && (target.matches(writes) || target.closest(covers) !== null);
}

/** Enter and Space press the button that has the focus. */
export function wantsNative(target: EventTarget | null, key: string): boolean {
  return (key === 'Enter' || key === 'Space') && target instanceof Element && target.matches(presses);
}
