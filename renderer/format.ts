/** Figures and times as the interface writes them. `count` ("3 photos") is in app/domain/count.ts. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const dayOfThisYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayOfAnyYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** `56,064` */
export function number(value: number): string {
  return whole.format(value);
}

/** `1.2 GB`: thousands, as file managers and disks count. */
export function bytes(value: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let [size, unit] = [value, 0];
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** A share of 1 as `83.1%`. */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** `42 s`, `3 min 10 s`, `2 h 5 min`: time that something took. */
export function duration(seconds: number): string {
  const all = Math.round(seconds);
  if (all < 1) return 'under 1 s';
  if (all < 60) return `${all} s`;
  if (all < 3600) return joined(Math.floor(all / 60), 'min', all % 60, 's');
  const minutes = Math.round(all / 60);
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** `3 min left`, coarse on purpose: a figure that changes every second is read as noise. */
export function timeLeft(seconds: number): string {
  if (seconds < 10) return 'a few seconds left';
  if (seconds <= 50) return `${Math.ceil(seconds / 10) * 10} s left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 60 ? `${minutes} min left` : `${joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min')} left`;
}

/** `just now`, `5 min ago`, `today 14:05`, `3 May`, `3 May 2024`. */
export function ago(at: number, now = Date.now()): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const [then, today] = [new Date(at), new Date(now)];
  if (then.toDateString() === today.toDateString()) return `today ${clock.format(then)}`;
  return (then.getFullYear() === today.getFullYear() ? dayOfThisYear : dayOfAnyYear).format(then);
}

/** For tooltips. */
export function exactTime(at: number): string {
  return exact.format(at);
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
