/** What an engine says of itself and the machine, asked once: starting a process for an answer that never changes takes time. */
import type { EngineResultOf } from '#app/contract/engine.ts';
import type { EnginePort } from '#app/ports/engine.ts';

export type Doctor = () => Promise<EngineResultOf<'doctor'>>;

export function doctorOf(engine: EnginePort): Doctor {
  let answer: Promise<EngineResultOf<'doctor'>> | null = null;
  return () => {
    answer ??= engine.run({ kind: 'doctor' }).catch((error: unknown) => {
      // The next one may be luckier.
      answer = null;
      throw error;
    });
    return answer;
  };
}
