import { describe, expect, it } from 'vitest';
import type { Device, Provider } from './device.ts';
import { chooseDevice } from './device.ts';

const device = (name: Provider, changes: Partial<Device> = {}): Device => ({
  name,
  available: true,
  automatic: true,
  reason: `About ${name}.`,
  fallbacks: [],
  ...changes,
});
const cpu = device('cpu');

describe('the device of a run', () => {
  it('is the first in the order that works', () => {
    expect(chooseDevice([device('cuda', { available: false }), device('webgpu'), cpu], 'auto')).toMatchObject({
      name: 'webgpu',
    });
  });

  it('is not one that works by software alone, and the reason is told', () => {
    const devices = [device('cuda', { available: false }), device('webgpu', { automatic: false }), cpu];
    expect(chooseDevice(devices, 'auto')).toEqual({
      name: 'cpu',
      why: 'CUDA (NVIDIA): About cuda. WebGPU: About webgpu.',
    });
    expect(chooseDevice(devices, 'webgpu')).toMatchObject({ name: 'webgpu' });
  });

  it('is never another than the one asked for', () => {
    const devices = [device('cuda', { available: false }), cpu];
    expect(() => chooseDevice(devices, 'cuda')).toThrow(
      /CUDA \(NVIDIA\) here\. About cuda\. Nothing was started\. Choose auto, cpu/,
    );
    expect(() => chooseDevice(devices, 'dml')).toThrow(/does not know it/);
  });

  it('is the CPU where nothing else was found', () => {
    expect(chooseDevice([], 'auto').name).toBe('cpu');
  });
});
