import { implement } from '@orpc/server';
import { splits } from '#app/contract/runs.ts';
import type { SplitView } from '#app/contract/runs.ts';
import type { Split } from '#app/domain/split.ts';
import type { ApiContext } from './context.ts';

export function splitsApi({ core, hub }: ApiContext) {
  const procedures = implement(splits);
  return {
    list: procedures.list.handler(({ input: { project } }) => {
      core.projects.get(project);
      return core.splits.list(project).map(viewOf);
    }),
    draw: procedures.draw.handler(({ input: { project, seed, fractions } }) => {
      const drawn = core.splits.draw(core.projects.get(project), { seed, fractions });
      if (drawn.created) hub.publish({ type: 'splits', project });
      const { split, created, classes, nearIdentical, warnings } = drawn;
      return { split: viewOf(split), created, classes, nearIdentical, warnings };
    }),
  };
}

function viewOf({ id, name, number, createdAt, labelRevision, counts, drawn }: Split): SplitView {
  return { id, name, number, createdAt, labelRevision, counts, drawn };
}
