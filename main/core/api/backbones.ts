import { implement } from '@orpc/server';
import { backbones } from '#app/contract/backbones.ts';
import { fileName } from '#app/domain/file-name.ts';
import { given } from '#app/domain/given.ts';
import type { ApiContext } from './context.ts';

export function backbonesApi({ core, hub, tasks }: ApiContext) {
  const procedures = implement(backbones);
  return {
    list: procedures.list.handler(async () => {
      const views = await core.backbones.views();
      return { seq: hub.seq(), backbones: views };
    }),
    card: procedures.card.handler(({ input: { backbone } }) => core.backbones.card(backbone)),
    import: procedures.import.handler(({ input: { file, ...hints } }) =>
      tasks.start(
        { kind: 'import-backbone', title: `Importing the backbone "${fileName(file)}"`, project: null },
        async (work) => {
          const report = await core.backbones.import(file, given(hints), work);
          hub.publish({ type: 'backbones' });
          hub.publish({ type: 'packs' });
          for (const { problem } of report.packs) if (problem !== null) work.log(problem);
          return {
            kind: 'import-backbone',
            backbone: report.backbone.identity,
            alreadyStored: report.alreadyStored,
            differences: report.differences,
            packs: report.packs.flatMap(({ pack, problem }) => (problem === null ? [pack.id] : [])),
          };
        },
      ),
    ),
    inspect: procedures.inspect.handler(({ input: { file, ...hints } }) => core.backbones.inspect(file, given(hints))),
    edit: procedures.edit.handler(({ input: { backbone, ...changes } }) =>
      tasks.start({ kind: 'import-backbone', title: 'Changing a backbone', project: null }, async (work) => {
        const { backbone: changed } = await core.backbones.edit(backbone, given(changes), work);
        hub.publish({ type: 'backbones' });
        return {
          kind: 'import-backbone',
          backbone: changed.identity,
          alreadyStored: false,
          differences: [],
          packs: [],
        };
      }),
    ),
    remove: procedures.remove.handler(async ({ input: { backbone } }) => {
      const removed = await core.backbones.remove(backbone);
      hub.publish({ type: 'backbones' });
      return removed;
    }),
  };
}
