import { expect, it } from 'vitest';
import { plainVit } from '#app/domain/backbone.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { PackContent } from '#app/domain/pack-content.ts';
import { contentText } from './pack.ts';

const content: PackContent = {
  method: { name: 'linear' },
  classNames: ['one', 'two'],
  preprocessing: {
    imageSize: 32,
    fit: 'squash',
    interpolation: 'bicubic',
    sixteenBit: { kind: 'full-range' },
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  backbone: {
    name: 'tiny',
    identity: backboneIdentity('a'.repeat(64)),
    spec: {
      ...plainVit,
      family: 'vit',
      imageSize: 32,
      patchSize: 16,
      width: 16,
      depth: 2,
      heads: 2,
      mlpWidth: 32,
      layerNormEps: 1e-6,
    },
  },
  metrics: { validation: null, test: { loss: 1, accuracy: 0.5, macroF1: 0.5 }, probe: null },
  provenance: {
    labelRevision: 1,
    splitDigest: 'd'.repeat(64),
    seed: 0,
    recipe: {},
    plan: { provider: 'cpu' },
    appVersion: '0',
    runtimeVersion: '0',
  },
  selfTest: [],
  tensors: new Map(),
};

it('says beside the figures of a pack that the backbone was in 8 bits, and nothing where it was as it is', () => {
  const { provenance, metrics } = content;
  const said = 'These were measured with the backbone in 8 bits.';
  const eight = { ...content, provenance: { ...provenance, plan: { provider: 'cpu', weights: 'int8' } } };
  const text = (shown: PackContent): string => contentText(shown, 'a.safetensors', 'b'.repeat(64), 1);
  expect(text(eight)).toContain(`\nTest: accuracy 50.0%, macro-F1 0.500\n${said}\n`);
  expect(text(content)).not.toContain(said);
  expect(text({ ...eight, metrics: { ...metrics, test: null } })).not.toContain(said);
});
