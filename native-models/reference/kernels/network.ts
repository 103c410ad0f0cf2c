import type { Kernel, Tensor64 } from '../tensor.ts';
import { broadcastPosition, eachIndex, given, zeros } from '../tensor.ts';

/** Product of [m, k] and [k, n], both read through strides so that transposed operands cost nothing. */
function product(
  a: Tensor64,
  b: Tensor64,
  m: number,
  k: number,
  n: number,
  [am, ak]: [number, number],
  [bk, bn]: [number, number],
  aStart = 0,
  bStart = 0,
) {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a.data[aStart + i * am + l * ak]! * b.data[bStart + l * bk + j * bn]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

const matmul: Kernel = (inputs, _attributes, [shape = []]) => {
  const [a, b] = [given(inputs, 0), given(inputs, 1)];
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const out = zeros(shape);
  for (let batch = 0; batch < out.data.length / (m * n); batch++) {
    out.data.set(product(a, b, m, k, n, [k, 1], [n, 1], batch * m * k, batch * k * n), batch * m * n);
  }
  return [out];
};

const gemm: Kernel = (inputs, attributes, [shape = []]) => {
  const [a, b] = [given(inputs, 0), given(inputs, 1)];
  const [m, n] = [shape[0]!, shape[1]!];
  const k = attributes['transA'] === 1 ? a.shape[0]! : a.shape[1]!;
  const out = product(
    a,
    b,
    m,
    k,
    n,
    attributes['transA'] === 1 ? [1, m] : [k, 1],
    attributes['transB'] === 1 ? [1, k] : [n, 1],
  );
  const c = inputs[2];
  if (c) {
    eachIndex(shape, (index, flat) => {
      out[flat]! += c.data[broadcastPosition(c.shape, index)]!;
    });
  }
  return [{ shape, data: out }];
};

/** With the matrix as its codes say it; rows are not rounded. */
const quantisedLinear: Kernel = (inputs, _attributes, [shape = []]) => {
  const [x, codes, scales] = [given(inputs, 0), given(inputs, 1), given(inputs, 2)];
  const block = codes.shape[2]!;
  const matrix = codes.data.map((code, at) => (code - 128) * scales.data[Math.floor(at / block)]!);
  const w = { shape: [shape[1]!, x.shape[1]!], data: matrix };
  return gemm([x, w, inputs[3] ?? null], { transA: 0, transB: 1 }, [shape]);
};

function softmaxRow(row: Float64Array): Float64Array {
  const top = row.reduce((max, x) => Math.max(max, x), -Infinity);
  const powers = row.map((x) => Math.exp(x - top));
  const sum = powers.reduce((total, x) => total + x, 0);
  return powers.map((x) => x / sum);
}

const softmax: Kernel = (inputs) => {
  const x = given(inputs, 0);
  const width = x.shape.at(-1)!;
  const out = zeros(x.shape);
  for (let start = 0; start < x.data.length; start += width)
    out.data.set(softmaxRow(x.data.slice(start, start + width)), start);
  return [out];
};

const layerNorm: Kernel = (inputs, attributes, [, statistics = []]) => {
  const [x, scale, bias] = [given(inputs, 0), given(inputs, 1), given(inputs, 2)];
  const width = x.shape.at(-1)!;
  const [y, means, inverses] = [zeros(x.shape), zeros(statistics), zeros(statistics)];
  for (let row = 0; row < x.data.length / width; row++) {
    const values = x.data.subarray(row * width, (row + 1) * width);
    const mean = values.reduce((sum, v) => sum + v, 0) / width;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width;
    const inverse = 1 / Math.sqrt(variance + (attributes['epsilon'] as number));
    means.data[row] = mean;
    inverses.data[row] = inverse;
    values.forEach((v, i) => (y.data[row * width + i] = (v - mean) * inverse * scale.data[i]! + bias.data[i]!));
  }
  return [y, means, inverses];
};

const attention: Kernel = (inputs, attributes) => {
  const [q, k, v] = [given(inputs, 0), given(inputs, 1), given(inputs, 2)];
  const [batch, tokens, width] = [q.shape[0]!, q.shape[1]!, q.shape[2]!];
  const heads = attributes['heads'] as number;
  const bias = inputs[3];
  const size = width / heads;
  const out = zeros(q.shape);
  for (let image = 0; image < batch; image++) {
    for (let head = 0; head < heads; head++) {
      const start = image * tokens * width + head * size;
      for (let i = 0; i < tokens; i++) {
        const scores = new Float64Array(tokens).map((_, j) => {
          let dot = 0;
          for (let c = 0; c < size; c++) dot += q.data[start + i * width + c]! * k.data[start + j * width + c]!;
          const plus = bias ? bias.data[broadcastPosition(bias.shape, [image, head, i, j])]! : 0;
          return dot / Math.sqrt(size) + plus;
        });
        softmaxRow(scores).forEach((p, j) => {
          for (let c = 0; c < size; c++) out.data[start + i * width + c]! += p * v.data[start + j * width + c]!;
        });
      }
    }
  }
  return [out];
};

/** Calls `visit` for every product of a depthwise correlation: positions in photos, kernels and output. */
function eachTap(
  x: readonly number[],
  [kh, kw]: readonly [number, number],
  y: readonly number[],
  [top, left]: readonly [number, number],
  visit: (x: number, w: number, y: number) => void,
): void {
  const [, height, width, channels] = x as readonly [number, number, number, number];
  eachIndex(y, (index, flat) => {
    const [image, row, column, c] = index as [number, number, number, number];
    for (let i = 0; i < kh; i++) {
      for (let j = 0; j < kw; j++) {
        const [r, q] = [row + i - top, column + j - left];
        if (r < 0 || r >= height || q < 0 || q >= width) continue;
        visit(((image * height + r) * width + q) * channels + c, (c * kh + i) * kw + j, flat);
      }
    }
  });
}

const depthwiseConv: Kernel = (inputs, attributes, [shape = []]) => {
  const [x, w] = [given(inputs, 0), given(inputs, 1)];
  const out = zeros(shape);
  const pads = attributes['pads'] as readonly [number, number, number, number];
  eachTap(x.shape, [w.shape[2]!, w.shape[3]!], shape, [pads[0], pads[1]], (from, tap, to) => {
    out.data[to]! += x.data[from]! * w.data[tap]!;
  });
  return [out];
};

const depthwiseKernelGradient: Kernel = (inputs, attributes, [shape = []]) => {
  const [x, dy] = [given(inputs, 0), given(inputs, 1)];
  const out = zeros(shape);
  const pads = attributes['pads'] as readonly [number, number, number, number];
  eachTap(x.shape, [shape[2]!, shape[3]!], dy.shape, [pads[0], pads[1]], (from, tap, to) => {
    out.data[tap]! += x.data[from]! * dy.data[to]!;
  });
  return [out];
};

const crossEntropy: Kernel = (inputs) => {
  const [logits, targets] = [given(inputs, 0), given(inputs, 1)];
  const width = logits.shape[1]!;
  let loss = 0;
  for (let row = 0; row < logits.shape[0]!; row++) {
    softmaxRow(logits.data.slice(row * width, (row + 1) * width)).forEach((p, c) => {
      loss -= targets.data[row * width + c]! * Math.log(p);
    });
  }
  return [{ shape: [], data: Float64Array.of(loss) }];
};

export const networkKernels: Readonly<Record<string, Kernel>> = {
  MatMul: matmul,
  Gemm: gemm,
  QuantisedLinear: quantisedLinear,
  Softmax: softmax,
  LayerNormalization: layerNorm,
  LayerNormalizationOutput: (...given) => layerNorm(...given).slice(0, 1),
  MultiHeadAttention: attention,
  DepthwiseConv: depthwiseConv,
  DepthwiseKernelGradient: depthwiseKernelGradient,
  CrossEntropy: crossEntropy,
};
