import { labelTableIn } from '#main/files/tables/label-table.ts';
import { refused } from './refused.ts';

export function metadata(bytes: Uint8Array): void {
  refused(() => labelTableIn(new TextDecoder().decode(bytes), 'metadata.jsonl'));
  if (Object.keys(Object.prototype).length > 0) throw new Error('the prototype of all objects was changed');
}
