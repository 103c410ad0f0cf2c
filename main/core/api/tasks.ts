import { implement } from '@orpc/server';
import { tasks } from '#app/contract/tasks.ts';
import type { ApiContext } from './context.ts';

export function tasksApi(context: ApiContext) {
  const procedures = implement(tasks);
  return {
    list: procedures.list.handler(() => ({ seq: context.hub.seq(), tasks: context.tasks.list() })),
    cancel: procedures.cancel.handler(({ input }) => context.tasks.cancel(input.task)),
    log: procedures.log.handler(({ input }) => context.tasks.log(input.task)),
  };
}
