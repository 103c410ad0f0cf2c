import { describe, expect, it } from 'vitest';
import { ProgressLine } from './progress.ts';

function screen(isTTY: boolean, columns = 200) {
  const written: string[] = [];
  let now = 0;
  const line = new ProgressLine({ isTTY, columns, write: (text) => written.push(text) }, () => now);
  return { written, line, wait: (ms: number) => (now += ms) };
}

describe('ProgressLine', () => {
  it('draws a bar with rate and time left on a terminal, over the one before', () => {
    const { written, line, wait } = screen(true);
    line.update({ phase: 'reading', done: 0, total: 100 });
    wait(5000);
    line.update({ phase: 'reading', done: 50, total: 100 });
    expect(written.at(-1)).toMatch(
      /^\r\u001b\[2KReading photos {2}█{12}░{12} {2}50% {2}50\/100 photos {2}10 photos\/s {2}5 s left$/,
    );
  });

  it('does not redraw more often than anyone can read, except when a phase is complete', () => {
    const { written, line, wait } = screen(true);
    for (let done = 0; done < 50; done++) {
      line.update({ phase: 'reading', done, total: 50 });
      wait(1);
    }
    expect(written).toHaveLength(1);
    line.update({ phase: 'reading', done: 50, total: 50 });
    expect(written.at(-1)).toContain('100%');
  });

  it('never writes past the edge of the terminal', () => {
    const { written, line } = screen(true, 30);
    line.update({ phase: 'reading', done: 1, total: 100_000 });
    expect((written[0] ?? '').replace(/^\r\u001b\[2K/, '').length).toBe(29);
  });

  it('writes a plain line every ten seconds elsewhere, and nothing for what is over sooner', () => {
    const { written, line, wait } = screen(false);
    for (let done = 0; done <= 25; done++) {
      line.update({ phase: 'features', done, total: 100 });
      wait(1000);
    }
    expect(written).toEqual([
      'Computing frozen features  10%  10/100 photos  1.0 photos/s  1:30 left\n',
      'Computing frozen features  20%  20/100 photos  1.0 photos/s  1:20 left\n',
    ]);
  });

  it('takes a bar away before a line of its own, and measures a resumed phase from where it began', () => {
    const { written, line, wait } = screen(true);
    line.update({ phase: 'training', done: 90, total: 100 });
    line.log('epoch 9');
    expect(written.slice(1)).toEqual(['\r\u001b[2K', 'epoch 9\n']);
    wait(2000);
    line.update({ phase: 'training', done: 92, total: 100 });
    expect(written.at(-1)).toContain('1.0 batches/s  8 s left');
  });

  it('counts without a total while nobody knows it', () => {
    const { written, line } = screen(true);
    line.update({ phase: 'scanning', done: 12, total: null });
    expect(written[0]).toContain('Looking for photos  12 photos');
  });
});
