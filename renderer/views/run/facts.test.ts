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

  it('says that the backbone was in 8 bits, and nothing where it was as it is', () => {
    const page = runPage();
    expect(factsText('run 1', runFacts(page))).not.toContain('Backbone weights');
    const plan = { ...page.config.plan, weights: 'int8' } as const;
    const text = factsText('run 1', runFacts({ ...page, config: { ...page.config, plan } }));
    expect(text).toContain('  Frozen features: computed at every step\n  Backbone weights: in 8 bits\n');
  });

  it('shows no recipe for a linear probe, which has none', () => {
    expect(runFacts(runPage()).map(({ title }) => title)).not.toContain('Recipe');
  });
});
