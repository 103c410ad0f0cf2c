/** `dtl serve` with an interface of the test's own: `node serve-child.ts HOME ROOT SITE`. */
import { serve } from '../serve.ts';

const [home = '', root = '', site = ''] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

await serve({
  home,
  roots: [root],
  port: 0,
  site,
  signal: stop.signal,
  onReady: (address) => process.stdout.write(`DTL Studio: ${address}\n`),
  say: (line) => process.stderr.write(`${line}\n`),
});
