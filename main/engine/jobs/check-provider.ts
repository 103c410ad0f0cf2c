import type { CheckProviderJob, EngineResultOf } from '#app/contract/engine.ts';
import { checkProvider, LARGEST_DIFFERENCE } from '#native-models/train/check-provider.ts';

export async function checkProviderJob({ provider }: CheckProviderJob): Promise<EngineResultOf<'check-provider'>> {
  const { difference, fallbacks } = await checkProvider(provider, 1);
  return {
    kind: 'check-provider',
    difference: Number.isFinite(difference) ? difference : null,
    largest: LARGEST_DIFFERENCE,
    fallbacks: [...fallbacks],
  };
}
