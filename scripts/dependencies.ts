/**
 * What the program is made of: `licences` checks them all and needs no network, `sbom [--installed]` prints the bill of
 * materials (CycloneDX), `vulnerabilities [--installed]` asks npm's source for what is known. Exit codes: 0 fine, 1 something is wrong, 2 not known.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readAudit } from './dependencies/known.ts';
import { licenceReport } from './dependencies/licences.ts';
import { readLock } from './dependencies/lock.ts';
import { billOfMaterials } from './dependencies/sbom.ts';

const root = new URL('..', import.meta.url);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const [command, option] = process.argv.slice(2);
const lock = readLock(readFileSync(new URL('package-lock.json', root), 'utf8'));
switch (command) {
  case 'licences': {
    const { counts, problems } = licenceReport(lock.packages);
    for (const { licence, given, dev } of counts)
      say(`${licence}: ${given} installed with the program, ${dev} to build and test it or in the window's bundle`);
    for (const problem of problems) say(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
    break;
  }
  case 'sbom':
    process.stdout.write(billOfMaterials(lock, option === '--installed' ? 'installed' : 'everything'));
    break;
  case 'vulnerabilities': {
    const { stdout } = spawnSync('npm', ['audit', '--json', ...(option === '--installed' ? ['--omit=dev'] : [])], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const known = readAudit(stdout);
    if (known.kind === 'unreachable') {
      say(
        `The source of known vulnerabilities could not be asked (${known.why}): nothing is known, which is not the same as none.`,
      );
      process.exitCode = 2;
    } else {
      for (const { name, severity, range } of known.found) say(`${name} ${range}: ${severity}`);
      say(`${known.found.length} of ${lock.packages.length} packages have known vulnerabilities.`);
      process.exitCode = known.found.length > 0 ? 1 : 0;
    }
    break;
  }
  default:
    say('Say what: licences, sbom [--installed], vulnerabilities [--installed]');
    process.exitCode = 1;
}
