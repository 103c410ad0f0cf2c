/**
 * Writes the table of kernels that tests check emitted graphs against: `node scripts/kernel-table.ts TABLE.json`, where
 * TABLE.json lists, from the runtime's own sources, `providers.<name>.<domain>.<operator>` as
 * `[{ opset, types: { <constraint>: [...] } }]`. Facts alone are taken over, one line an operator and version.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Kernel {
  readonly opset: string;
  readonly types: Readonly<Record<string, readonly string[]>>;
}
interface Table {
  readonly source: { readonly repository: string; readonly commit: string };
  readonly providers: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, readonly Kernel[]>>>>>>;
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('Name the table to read: node scripts/kernel-table.ts TABLE.json');
const target = new URL('../native-models/runtime/kernels/kernels.json', import.meta.url);
const domains = ['ai.onnx', 'com.microsoft'];
const providers = ['cuda', 'dml', 'webgpu'];
const names = new Map([
  ['float', 'float32'],
  ['double', 'float64'],
]);

function line({ opset, types }: Kernel): string {
  const constraints = Object.entries(types).map(
    ([name, list]) => `${name}:${list.map((type) => names.get(type) ?? type).join(',')}`,
  );
  return [opset, ...constraints].join(' ');
}

const table = JSON.parse(readFileSync(source, 'utf8')) as Table;
const compact = {
  source: `${table.source.repository} at ${table.source.commit}`,
  providers: Object.fromEntries(
    providers.map((provider) => [
      provider,
      Object.fromEntries(
        domains.map((domain) => [
          domain,
          Object.fromEntries(
            Object.entries(table.providers[provider]?.[domain] ?? {}).map(([op, kernels]) => [op, kernels.map(line)]),
          ),
        ]),
      ),
    ]),
  ),
};
writeFileSync(target, `${JSON.stringify(compact, null, 2)}\n`);
