import type { EngineResultOf, RateJob } from '#app/contract/engine.ts';
import { productRate } from '#native-models/train/plain-products.ts';

export async function rateJob({ threads }: RateJob): Promise<EngineResultOf<'rate'>> {
  return { kind: 'rate', flopsPerSecond: await productRate(threads) };
}
