import { implement } from '@orpc/server';
import { classes } from '#app/contract/labels.ts';
import type { ApiContext } from './context.ts';
import { publishEdit } from './publish-edit.ts';

export function classesApi(context: Pick<ApiContext, 'core' | 'hub'>) {
  const { core, hub } = context;
  const procedures = implement(classes);
  return {
    list: procedures.list.handler(({ input }) => {
      core.projects.get(input.project);
      return { seq: hub.seq(), classes: core.classes.list(input.project) };
    }),
    add: procedures.add.handler(({ input: { project, ...fields } }) => {
      const report = core.classes.add(project, fields);
      return { ...publishEdit(context, project, report), class: report.class };
    }),
    edit: procedures.edit.handler(({ input: { project, class: id, ...fields } }) =>
      publishEdit(context, project, core.classes.edit(project, id, fields)),
    ),
    merge: procedures.merge.handler(({ input }) =>
      publishEdit(context, input.project, core.classes.merge(input.project, input.class, input.into)),
    ),
    remove: procedures.remove.handler(({ input }) =>
      publishEdit(context, input.project, core.classes.remove(input.project, input.class)),
    ),
    reorder: procedures.reorder.handler(({ input }) =>
      publishEdit(context, input.project, core.classes.reorder(input.project, input.classes)),
    ),
  };
}
