/** What a run will take, from its graphs: asked by the core before anything is started. */
import type { ForecastRun, RunForecast } from '#app/ports/host.ts';
import { forecastRun } from '#native-models/memory/forecast-run.ts';

/** An engine process before its first session, with the runtime and the decoder loaded: 105 MiB of Node 24 on Linux. */
const IDLE_BYTES = 105 << 20;

export function forecast(run: ForecastRun): RunForecast {
  const { bytes, flops, copyBytes } = forecastRun(run);
  return { peakBytes: (photos) => IDLE_BYTES + bytes(photos), flops, copyBytes };
}
