/** What a task that has ended left for whoever was not there: a way to its results, a file to save, or where one lies. */
import type { RouteLocationRaw } from 'vue-router';
import { count } from '#app/domain/count.ts';
import type { PackId, ProjectId } from '#app/domain/ids.ts';
import type { TaskView } from '#app/contract/tasks.ts';

export type TaskOffer =
  | { readonly kind: 'open'; readonly label: string; readonly to: RouteLocationRaw }
  | { readonly kind: 'save'; readonly label: string; readonly pack: PackId }
  | { readonly kind: 'file'; readonly path: string; readonly missing: string };

/** `near`: the project below whose screens results are shown that belong to none; without one there is no way to them. */
export function taskOffer(
  { result, project }: Pick<TaskView, 'result' | 'project'>,
  near: ProjectId | null,
): TaskOffer | null {
  const results = (query: Record<string, string>): TaskOffer | null => {
    const where = project ?? near;
    if (where === null) return null;
    return { kind: 'open', label: 'Open results', to: { name: 'packs', params: { project: String(where) }, query } };
  };
  switch (result?.kind) {
    case 'predict-folder':
      return results({ pack: String(result.pack), found: String(result.found) });
    case 'compare-packs':
      return results({ compared: String(result.compared) });
    case 'export-onnx':
      return { kind: 'save', label: 'Save the ONNX file', pack: result.pack };
    case 'archive-project': {
      const { path, leftOutCount } = result;
      const missing = leftOutCount === 0 ? '' : `${count(leftOutCount, 'file is', 'files are')} not in it.`;
      return { kind: 'file', path, missing };
    }
    case 'start-runs': {
      if (result.sweep === null) return null;
      const params = { project: String(result.project), sweep: String(result.sweep) };
      return { kind: 'open', label: `Open sweep ${result.sweep}`, to: { name: 'sweep', params } };
    }
    default:
      return null;
  }
}
