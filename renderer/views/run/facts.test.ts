import { describe, expect, it } from 'vitest';
import { factsText, runFacts } from './facts.ts';
import { runPage } from './testing/run-page.ts';

const dtl = { name: 'dtl+', rank: 2, beta: 100, kernel: 5, extract: [0, 1, 2, 3], adapt: [2, 3] } as const;

describe('runFacts', () => {
  it('names method, recipe and provenance in the field’s words', () => {
    const page = runPage();
    const text = factsText('run 1', runFacts({ ...page, config: { ...page.config, method: dtl } }));
    expect(text).toContain('run 1\n\nMethod\n  Method: DTL+\n  Rank: 2\n  Gate slope (beta): 100\n  Kernel: 5x5');
    expect(text).toContain('  Adapt blocks: 2,3');
    expect(text).toContain('  Learning rate: 0.003');
    expect(text).toContain(`  Backbone identity: ${'a'.repeat(64)}`);
  });

  it('shows no recipe for a linear probe, which has none', () => {
    expect(runFacts(runPage()).map(({ title }) => title)).not.toContain('Recipe');
  });
});
