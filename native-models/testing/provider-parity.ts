/**
 * One training step on a provider and on the CPU, compared, in a process of its own: a driver that crashes may take it
 * along. Arguments: provider, model. Prints one line of JSON.
 */
import { dtlPlus, randomParameters, tinyBackbone } from './tiny-network.ts';
import { EngineError } from '../errors.ts';
import { elementCount } from '../graph/types.ts';
import { randomValues } from '../models/random-weights.ts';
import type { SwinName, VitName } from '../models/registry.ts';
import type { ProviderName } from '../runtime/provider-names.ts';
import { EngineSession } from '../runtime/session.ts';
import { trainingGraph } from '../train/graphs.ts';

const [provider, name] = process.argv.slice(2) as [ProviderName, VitName & SwinName];
const backbone = await tinyBackbone(name);
const { spec, weights } = backbone;
try {
  const method = dtlPlus(spec);
  const { graph } = trainingGraph({ spec, weights, method, classes: 4, batch: 2 });
  const parameters = randomParameters(method, spec, 4);
  const feeds = new Map(
    graph.inputs.map((input) => [
      input.name,
      parameters.get(input.name) ?? randomValues(input.name, elementCount(input.shape), 1),
    ]),
  );
  const compute = async (on: ProviderName) => {
    const session = await EngineSession.create(graph, { threads: 2, weightsFolder: weights.folder, provider: on });
    const outputs = await session.run(feeds);
    return { outputs, fallbacks: session.fallbacks };
  };
  const { outputs, fallbacks } = await compute(provider);
  const expected = await compute('cpu');
  const differences = [...expected.outputs].map(([output, values]): [string, number] => {
    let [difference, norm] = [0, 0];
    values.forEach((value, at) => {
      difference += (value - (outputs.get(output)?.[at] ?? NaN)) ** 2;
      norm += value ** 2;
    });
    return [output, Math.sqrt(difference / norm)];
  });
  process.stdout.write(`${JSON.stringify({ differences, fallbacks })}\n`);
} catch (error) {
  if (!(error instanceof EngineError) || error.code !== 'runtime.provider') throw error;
  process.stdout.write(`${JSON.stringify({ unavailable: error.data['reason'] })}\n`);
} finally {
  await backbone.remove();
}
