/** Micro-batches of one batch: their losses and gradients, summed in a fixed order, are the full batch's. */
import { GRADIENT_PREFIX, LOGITS, LOSS } from './graphs.ts';

export class BatchSum {
  loss = 0;
  readonly gradients = new Map<string, Float32Array>();

  /** Adds one run's outputs. The first run's arrays are taken over, later ones are added in place. */
  add(outputs: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of outputs) {
      if (name === LOSS) {
        this.loss += values[0]!;
      } else if (name !== LOGITS) {
        const parameter = name.slice(GRADIENT_PREFIX.length);
        const sum = this.gradients.get(parameter);
        if (sum === undefined) this.gradients.set(parameter, values);
        else for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
      }
    }
  }
}
