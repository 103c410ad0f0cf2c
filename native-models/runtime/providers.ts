/** Which execution providers this runtime has, and why one that people ask for is not used. */
import { env, listSupportedBackends } from 'onnxruntime-node';

export interface ProviderReport {
  readonly name: string;
  readonly available: boolean;
  readonly reason: string;
}

export function runtimeVersion(): string {
  return `onnxruntime-node ${env.versions.node ?? env.versions.common}`;
}

/** CPU first; the others as the installed runtime lists them. */
export function availableProviders(): readonly ProviderReport[] {
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  const missing = {
    cuda: 'The CUDA provider is not part of the installed runtime; it is an extra download for Linux with an NVIDIA card.',
    dml: 'DirectML comes with the runtime for Windows only.',
    webgpu: 'This runtime was built without WebGPU.',
    coreml: 'Core ML comes with the runtime for macOS only.',
  };
  const others = Object.entries(missing).map(([name, absence]) => ({
    name,
    available: built.has(name),
    reason: built.has(name) ? 'Present in the runtime. Training uses the CPU in this version.' : absence,
  }));
  return [{ name: 'cpu', available: true, reason: 'Always present; training and prediction run here.' }, ...others];
}
