/** What the program is made of; `usage` says how to ask. Exit codes: 0 fine, 1 something is wrong, 2 not known. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readAudit } from './dependencies/known.ts';
import { licenceReport } from './dependencies/licences.ts';
import { readLock } from './dependencies/lock.ts';
import { billOfMaterials } from './dependencies/sbom.ts';

const root = new URL('..', import.meta.url);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const usage = `npm run licences          the licences of all dependencies, and which of them may not be
npm run sbom              the bill of materials (CycloneDX 1.6), on stdout
npm run vulnerabilities   what is known to be wrong with the dependencies; asks npm's source

"-- --installed" behind sbom and vulnerabilities: only what is installed with the program.`;

const { values, positionals } = parsed();
const [command] = positionals;
const part = values.installed ? 'installed' : 'everything';
const lock = readLock(readFileSync(new URL('package-lock.json', root), 'utf8'));
switch (values.help ? 'help' : command) {
  case 'licences': {
    const { counts, problems } = licenceReport(lock.packages);
    for (const { licence, given, dev } of counts)
      say(`${licence}: ${given} installed with the program, ${dev} to build and test it or in the window's bundle`);
    for (const problem of problems) say(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
    break;
  }
  case 'sbom':
    process.stdout.write(billOfMaterials(lock, part));
    break;
  case 'vulnerabilities': {
    const { stdout } = spawnSync('npm', ['audit', '--json', ...(part === 'installed' ? ['--omit=dev'] : [])], {
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
  case 'help':
    say(usage);
    break;
  default:
    refuse('Say what is asked for.');
}

function parsed() {
  try {
    return parseArgs({
      options: {
        installed: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${usage}\n`);
  process.exit(1);
}
