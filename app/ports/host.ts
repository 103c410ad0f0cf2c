/** What the rules need to know of the machine and the person, and the little that ECMAScript cannot do itself. */
import type { Machine } from '../domain/choose-plan.ts';

export interface Host {
  /** This program's own version. */
  readonly appVersion: string;
  /** The user's name in the operating system. */
  readonly actor: string;
  /** Of a text's UTF-8 bytes, 64 hex digits. */
  sha256(text: string): string;
  machine(): Machine;
}
