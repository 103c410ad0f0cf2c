import type { Command } from 'commander';
import { diagnose } from '../../core/checks.ts';
import type { Diagnosis } from '../../core/checks.ts';
import { commonOptions, noArguments, onCall, withCommon } from '../command.ts';
import { bytes } from '../format.ts';
import { fallbackLines } from '../run-text.ts';
import type { Session } from '../session.ts';

export function doctorCommand(program: Command, session: Session): void {
  const command = withCommon(
    program
      .command('doctor')
      .description(
        'what this machine offers: providers, threads, memory, versions, and why a graphics card is not used',
      ),
    'doctor',
    'doctor --json',
  );
  onCall(command, noArguments, commonOptions, (_args, options) =>
    session.run(options, async () => {
      const diagnosis = await diagnose(session.home(options));
      return { json: diagnosis, text: describe(diagnosis) };
    }),
  );
}

function describe({ appVersion, runtime, devices, machine, engineRssBytes, system, profile }: Diagnosis): string {
  const owner = profile.owner === null ? '' : `, in use by ${profile.owner.what} (process ${profile.owner.pid})`;
  const free = machine.freeDiskBytes === null ? 'unknown' : bytes(machine.freeDiskBytes);
  return [
    `DTL Studio ${appVersion}, ${runtime}, Node.js ${system.node} (Node-API ${system.nodeApi}), ${system.platform}`,
    `Processor: ${system.processor}`,
    `Threads: ${machine.physicalCores} are used (${system.logicalCores} logical processors; two on one core share its arithmetic)`,
    `Memory: ${bytes(system.freeMemoryBytes)} free of ${bytes(system.memoryBytes)}; an idle engine takes ${bytes(engineRssBytes)}`,
    `Profile: ${profile.home}${profile.exists ? '' : ' (nothing there yet)'}${owner}; free disk ${free}`,
    'Devices, in the order in which training takes the first that works:',
    ...devices.flatMap(({ name, available, reason, fallbacks }) => [
      `  ${name}: ${available ? 'works' : 'not available'}. ${reason}`,
      ...fallbackLines(fallbacks).map((line) => `    ${line}`),
    ]),
  ].join('\n');
}
