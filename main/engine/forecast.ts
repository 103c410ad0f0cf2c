/** How much memory a run will need, from its graphs: asked by the core before anything is started. */
import type { ForecastRun } from '#app/ports/host.ts';
import { forecastRun } from '#native-models/memory/forecast-run.ts';

/** An engine process before its first session, with the runtime and the decoder loaded: 105 MiB of Node 24 on Linux. */
const IDLE_BYTES = 105 << 20;

/** Expected VmHWM of the engine process in bytes. */
export function forecastPeak(run: ForecastRun): number {
  return IDLE_BYTES + forecastRun(run);
}
