/**
 * Reverse-mode differentiation over the paths from trainable parameters to the loss, and nothing else.
 *
 * A node gets a backward only if one of its inputs depends on a parameter; an input that depends on none gets no
 * adjoint. That a frozen prefix needs no backward pass is therefore not a rule about layers but follows from the graph.
 * Backward nodes are named `grad/` + the scope of the node they differentiate.
 */
import { EngineError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Value } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { operator } from '../ops/index.ts';
import { dependents } from './dependence.ts';

export interface Gradients {
  /** The adjoint of each parameter that the loss reaches; a parameter it does not reach is absent. */
  readonly ofParameters: ReadonlyMap<Value, Value>;
  /** Every value that got an adjoint: what a test inspects to see where the backward pass went. */
  readonly differentiated: ReadonlySet<Value>;
}

/** `loss` has shape []; throws `graph.gradient` where an operator on the way has none. */
export function gradients(b: GraphBuilder, loss: Value, parameters: readonly Value[]): Gradients {
  if (loss.shape.length !== 0) {
    throw new EngineError('graph.gradient', `The loss must be a scalar, not [${loss.shape.join(', ')}].`);
  }
  const forward = [...b.nodes];
  const active = dependents(forward, parameters);
  const adjoints = new Map<Value, Value>();
  const differentiated = new Set<Value>();
  if (active.has(loss)) adjoints.set(loss, b.scalar(1));
  for (const node of forward.reverse()) {
    const dys = node.outputs.map((output) => adjoints.get(output) ?? null);
    if (dys.every((dy) => dy === null)) continue;
    b.scope('grad', () => {
      b.scope(scopeOf(node.name), () => {
        const inputGradients = differentiate(b, node, dys, active);
        node.inputs.forEach((input, index) => {
          const gradient = inputGradients[index];
          if (input === null || !gradient || !active.has(input)) return;
          differentiated.add(input);
          const sum = adjoints.get(input);
          adjoints.set(input, sum === undefined ? gradient : add(b, sum, gradient));
        });
      });
    });
  }
  const ofParameters = new Map<Value, Value>();
  for (const parameter of parameters) {
    const gradient = adjoints.get(parameter);
    if (gradient !== undefined) ofParameters.set(parameter, gradient);
  }
  return { ofParameters, differentiated };
}

function differentiate(
  b: GraphBuilder,
  node: Node,
  dys: readonly (Value | null)[],
  active: ReadonlySet<Value>,
): readonly (Value | null)[] {
  const { gradient } = operator(node.op);
  if (gradient === null) throw new EngineError('graph.gradient', `${node.op} at ${node.name} has no gradient.`);
  const need = (value: Value | null | undefined, what: string): Value => {
    if (!value)
      throw new EngineError('graph.gradient', `${node.op} at ${node.name} has no ${what} to differentiate with.`);
    return value;
  };
  return gradient({
    b,
    node,
    attributes: node.attributes,
    input: (index) => need(node.inputs[index], `input ${index}`),
    output: (index) => need(node.outputs[index], `output ${index}`),
    get dy() {
      return need(dys[0], 'adjoint');
    },
    dys,
    needs: (index) => {
      const input = node.inputs[index];
      return input !== null && input !== undefined && active.has(input);
    },
  });
}

function scopeOf(name: string): string {
  const end = name.lastIndexOf('/');
  return end < 0 ? 'top' : name.slice(0, end);
}
