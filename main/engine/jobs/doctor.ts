import type { EngineResultOf } from '#app/contract/engine.ts';
import { availableProviders, runtimeVersion } from '#native-models/runtime/providers.ts';

export function doctorJob(): EngineResultOf<'doctor'> {
  return {
    kind: 'doctor',
    runtime: runtimeVersion(),
    providers: [...availableProviders()],
    rssBytes: process.memoryUsage.rss(),
  };
}
