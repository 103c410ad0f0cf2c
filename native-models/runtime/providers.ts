/** Which execution providers this runtime has, and why a graphics card is not used. */
import './silence.ts';
import { env, listSupportedBackends } from 'onnxruntime-node';

export interface ProviderReport {
  readonly name: string;
  /** Whether the installed runtime can run on it. */
  readonly available: boolean;
  readonly reason: string;
}

export function runtimeVersion(): string {
  return `onnxruntime-node ${env.versions.node ?? env.versions.common}`;
}

const WHERE_ELSE: Readonly<Record<string, string>> = {
  cuda: 'Its library is not part of the installed runtime: it is a download of its own, for Linux and Windows with an NVIDIA card.',
  dml: 'DirectML comes with the runtime for Windows only.',
  webgpu: 'This build of the runtime comes without it.',
  coreml: 'Core ML comes with the runtime for macOS only.',
};

/** CPU first; of the others, those whose library came with the runtime count as available. */
export function availableProviders(): readonly ProviderReport[] {
  const bundled = new Set(listSupportedBackends().flatMap((backend) => (backend.bundled ? [backend.name] : [])));
  const others = Object.entries(WHERE_ELSE).map(([name, absence]) => ({
    name,
    available: bundled.has(name),
    reason: bundled.has(name) ? 'Not used: this version trains and predicts on the CPU alone.' : absence,
  }));
  return [{ name: 'cpu', available: true, reason: 'Training and prediction run here.' }, ...others];
}
