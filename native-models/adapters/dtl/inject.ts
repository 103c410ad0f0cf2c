/**
 * The Compact Side Network as hooks of a backbone:
 *   before block i in extract:  h = h + (x A_i^T) B_i^T
 *   after block i in adapt:     a = h sigmoid(beta h);  x = x + [a_cls; dwconv(a_patches)]   (DTL without the convolution)
 * The state h starts at zero in each stage, and each stage has a kernel of its own.
 *
 * Extraction is lazy: low-rank products are collected and the state is formed once, at the next adapted block, by one
 * product over their concatenation. A state that nothing reads is never formed.
 */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { dim, elementCount } from '../../graph/types.ts';
import type { BackboneSpec, BlockGeometry } from '../../models/backbone-spec.ts';
import { blocksOf } from '../../models/backbone-spec.ts';
import { add } from '../../ops/add.ts';
import { concat } from '../../ops/concat.ts';
import { depthwiseConv, samePads } from '../../ops/depthwise-conv.ts';
import { gemm } from '../../ops/gemm.ts';
import { mul } from '../../ops/mul.ts';
import { reshape } from '../../ops/reshape.ts';
import { sigmoid } from '../../ops/sigmoid.ts';
import { split } from '../../ops/split.ts';
import type { Injected } from '../adapter.ts';
import type { DtlConfig } from './config.ts';
import { checkDtlConfig, convName, downName, dtlParameters, reachedExtract, upName } from './config.ts';

/** Throws `adapter.config` where the sets do not fit the backbone. */
export function injectDtl(b: GraphBuilder, spec: BackboneSpec, config: DtlConfig): Injected {
  checkDtlConfig(config, spec);
  const parameters = new Map([...dtlParameters(config, spec)].map(([name, shape]) => [name, b.parameter(name, shape)]));
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new RangeError(`The side network has no ${name}.`);
    return value;
  };
  const extract = new Set(reachedExtract(config, spec));
  const adapt = new Set(config.adapt);
  const pending: { readonly low: Value; readonly up: Value }[] = [];
  const blocks = blocksOf(spec);
  let state: Value | null = null;
  let stateStage = 0;

  const enterStage = (stage: number): void => {
    if (stage === stateStage) return;
    stateStage = stage;
    state = null;
    pending.length = 0;
  };
  const formState = (): Value | null => {
    if (pending.length > 0) {
      const low = concat(
        b,
        pending.map((pair) => pair.low),
        1,
      );
      const up = concat(
        b,
        pending.map((pair) => pair.up),
        1,
      );
      state = gemm(b, low, up, { transB: 1, ...(state === null ? {} : { plus: state }) });
      pending.length = 0;
    }
    return state;
  };
  return {
    parameters,
    hooks: {
      before: (index, tokens) => {
        const { stage, width } = blocks[index]!;
        enterStage(stage);
        if (!extract.has(index)) return;
        b.scope('dtl', () => {
          const rows = reshape(b, tokens, [elementCount(tokens.shape) / width, width]);
          pending.push({ low: gemm(b, rows, parameter(downName(index)), { transB: 1 }), up: parameter(upName(index)) });
        });
      },
      after: (index, tokens) => {
        if (!adapt.has(index)) return tokens;
        return b.scope('dtl', () => {
          const h = formState();
          if (h === null) return tokens;
          const gated = reshape(b, mul(b, h, sigmoid(b, mul(b, h, b.scalar(config.beta)))), tokens.shape);
          if (config.kernel === 0) return add(b, tokens, gated);
          const block = blocks[index]!;
          return add(b, tokens, fuse(b, block, gated, parameter(convName(block.stage, spec))));
        });
      },
    },
  };
}

/** Prefix tokens as they are, the patches through the stage's depthwise convolution on their grid. */
function fuse(b: GraphBuilder, { width, grid, prefixTokens }: BlockGeometry, gated: Value, kernel: Value): Value {
  const batch = dim(gated.shape, 0);
  const convolved = (patches: Value): Value => {
    const mixed = depthwiseConv(
      b,
      reshape(b, patches, [batch, grid, grid, width]),
      kernel,
      samePads(dim(kernel.shape, 2)),
    );
    return reshape(b, mixed, [batch, grid * grid, width]);
  };
  if (prefixTokens === 0) return convolved(gated);
  const [prefix, patches] = split(b, gated, 1, [prefixTokens, grid * grid]) as [Value, Value];
  return concat(b, [prefix, convolved(patches)], 1);
}
