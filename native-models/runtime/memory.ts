/** What this process holds of the machine's memory. */
import { readFileSync } from 'node:fs';

/** Largest resident size so far in bytes: the kernel's VmHWM on Linux, the operating system's maximum elsewhere. */
export function peakResidentBytes(): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (match?.[1] !== undefined) return Number(match[1]) * 1024;
  } catch {
    // Not Linux: the portable figure below serves.
  }
  return process.resourceUsage().maxRSS * 1024;
}
