/** What this runtime can compute on, in the order in which this platform's providers are preferred. */
import './silence.ts';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env, listSupportedBackends } from 'onnxruntime-node';
import type { ProviderName } from './provider-names.ts';

export interface ProviderReport {
  readonly name: ProviderName;
  /** Whether the installed runtime has it; whether it works here, only a session tells. */
  readonly available: boolean;
  /** Why it is not available; null where it is. */
  readonly reason: string | null;
  /** Whether it is taken without being asked for, where it works. */
  readonly automatic: boolean;
}

export function runtimeVersion(): string {
  return `onnxruntime-node ${env.versions.node ?? env.versions.common}`;
}

/**
 * CUDA before all, since it has a kernel for every operator that is emitted. On Windows WebGPU comes before DirectML, which
 * its makers only maintain; on macOS it comes before Core ML, which leaves operators to the CPU. The CPU is always last.
 */
export function providerOrder(platform: NodeJS.Platform): readonly ProviderName[] {
  switch (platform) {
    case 'win32':
      return ['cuda', 'webgpu', 'dml', 'cpu'];
    case 'darwin':
      return ['webgpu', 'coreml', 'cpu'];
    default:
      return ['cuda', 'webgpu', 'cpu'];
  }
}

const ABSENT: Readonly<Record<ProviderName, string>> = {
  cpu: 'This build of the runtime comes without it.',
  cuda: 'Its library is not part of the installed runtime: it is a download of its own, for Linux and Windows with an NVIDIA card.',
  dml: 'DirectML comes with the runtime for Windows only.',
  webgpu: 'This build of the runtime comes without it.',
  coreml: 'Core ML comes with the runtime for macOS only.',
};

/** Every provider, those of this platform in its order, then the others. Opens no device. */
export function availableProviders(platform: NodeJS.Platform = process.platform): readonly ProviderReport[] {
  const listed = new Map(listSupportedBackends().map(({ name, bundled }) => [name, bundled]));
  const order = providerOrder(platform);
  const others = (['dml', 'coreml', 'cuda', 'webgpu'] as const).filter((name) => !order.includes(name));
  return [...order, ...others].map((name) => {
    // CUDA's library comes apart from the runtime, so that it is listed says nothing.
    const available = name === 'cuda' ? listed.has(name) && hasCudaLibrary() : listed.get(name) === true;
    return {
      name,
      available,
      reason: available ? null : ABSENT[name],
      automatic: available && (name !== 'webgpu' || hasGraphicsCard(platform)),
    };
  });
}

function hasCudaLibrary(): boolean {
  const home = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '..');
  return namesIn(join(home, 'bin'))
    .flatMap((api) => namesIn(join(home, 'bin', api, process.platform, process.arch)))
    .some((name) => /^(lib)?onnxruntime_providers_cuda\.(so|dll)$/.test(name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Vulkan drivers may compute on the processor. That works and is slower than the CPU provider, so it is not taken unasked.
 * On Linux a graphics card shows as a device file (of WSL: `dxg`).
 */
function hasGraphicsCard(platform: NodeJS.Platform): boolean {
  if (platform !== 'linux') return true;
  return (
    namesIn('/dev').some((name) => /^nvidia\d+$|^dxg$/.test(name)) ||
    namesIn('/dev/dri').some((name) => name.startsWith('renderD'))
  );
}

/** What the runtime says when a provider cannot be had, as a sentence for people. */
export function whyUnavailable(name: ProviderName, message: string): string {
  if (/no supported adapters|failed to get a webgpu adapter/i.test(message))
    return 'No graphics card with a driver for Vulkan, Metal or Direct3D 12 was found.';
  if (/failed to load shared library|cannot open shared object|LoadLibrary failed/i.test(message))
    return name === 'cuda' ? ABSENT.cuda : 'One of its libraries is missing.';
  if (/backend not found/i.test(message)) return ABSENT[name];
  if (/no CUDA-capable device|CUDA failure 100/i.test(message)) return 'No NVIDIA card was found.';
  if (/CUDA driver version is insufficient|CUDA failure 35/i.test(message))
    return 'The driver of the NVIDIA card is older than CUDA 12 needs.';
  return `The runtime could not start it: ${message.trim().split('\n')[0] ?? ''}`;
}
