import { recognise } from '#main/images/recognise.ts';

export function image(bytes: Uint8Array): void {
  const found = recognise(Buffer.from(bytes));
  if ('refusal' in found && found.refusal === '') throw new Error('refused without a reason');
}
