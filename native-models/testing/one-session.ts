/** One small graph, computed once in a process of its own. */
import { GraphBuilder } from '../graph/builder.ts';
import { add } from '../ops/add.ts';
import { EngineSession } from '../runtime/session.ts';

const builder = new GraphBuilder('one session');
const x = builder.input('x', [2]);
const session = await EngineSession.create(builder.finish({ sum: add(builder, x, x) }), {
  threads: 1,
  weightsFolder: null,
});
await session.run(new Map([['x', Float32Array.of(1, 2)]]));
await session.release();
