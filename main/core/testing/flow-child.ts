/** The flow as a process of its own, to be traced, limited or killed: `node flow-child.ts FOLDER`. Each step is a line of `steps.log`. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { asAppError } from '#app/domain/errors.ts';
import { flowPlaces, walkMainFlow } from './main-flow.ts';

const [folder = ''] = process.argv.slice(2);
const steps = openSync(join(folder, 'steps.log'), 'a');
try {
  await walkMainFlow(flowPlaces(folder), (step) => void writeSync(steps, `${JSON.stringify(step)}\n`));
} catch (thrown) {
  const { code, kind, message } = asAppError(thrown);
  writeSync(1, `${JSON.stringify({ code, kind, message })}\n`);
  process.exitCode = 1;
} finally {
  closeSync(steps);
}
