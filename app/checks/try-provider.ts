/**
 * Finds out whether a provider computes here what the CPU computes. It is tried in an engine process of its own, because a
 * driver that fails may take its process along.
 */
import type { EngineResultOf } from '../contract/engine.ts';
import type { Device } from '../domain/device.ts';
import { asAppError } from '../domain/errors.ts';
import type { EnginePort } from '../ports/engine.ts';

type Report = EngineResultOf<'doctor'>['providers'][number];

/** What is known of a provider without trying it. */
export function untried({ name, available, automatic, reason }: Report): Device {
  const known = name === 'cpu' ? 'Always there.' : automatic ? 'Not tried yet.' : NO_CARD;
  return { name, available, automatic, reason: reason ?? known, fallbacks: [] };
}

export async function tryProvider(engine: EnginePort, report: Report): Promise<Device> {
  const { name, available, automatic } = report;
  if (!available || name === 'cpu') return untried(report);
  try {
    const { difference, largest, fallbacks } = await engine.run({ kind: 'check-provider', provider: name });
    if (difference === null || difference > largest) {
      const off = difference === null ? 'not a number' : `${difference.toExponential(1)} relative`;
      const why = `It was tried and computes otherwise than the CPU (${off}), so it is not used: look for a newer driver.`;
      return { name, available: false, automatic, reason: why, fallbacks };
    }
    const reason = automatic ? 'It was tried and works.' : `It was tried and works, but: ${NO_CARD}`;
    return { name, available, automatic, reason, fallbacks };
  } catch (error) {
    const { code, data, message } = asAppError(error);
    const told = code === 'runtime.provider' ? data['reason'] : undefined;
    const reason = typeof told === 'string' ? told : `It was tried and failed: ${message}`;
    return { name, available: false, automatic, reason, fallbacks: [] };
  }
}

const NO_CARD =
  'No graphics card was found. A driver that computes on the processor is slower than the CPU provider, so it is used only when asked for.';
